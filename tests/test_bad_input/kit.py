# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a case of bad input is, and files to make it of."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import MMLogger
from PIL import Image

from mmpose_mlda.datasets.metainfo import LSP14

FOLDER = 'DATA'  # stands for the folder of the files in what the user sees
NUM_JOINTS = len(LSP14['keypoint_info'])


@dataclass(frozen=True)
class Case:
    """One kind of bad input.

    Args:
        area: Heading in the docs.
        tried: What is given.
        sees: The message, with :data:`FOLDER` for the folder of the files
            and ``...`` for what is left out; or, in words, what happens.
        do: Called with the folder; ends in the error or proves the words.
        error: Class of the error; ``None`` if the input is taken.
    """

    area: str
    tried: str
    sees: str
    do: Callable[[Path], Any]
    error: type[BaseException] | None = None


class Table:
    """Collects the cases of an area by a decorator."""

    def __init__(self, area: str) -> None:
        self.area = area
        self.cases: list[Case] = []

    def refused(self, tried: str, error: type, sees: str) -> Callable:
        """The function must end in an error with this message."""

        def add(do: Callable) -> Callable:
            self.cases.append(Case(self.area, tried, sees, do, error))
            return do

        return add

    def taken(self, tried: str, sees: str) -> Callable:
        """The function asserts what happens."""

        def add(do: Callable) -> Callable:
            self.cases.append(Case(self.area, tried, sees, do))
            return do

        return add


def assert_sees(message: str, sees: str, folder: Path) -> None:
    """The parts of a message are there, in their order."""
    message = message.replace(str(folder), FOLDER)
    parts = [re.escape(part) for part in sees.split('...')]
    assert re.search('.*?'.join(parts), message, re.DOTALL), message


def logged(do: Callable[[], Any]) -> tuple[Any, str]:
    """Result of a call, and what it told the log."""
    found: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        return do(), '\n'.join(found)
    finally:
        logger.removeHandler(handler)


def write_image(path: Path, size=(60, 80), mode='RGB', **options) -> Path:
    """An image of noise, so that it has something to cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size[::-1], 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **options)
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    """Keep the first bytes of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


def write_json(path: Path, content: Any) -> str:
    """JSON as Python writes it, with NaN."""
    path.write_text(json.dumps(content))
    return str(path)


def coco(num: int = 2, **changes) -> dict:
    """A file of ``num`` images ``0.jpg``, ... with a labelled person each."""
    joints = [value for k in range(NUM_JOINTS) for value in (k, 2 * k, 2)]
    return dict(
        images=[
            dict(id=n, file_name=f'{n}.jpg', width=60, height=80)
            for n in range(num)
        ],
        annotations=[
            dict(
                id=n,
                image_id=n,
                category_id=1,
                bbox=[5, 5, 40, 50],
                keypoints=list(joints),
                num_keypoints=NUM_JOINTS,
                iscrowd=0,
                area=2000,
            )
            for n in range(num)
        ],
        categories=[dict(id=1, name='person')],
    ) | dict(changes)


def changed_label(**changes) -> dict:
    """A COCO file whose second label is changed."""
    content = coco()
    content['annotations'][1].update(changes)
    return content


def save(root: Path, content: Any) -> str:
    """A checkpoint file with this content."""
    torch.save(content, root / 'weights.pth')
    return str(root / 'weights.pth')
