# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Records of COCO's keypoint format, and a writer that streams them.

K joints; points are (x, y) in image pixels, boxes (x, y, width, height).
Visibility is COCO's: 2 visible, 1 labelled although hidden, 0 without a label
that counts. MMPose trains on and scores 1 as well as 2.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from .errors import BrokenItemError
from .files import whole_file

DECIMALS = 3


def category(
    number: int,
    name: str,
    joints: Sequence[str],
    limbs: Sequence[tuple[str, str]],
) -> dict:
    """A category; COCO counts the ends of limbs from 1."""
    order = {joint: index for index, joint in enumerate(joints, start=1)}
    return dict(
        id=number,
        name=name,
        keypoints=list(joints),
        skeleton=[[order[a], order[b]] for a, b in limbs],
    )


def annotation(
    points: np.ndarray,
    visible: np.ndarray,
    box: Sequence[float],
    category_id: int,
    where: str,
) -> dict:
    """The annotation of one person or animal.

    Args:
        points (np.ndarray): (K, 2). May be anything finite or not where
            ``visible`` is 0; what is not finite there becomes 0.
        visible (np.ndarray): (K,), 0, 1 or 2.
        box (Sequence[float]): x, y, width, height.
        category_id (int): Of the category.
        where (str): File and number, for the error message.

    Raises:
        BrokenItemError: If a labelled joint or the box is not finite.
    """
    points, box = np.asarray(points, float), np.asarray(box, float)
    visible = np.asarray(visible).astype(int)
    require_finite(points[visible > 0], 'a joint', where)
    require_finite(box[None], 'the box', where)
    finite = np.isfinite(points).all(axis=-1)
    points = np.where(finite[:, None], points, 0).round(DECIMALS)
    keypoints = [
        number
        for (x, y), flag in zip(points.tolist(), visible.tolist(), strict=True)
        for number in (x, y, flag)
    ]
    return dict(
        category_id=category_id,
        iscrowd=0,
        bbox=box.round(DECIMALS).tolist(),
        area=round(float(box[2] * box[3]), DECIMALS),
        num_keypoints=int((visible > 0).sum()),
        keypoints=keypoints,
    )


def require_finite(values: np.ndarray, what: str, where: str) -> None:
    """Refuse rows (N, D) of which one is not finite.

    Raises:
        BrokenItemError: With the place and the row.
    """
    wrong = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(wrong):
        raise BrokenItemError(
            f'{where}: {what} is {values[wrong[0]].tolist()}, expected '
            'finite numbers; repair the label or leave the item out '
            '(--skip-broken).'
        )


def image(
    file_name: str, size: tuple[int, int], annotations: list[dict]
) -> dict:
    """An image with its annotations, as parts of a split hold it."""
    width, height = size
    return dict(
        file_name=file_name,
        width=int(width),
        height=int(height),
        annotations=annotations,
    )


class SplitWriter:
    """Adds images to the file of a split, in constant memory.

    Args:
        images (IO): The file itself.
        labels (IO): Where annotations are kept meanwhile.
    """

    def __init__(self, images: IO, labels: IO) -> None:
        self._images, self._labels = images, labels
        self.num_images = self.num_annotations = 0

    def add(self, image: dict) -> None:
        """Write an image and its annotations with numbers from 1."""
        image = dict(image)
        annotations = image.pop('annotations')
        self.num_images += 1
        _write(self._images, dict(id=self.num_images, license=1, **image))
        for content in annotations:
            self.num_annotations += 1
            numbers = dict(id=self.num_annotations, image_id=self.num_images)
            _write(self._labels, numbers | content)


@contextmanager
def open_split(path: Path, header: dict) -> Iterator[SplitWriter]:
    """The file of a split, which appears when all is written.

    Args:
        path (Path): The file.
        header (dict): ``info``, ``licenses`` and ``categories``.
    """
    labels_path = path.with_name(f'{path.name}.labels')
    with whole_file(path) as file:
        try:
            with labels_path.open('w+') as labels:
                file.write(f'{json.dumps(header)[:-1]},\n"images": [')
                yield SplitWriter(file, labels)
                file.write('\n],\n"annotations": [')
                labels.seek(0)
                shutil.copyfileobj(labels, file)
                file.write('\n]}\n')
        finally:
            labels_path.unlink(missing_ok=True)


def _write(file, content: dict) -> None:
    comma = '\n' if content['id'] == 1 else ',\n'
    file.write(comma + json.dumps(content, separators=(',', ':')))
