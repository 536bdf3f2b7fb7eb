# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Files of a user, and what they have to be."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmpose_mlda import registry  # noqa: F401 - before MMPose is imported
from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.datasets.box_files import read_coco
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
        target_score: Smallest score of a detector's box.
        target_category: Number of the category of the boxes; needed where a
            detector has found several.
        target_val: COCO file of keypoints of the target's domain, for the
            evaluation only.
        target_val_images: Folder of its images. Defaults to
            ``target_images``.
        model: Config of MMPose with the estimator to train.
        weights: Checkpoint of that estimator, trained on the source.
        max_iters: Steps of both stages.
        seed: Of all randomness.
        changes: Options of the config.
    """

    source: Sequence[Path]
    source_images: Path
    target_images: Path
    target_boxes: Path | None = None
    target_score: float = 0.3
    target_category: int | None = None
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

    def resolved(self) -> 'OwnData':
        """The same files by absolute paths, for calls from any folder."""
        paths = {
            name: value.resolve()
            for name, value in vars(self).items()
            if isinstance(value, Path)
        }
        source = [path.resolve() for path in self.source]
        return replace(self, source=source, **paths)


def check_files(data: OwnData) -> dict:
    """Find out what cannot be meant, before anything is trained.

    Returns:
        dict: The keypoint table.

    Raises:
        FileNotFoundError: If something is not there.
        OptionError: If files do not say what they are given for.
        UnsafeCheckpointError: If the weights hold more than weights.
    """
    for option, path, kind in _paths(data):
        exists = path.is_dir() if kind == 'folder' else path.is_file()
        if not exists:
            raise FileNotFoundError(
                f'{option} {path}: there is no such {kind}'
            )
    _check_target(data)
    _check_weights(data)
    table = None
    for path in data.source:
        content = read_labels(path, '--source')
        found = _table(content, path, '--source')
        if table is not None and joints_of(found) != joints_of(table):
            raise OptionError(
                f'--source {path} has the keypoints {joints_of(found)}, but '
                f'{data.source[0]} has {joints_of(table)}; convert them to '
                'one table'
            )
        table = table or found
        _check_folder(content, path, data.source_images, data.target_images)
    if data.target_val is not None:
        _check_evaluation(data, table)
    return table


def _check_target(data: OwnData) -> None:
    """There are images, and a detector's boxes in them are of one kind."""
    try:
        list_images(data.target_images)
    except ValueError as error:
        raise OptionError(
            f'--target-images: {error} Give the folder of the photographs to '
            'adapt to'
        ) from error
    if data.target_boxes is None or data.target_category is not None:
        return
    boxes = read_json(data.target_boxes, '--target-boxes')
    if not isinstance(boxes, list):
        return
    kinds = Counter(
        box.get('category_id')
        for box in boxes
        if isinstance(box, dict)
        and isinstance(box.get('score'), int | float)
        and box['score'] >= data.target_score
    )
    if len(kinds) > 1:
        text = ', '.join(f'{kind} ({n})' for kind, n in kinds.most_common(8))
        raise OptionError(
            f'--target-boxes {data.target_boxes} has boxes of '
            f'{len(kinds)} categories with a score of {data.target_score} or '
            f'more, category_id (boxes): {text}; name that of the target by '
            '--target-category'
        )


def _check_weights(data: OwnData) -> None:
    if data.weights is None:
        return
    try:
        load_from_local(str(data.weights), 'cpu')
    except RuntimeError as error:
        raise OptionError(f'--weights {error}') from error


def _check_evaluation(data: OwnData, table: dict) -> None:
    """The labels are of these joints, and each image has a box of its own."""
    path = data.target_val
    content = read_labels(path, '--target-val')
    found = _table(content, path, '--target-val')
    if joints_of(found) != joints_of(table):
        raise OptionError(
            f'--target-val {path} has the keypoints {joints_of(found)}, but '
            f'the source has {joints_of(table)}; convert the labels to the '
            'keypoints of the source, in its order, or leave --target-val out'
        )
    bodies = Counter(
        label['image_id'] for label in content['annotations'] if _any(label)
    )
    several = sum(count > 1 for count in bodies.values())
    if several and data.target_boxes is None:
        raise OptionError(
            f'--target-val {path} has several labelled bodies in {several} of '
            f'{len(bodies)} images, but without --target-boxes an image is '
            'taken for one body; give the boxes of the target, or leave these '
            'images out'
        )


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


def read_labels(path: Path, option: str) -> dict:
    """Content of a COCO file with labels."""
    content = read_json(path, option)
    if not isinstance(content, dict) or not content.get('images'):
        raise OptionError(
            f'{option} {path} is no COCO file: expected a dict with images, '
            'annotations and categories'
        )
    try:
        read_coco(str(path), str(path.parent), None)
    except ValueError as error:
        raise OptionError(f'{option} {error}') from error
    if not any(map(_any, content.get('annotations') or [])):
        raise OptionError(
            f'{option} {path} has no labelled keypoint; give the file with '
            'labels here, and unlabelled photographs by --target-images '
            '(are the two swapped?)'
        )
    return content


def _any(label: dict) -> bool:
    """Whether a label has any keypoint."""
    return any(label.get('keypoints') or [])


def _table(content: dict, path: Path, option: str) -> dict:
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


def _check_folder(
    content: dict, path: Path, images: Path, others: Path
) -> None:
    """The images of a file are in this folder, not in the other one."""
    names = [image['file_name'] for image in content['images']]
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
