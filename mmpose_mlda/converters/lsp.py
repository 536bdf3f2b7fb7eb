# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Leeds Sports Pose and its extended training set."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from .base import Converter
from .coco import annotation, category, image
from .errors import ConversionError
from .files import image_size, require
from .joints import TABLES
from .lsp_files import LSP as LSP_RELEASE
from .lsp_files import LSP_EXTENDED, Release, read_joints


@dataclass
class _LSPStyle(Converter):
    """What both releases have in common.

    Args:
        raw (Path): Folder with ``joints.mat`` and ``images/``.
        zero_based (bool): Subtract 1 from the coordinates.
        missing (str): ``'error'``, or ``'skip'`` photographs that are not
            there.
    """

    zero_based: bool = False
    missing: str = 'error'

    release: ClassVar[Release]

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        add = parser.add_argument
        add(
            '--zero-based',
            action='store_true',
            help="subtract 1 from MATLAB's coordinates; the papers do not",
        )
        add(
            '--missing',
            choices=('error', 'skip'),
            default='error',
            help='what to do about photographs that are not there',
        )

    def items(self) -> list[int]:
        names = {p.name for p in require(self.raw / 'images').iterdir()}
        numbers = range(1, len(self._labels[0]) + 1)
        if self.missing == 'error':
            return list(numbers)
        return [n for n in numbers if self._file_name(n) in names]

    def convert(
        self, item: int, images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        name = self._file_name(item)
        size = image_size(self.raw / 'images' / name)
        points, visible = (values[item - 1] for values in self._labels)
        # flag 0, not 1, of a hidden joint: MMPose would score 1. It keeps
        # its coordinates if the release has them.
        content = annotation(
            points,
            2 * visible,
            (0, 0, *size),
            1,
            f'{self.raw / "joints.mat"}, photograph {item}',
        )
        if visible.any():
            seen = points[visible > 0]
            area = max(float(np.ptp(seen, axis=0).prod()), 1.0)
            content['area'] = round(area, 3)
        for split in self._splits_of(item):
            yield split, image(name, size, [content])

    def categories(self, split: str) -> list[dict]:
        return [category(1, 'person', *TABLES['lsp14'])]

    def linked(self) -> Path:
        return self.raw / 'images'

    @cached_property
    def _labels(self) -> tuple[np.ndarray, np.ndarray]:
        path = require(self.raw / 'joints.mat')
        try:
            return read_joints(path, self.release, self.zero_based)
        except ValueError as error:
            raise ConversionError(str(error)) from error

    def _file_name(self, number: int) -> str:
        return self.release.file_name.format(number)

    def _splits_of(self, number: int) -> tuple[str, ...]:
        return tuple(self.splits())


@dataclass
class LSP(_LSPStyle):
    """Leeds Sports Pose (Johnson and Everingham 2010), joints.mat and images/.

    lsp_all.json has all 2000 photographs, which the papers both train on
    (without labels) and test on; lsp_train.json the first 1000 and
    lsp_test.json the last 1000, for an honest split. Boxes are the whole
    photographs. Occluded joints are not scored.
    """

    name = 'lsp'
    about = 'Leeds Sports Pose. Johnson and Everingham, BMVC 2010'
    licence = 'see the release'
    release = LSP_RELEASE

    def splits(self) -> list[str]:
        return ['all', 'train', 'test']

    def _splits_of(self, number: int) -> tuple[str, ...]:
        half = len(self._labels[0]) // 2
        return 'all', 'train' if number <= half else 'test'


@dataclass
class LSPExtended(_LSPStyle):
    """LSP Extended (Johnson and Everingham 2011), joints.mat and images/.

    lspet_train.json has all photographs: the release is a training set.
    Boxes are the whole photographs. Where a joint is not visible the release
    has junk, here it is 0.
    """

    name = 'lspet'
    about = 'LSP Extended. Johnson and Everingham, CVPR 2011'
    licence = 'see the release'
    release = LSP_EXTENDED

    def splits(self) -> list[str]:
        return ['train']
