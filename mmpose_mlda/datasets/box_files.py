# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Boxes out of COCO's JSON formats; labels in them are not read."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from mmengine.fileio import load

from .image_files import image_size, list_images, require_path


@dataclass(frozen=True)
class ImageFile:
    """An image and, where a file tells it, its size in pixels."""

    path: Path
    width: int | None = None
    height: int | None = None

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height; read from the header where it is not known."""
        if self.width and self.height:
            return self.width, self.height
        return image_size(self.path)


@dataclass(frozen=True)
class Box:
    """A box, corners (x1, y1, x2, y2) in image pixels, of image ``image``."""

    image: int | str
    corners: np.ndarray
    score: float = 1.0


def read_coco(
    ann_file: str, folder: str, category_id: int | None
) -> tuple[dict[int | str, ImageFile], list[Box] | None]:
    """Images and boxes of a COCO annotation file.

    Crowd regions and boxes without extent are left out. Boxes are clipped to
    the image as MMPose does it.

    Args:
        ann_file (str): JSON with ``images`` and, perhaps, ``annotations``.
        folder (str): To which ``file_name`` is relative.
        category_id (int | None): Keep the boxes of this category only.

    Returns:
        tuple: Images by id; boxes, or ``None`` where the file has none.

    Raises:
        FileNotFoundError: If the file or the folder is not there.
        ValueError: If the file is of another format.
    """
    path = require_path(ann_file, 'Annotation file', 'ann_file')
    folder = require_path(folder, 'Folder of images', 'data_root')
    content = load(path)
    if not isinstance(content, dict) or not content.get('images'):
        raise ValueError(
            f"{path}: expected a COCO file, a dict with 'images'. A list of "
            'detected boxes belongs in `bbox_file`.'
        )
    images = {
        image['id']: ImageFile(
            folder / image['file_name'],
            image.get('width'),
            image.get('height'),
        )
        for image in content['images']
    }
    annotations = content.get('annotations')
    if not annotations:
        return images, None
    boxes = []
    for ann in _of_category(annotations, category_id, path):
        if ann.get('iscrowd'):
            continue
        corners = _corners(ann, path)
        width, height = _look_up(images, ann['image_id'], path).size
        corners = corners.clip(0, [width - 1, height - 1] * 2)
        if (corners[2:] > corners[:2]).all():
            boxes.append(Box(ann['image_id'], corners))
    return images, boxes


def read_detections(
    bbox_file: str,
    images: dict[int | str, ImageFile],
    score_thr: float,
    category_id: int | None,
) -> list[Box]:
    """Boxes of a detector, in COCO's result format.

    Args:
        bbox_file (str): JSON list of dicts ``image_id``, ``bbox`` (x, y,
            width, height), ``score`` and, perhaps, ``category_id``.
        images (dict): What an ``image_id`` may be.
        score_thr (float): Keep the boxes with this score or a higher one.
        category_id (int | None): Keep the boxes of this category only.

    Returns:
        list[Box]: In the order of the file.

    Raises:
        FileNotFoundError: If the file is not there.
        ValueError: If it is of another format or names an unknown image.
    """
    path = require_path(bbox_file, 'Detection file', 'bbox_file')
    content = load(path)
    if not isinstance(content, list):
        raise ValueError(
            f"{path}: expected a list of detections in COCO's result format. "
            'A COCO annotation file belongs in `ann_file`.'
        )
    boxes = []
    for det in _of_category(content, category_id, path):
        if det['score'] >= score_thr:
            _look_up(images, det['image_id'], path)
            boxes.append(
                Box(det['image_id'], _corners(det, path), det['score'])
            )
    return boxes


def index_folder(folder: str) -> dict[int | str, ImageFile]:
    """The images of a folder by every name a detector may call them.

    An image ``a/0017.jpg`` is found as ``'a/0017.jpg'``, as ``'0017'`` and as
    17, the short names only where they mean one image.

    Args:
        folder (str): Folder of images.

    Returns:
        dict[int | str, ImageFile]: Images by name.
    """
    folder = require_path(folder, 'Folder of images', 'data_root')
    paths = list_images(folder)
    images = {p.relative_to(folder).as_posix(): ImageFile(p) for p in paths}
    short: dict[int | str, list[Path]] = {}
    for path in paths:
        short.setdefault(path.stem, []).append(path)
        if path.stem.isdecimal():
            short.setdefault(int(path.stem), []).append(path)
    for name, found in short.items():
        if len(found) == 1:
            images.setdefault(name, ImageFile(found[0]))
    return images


def _of_category(
    items: list[dict], category_id: int | None, path: Path
) -> Iterable[dict]:
    """The items of a category; those that name none count as of it."""
    if category_id is None:
        return items
    kept = [
        item
        for item in items
        if item.get('category_id', category_id) == category_id
    ]
    if items and not kept:
        found = sorted({i['category_id'] for i in items})
        raise ValueError(
            f'{path}: no box of category {category_id}, only of {found}. Set '
            '`category_id` to one of them, or to None for all.'
        )
    return kept


def _corners(item: dict, path: Path) -> np.ndarray:
    """(x1, y1, x2, y2) of COCO's (x, y, width, height)."""
    bbox = np.asarray(item.get('bbox', ()), np.float32)
    if bbox.size < 4:
        raise ValueError(
            f'{path}: the item {item.get("id", "")} of image '
            f'{item.get("image_id")} has no bbox (x, y, width, height).'
        )
    return np.concatenate([bbox[:2], bbox[:2] + bbox[2:4]])


def _look_up(
    images: dict[int | str, ImageFile], image: int | str, path: Path
) -> ImageFile:
    if image not in images:
        known = ', '.join(repr(name) for name in list(images)[:3])
        raise ValueError(
            f'{path}: image_id {image!r} is none of the {len(images)} known '
            f'ones ({known}, ...). Boxes and images must belong together.'
        )
    return images[image]
