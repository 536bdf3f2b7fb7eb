# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Files of a user, and what they have to be."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmpose_mlda import registry  # noqa: F401 - before MMPose is imported
from mmpose_mlda.datasets.image_files import list_images
from mmpose_mlda.datasets.metainfo.coco_table import coco_table

from .launch import OptionError


@dataclass(frozen=True)
class OwnData:
    """What is given to an adaptation.

    Args:
        source: COCO files of keypoints.
        source_images: Folder to which their ``file_name`` is relative.
        target_images: Folder of photographs.
        target_boxes: COCO file of boxes, or a detector's result; without
            one an image is one box.
        target_val: COCO file of keypoints of the target's domain, for the
            evaluation only.
        target_val_images: Folder of its images. Defaults to
            ``target_images``.
        model: Config of MMPose with the estimator to train.
        weights: Checkpoint of that estimator, trained on the source.
        max_iters: Steps of both stages.
        seed: Of all randomness.
    """

    source: Sequence[Path]
    source_images: Path
    target_images: Path
    target_boxes: Path | None = None
    target_val: Path | None = None
    target_val_images: Path | None = None
    model: Path | None = None
    weights: Path | None = None
    max_iters: int = 1200
    seed: int = 0
    changes: dict = field(default_factory=dict)

    @property
    def val_images(self) -> Path:
        """Folder of the labelled target images."""
        return self.target_val_images or self.target_images


def check_files(data: OwnData) -> dict:
    """Find out what cannot be meant, before anything is read in full.

    Returns:
        dict: The keypoint table.

    Raises:
        FileNotFoundError: If something is not there.
        OptionError: If files do not say what they are given for.
    """
    for option, path, kind in _paths(data):
        exists = path.is_dir() if kind == 'folder' else path.is_file()
        if not exists:
            raise FileNotFoundError(
                f'{option} {path}: there is no such {kind}'
            )
    try:
        list_images(data.target_images)
    except ValueError as error:
        raise OptionError(
            f'--target-images: {error} Give the folder of the photographs to '
            'adapt to'
        ) from error
    table = None
    for path in data.source:
        found = read_table(path, '--source')
        if table is not None and joints_of(found) != joints_of(table):
            raise OptionError(
                f'--source {path} has the keypoints {joints_of(found)}, but '
                f'{data.source[0]} has {joints_of(table)}; convert them to '
                'one table'
            )
        table = table or found
        _check_folder(path, data.source_images, data.target_images)
    if data.target_val is not None:
        found = read_table(data.target_val, '--target-val')
        if joints_of(found) != joints_of(table):
            raise OptionError(
                f'--target-val {data.target_val} has the keypoints '
                f'{joints_of(found)}, but the source has {joints_of(table)}; '
                'convert the labels to the keypoints of the source, in its '
                'order, or leave --target-val out'
            )
    return table


def _paths(data: OwnData) -> Iterator[tuple[str, Path, str]]:
    yield from (('--source', path, 'file') for path in data.source)
    yield '--source-images', data.source_images, 'folder'
    yield '--target-images', data.target_images, 'folder'
    for name, kind in (
        ('target_boxes', 'file'),
        ('target_val', 'file'),
        ('target_val_images', 'folder'),
        ('model', 'file'),
        ('weights', 'file'),
    ):
        if getattr(data, name) is not None:
            yield f'--{name.replace("_", "-")}', getattr(data, name), kind


def read_json(path: Path, option: str) -> dict | list:
    """Content of a JSON file."""
    try:
        return json.loads(path.read_text('utf-8'))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise OptionError(
            f'{option} {path} is no JSON file: {error}'
        ) from error


def read_table(path: Path, option: str) -> dict:
    """Keypoint table of a COCO file with labels."""
    content = read_json(path, option)
    if not isinstance(content, dict) or not content.get('images'):
        raise OptionError(
            f'{option} {path} is no COCO file: expected a dict with images, '
            'annotations and categories'
        )
    labels = content.get('annotations') or []
    if not any(any(label.get('keypoints') or []) for label in labels):
        raise OptionError(
            f'{option} {path} has no labelled keypoint; give the file with '
            'labels here, and unlabelled photographs by --target-images '
            '(are the two swapped?)'
        )
    try:
        return coco_table(content.get('categories') or [], path.stem)
    except (TypeError, AttributeError, IndexError) as error:
        raise OptionError(
            f'{option} {path}: its categories cannot be read ({error}); '
            'expected dicts with name, keypoints and skeleton'
        ) from error
    except ValueError as error:
        raise OptionError(f'{option} {path}: {error}') from error


def joints_of(table: dict) -> list[str]:
    """Names in the order of the labels."""
    return [info['name'] for info in table['keypoint_info'].values()]


def _check_folder(path: Path, images: Path, others: Path) -> None:
    """The images of a file are in this folder, not in the other one."""
    names = [image['file_name'] for image in read_json(path, '')['images']]
    absent = [name for name in names if not (images / name).is_file()]
    if not absent:
        return
    swapped = all((others / name).is_file() for name in absent[:20])
    hint = (
        f'It is in {others}: --source-images and --target-images are swapped'
        if swapped
        else 'Complete the folder, or name the one to which file_name is '
        'relative'
    )
    raise OptionError(
        f'{len(absent)} of {len(names)} images of {path} are not in '
        f'--source-images {images}; the first is {absent[0]}. {hint}'
    )


def whole_images(content: dict) -> dict:
    """A COCO file whose boxes are the images, as those of the training."""
    sizes = {
        image['id']: (image['width'], image['height'])
        for image in content['images']
    }
    labels = []
    for label in content['annotations']:
        width, height = sizes[label['image_id']]
        box = dict(bbox=[0, 0, width, height], area=width * height)
        labels.append(label | box)
    return content | dict(annotations=labels)
