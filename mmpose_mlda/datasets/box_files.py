# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Boxes out of COCO's JSON formats; labels in them are not read."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .image_files import image_size, list_images, require_path

LARGEST = 1e9  # number in a file of boxes: beyond is an error of the file


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

    Crowd regions are left out.

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
    content = read_json(path)
    if not isinstance(content, dict) or not content.get('images'):
        raise ValueError(
            f"{path}: expected a COCO file, a dict with 'images'. A list of "
            'detected boxes belongs in `bbox_file`.'
        )
    images: dict[int | str, ImageFile] = {}
    for image in _entries(content['images'], ('id', 'file_name'), path):
        name, sides = image['id'], (image.get('width'), image.get('height'))
        if name in images:
            raise ValueError(
                f'{path}: two images have the id {name!r}, the second is '
                f'{image["file_name"]}; give each an id of its own.'
            )
        for side in sides:
            if side is not None and not _is_number(side, int, 1):
                raise ValueError(
                    f'{path}: the image {name!r} has width and height '
                    f'{sides}, expected pixels or nothing; correct the file.'
                )
        images[name] = ImageFile(folder / str(image['file_name']), *sides)
    annotations = content.get('annotations')
    if not annotations:
        return images, None
    boxes = []
    annotations = _entries(annotations, ('image_id',), path)
    for ann in _of_category(annotations, category_id, path):
        if ann.get('iscrowd'):
            continue
        _look_up(images, ann['image_id'], path)
        boxes.append(Box(ann['image_id'], _corners(ann, path)))
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
    content = read_json(path)
    if not isinstance(content, list):
        raise ValueError(
            f"{path}: expected a list of detections in COCO's result format. "
            'A COCO annotation file belongs in `ann_file`.'
        )
    boxes = []
    content = _entries(content, ('image_id', 'score'), path)
    for det in _of_category(content, category_id, path):
        if not _is_number(det['score'], int | float):
            raise ValueError(
                f'{path}: a detection of image {det["image_id"]!r} has the '
                f'score {det["score"]!r}, expected a finite number; correct '
                'or remove it.'
            )
        if det['score'] >= score_thr:
            _look_up(images, det['image_id'], path)
            boxes.append(
                Box(det['image_id'], _corners(det, path), det['score'])
            )
    return boxes


def place_boxes(
    boxes: list[Box], images: dict[int | str, ImageFile], clip: bool
) -> list[Box]:
    """The boxes that lie on their images, at least with a part.

    Args:
        boxes (list[Box]): Of :func:`read_coco` or :func:`read_detections`.
        images (dict): Images by the names in ``boxes``.
        clip (bool): Clip them to the image as MMPose does it with labels; it
            leaves detections as they are.

    Returns:
        list[Box]: Without those that have no extent on their image.
    """
    placed = []
    for box in boxes:
        width, height = images[box.image].size
        corners = box.corners.clip(0, [width - 1, height - 1] * 2)
        if (corners[2:] > corners[:2]).all():
            placed.append(replace(box, corners=corners) if clip else box)
    return placed


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Raises:
        ValueError: If it is none.
    """
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as error:
        raise ValueError(
            f'{path} is no JSON file ({error}); make or download it again.'
        ) from error


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


def _entries(content: Any, keys: Sequence[str], path: Path) -> list[dict]:
    """A list of dicts that have these keys; ids are numbers or names."""
    if not isinstance(content, list):
        raise ValueError(
            f'{path}: expected a list of dicts with {", ".join(keys)}, got '
            f'a {type(content).__name__}; correct the file.'
        )
    for number, entry in enumerate(content):
        lacking = [
            key
            for key in keys
            if not isinstance(entry, dict)
            or not isinstance(entry.get(key), int | str | float)
            or (key.endswith('id') and isinstance(entry[key], float))
        ]
        if lacking:
            raise ValueError(
                f'{path}: entry {number} of its list has no valid '
                f'{lacking[0]}: {_short(entry)}; correct or remove it.'
            )
    return content


def _is_number(value: Any, kinds: Any, low: float = -LARGEST) -> bool:
    """Whether a value is a finite number of these kinds, from ``low`` on."""
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    return fits and low <= value <= LARGEST


def _short(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f'{text[:limit]}...'


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
        found = sorted({repr(i['category_id']) for i in items})
        raise ValueError(
            f'{path}: no box of category {category_id}, only of '
            f'[{", ".join(found)}]. Set '
            '`category_id` to one of them, or to None for all.'
        )
    return kept


def _corners(item: dict, path: Path) -> np.ndarray:
    """(x1, y1, x2, y2) of COCO's (x, y, width, height)."""
    box = item.get('bbox')
    fits = isinstance(box, list) and len(box) == 4
    if not fits or not all(_is_number(side, int | float) for side in box):
        raise ValueError(
            f'{path}: the item {item.get("id", "")} of image '
            f'{item["image_id"]!r} has no bbox (x, y, width, height) of '
            f'finite numbers, but {_short(box)}; correct or remove it.'
        )
    x, y, width, height = box
    return np.array([x, y, x + width, y + height], np.float32)


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
