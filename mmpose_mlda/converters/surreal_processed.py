# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""SURREAL, from the processed copy that RegDA, UDAPE and MLDA used."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .base import Converter
from .coco import annotation, category, image
from .errors import ConversionError
from .files import image_size, read_json
from .joints import TABLES

SPLITS = ('train', 'val', 'test')
RUNS = (0, 1, 2)
# the papers' code: random.seed(42), then at most a fifth, at most 3200
SEED, SHARE, MOST = 42, 0.2, 3200


@dataclass
class SurrealProcessed(Converter):
    """RegDA's images and ``run*.json``, with the papers' splits.

    All runs of a split are concatenated and shuffled. The papers train on
    'train' without the first n, and test on the first n of 'test', n being
    a fifth and at most 3200; 'val' is whole.

    Args:
        raw (Path): Folder of ``{train,val,test}/run{0,1,2}``.
    """

    name = 'surreal'
    about = 'SURREAL as processed for RegDA. Jiang et al., CVPR 2021'
    licence = 'see https://www.di.ens.fr/willow/research/surreal/'

    def items(self) -> list[tuple[str, int]]:
        return [
            (split, number)
            for split in self.splits()
            for number in self._selected(split)
        ]

    def convert(
        self, item: tuple[str, int], images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        split, number = item
        names, points = self._labels[split]
        size = image_size(self.raw / names[number])
        label = annotation(
            points[number],
            np.full(len(points[number]), 2),
            (0, 0, *size),
            1,
            f'{split}, entry {names[number]}',
        )
        yield split, image(names[number], size, [label])

    def categories(self, split: str) -> list[dict]:
        return [category(1, 'person', *TABLES['smpl24'])]

    def splits(self) -> list[str]:
        return [s for s in SPLITS if (self.raw / s / 'run0.json').exists()]

    def _selected(self, split: str) -> list[int]:
        """Numbers of the entries that the papers use, ascending."""
        total = len(self._labels[split][0])
        order = list(range(total))
        random.Random(SEED).shuffle(order)
        held_out = min(int(SHARE * total), MOST)
        if split == 'train':
            return sorted(order[held_out:])
        return sorted(order[:held_out]) if split == 'test' else order

    @cached_property
    def _labels(self) -> dict[str, tuple[list[str], np.ndarray]]:
        """File names, and joints (N, 24, 2), of each split."""
        return {split: self._read(split) for split in self.splits()}

    def _read(self, split: str) -> tuple[list[str], np.ndarray]:
        names, points = [], []
        for run in RUNS:
            path = self.raw / split / f'run{run}.json'
            entries = read_json(path)
            if not isinstance(entries, list):
                raise ConversionError(
                    f'{path} holds a {type(entries).__name__}, expected a '
                    'list of frames; use the file of the processed copy.'
                )
            for number, entry in enumerate(entries):
                try:
                    joints = np.array(entry['keypoint2d'], np.float32)
                    names.append(f'{split}/run{run}/{entry["name"]}')
                except (
                    KeyError,
                    TypeError,
                    ValueError,
                    OverflowError,
                ) as error:
                    raise ConversionError(
                        f'{path}: entry {number}: {error!r}, expected name '
                        'and keypoint2d.'
                    ) from error
                if joints.shape != (24, 2):
                    raise ConversionError(
                        f'{path}: entry {number}: keypoint2d has shape '
                        f'{joints.shape}, expected (24, 2).'
                    )
                points.append(joints)
        return names, np.array(points)
