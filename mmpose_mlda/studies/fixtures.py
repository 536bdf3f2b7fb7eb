# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Data and weights in miniature, in place of those that a config names."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.datasets import UnlabeledPoseDataset
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.registry import DATASETS

IMAGES = 4
SIZE = (96, 80)  # width, height
BOX = (6, 4, 84, 72)  # x, y, width, height
WITHOUT_LABEL = 0.1  # share of the joints
# what wrappers wrap
WRAPPERS = ('source', 'target', 'target_labeled', 'dataset', 'datasets')
KEPT_OPTIONS = ('pipeline', 'test_mode')


@DATASETS.register_module()
class FixtureDataset(BaseCocoStyleDataset):
    """Painted images in place of those of another data set.

    Args:
        replaces: Config of the other one, whose keypoint table this one
            takes. It is built, but reads no files.
        **kwargs: See MMPose's :class:`BaseCocoStyleDataset`.
    """

    def __init__(self, replaces: dict, **kwargs) -> None:
        super().__init__(metainfo=table_of(replaces), **kwargs)

    @classmethod
    def _load_metainfo(cls, metainfo: dict | None = None) -> dict:
        return metainfo  # parsed by the other data set

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Add what the data sets of animals add: ``PCK(by='animal')``."""
        info = super().parse_data_info(raw_data_info)
        return None if info is None else info | dict(animal='fixture')


def table_of(dataset: dict) -> dict:
    """The parsed keypoint table of a data set that is not there."""
    return DATASETS.build(dict(dataset, lazy_init=True)).metainfo


def replace_dataset(dataset: dict, folder: Path, role: str = 'target') -> dict:
    """The same data set on fixtures, with its wrappers and pipelines.

    Args:
        dataset: Config of a data set.
        folder: Where the fixtures are, or will be written.
        role: ``'source'`` and ``'target'`` have other pictures.

    Returns:
        dict: A new config.
    """
    new = {k: v for k, v in dataset.items() if k != 'indices'}
    for key in WRAPPERS:
        inner = key if key in ('source', 'target') else role
        if key == 'datasets' and key in new:
            new[key] = [replace_dataset(d, folder, inner) for d in new[key]]
        elif key in new:
            new[key] = replace_dataset(new[key], folder, inner)
    kind = DATASETS.get(dataset['type'])
    if not set(WRAPPERS) & set(dataset):
        new = {k: dataset[k] for k in KEPT_OPTIONS if k in dataset}
        fixture = _fixture(dataset, folder, role)
        if issubclass(kind, UnlabeledPoseDataset):  # of a folder
            new |= dict(type=dataset['type'], dataset=fixture)
        else:
            new |= fixture
    if issubclass(kind, BaseDataset):
        new['serialize_data'] = False  # collects garbage for half a second
    return new


def _fixture(replaces: dict, folder: Path, role: str) -> dict:
    """Config of a fixture, written if it is not there."""
    replaces = {k: v for k, v in replaces.items() if k != 'pipeline'}
    names = table_of(replaces)['keypoint_id2name']
    root = folder / f'{role}_{len(names)}'
    write_fixture(root, [names[k] for k in range(len(names))], role)
    return dict(
        type='mmpose_mlda.FixtureDataset',
        replaces=replaces,
        data_root=str(root),
        ann_file='labels.json',
        data_prefix=dict(img='images'),
        serialize_data=False,
    )


def write_fixture(root: Path, names: Sequence[str], role: str) -> None:
    """Write a few images and their labels in COCO's format.

    Joints are drawn uniformly within the box; one of ten has no label.

    Args:
        root: Folder; nothing is done if it has its labels already.
        names: Of the joints.
        role: Key of the random numbers.
    """
    if (root / 'labels.json').is_file():
        return
    (root / 'images').mkdir(parents=True)
    rng = np.random.default_rng(zlib.crc32(role.encode()))
    x, y, width, height = BOX
    images, annotations = [], []
    for number in range(1, IMAGES + 1):
        joints = rng.uniform((x, y), (x + width, y + height), (len(names), 2))
        labelled = rng.random(len(names)) >= WITHOUT_LABEL
        name = f'{number}.png'
        _write_png(root / 'images' / name, _paint(joints, rng))
        images.append(
            dict(id=number, file_name=name, width=SIZE[0], height=SIZE[1])
        )
        flagged = np.c_[joints, np.full(len(names), 2)] * labelled[:, None]
        annotations.append(
            dict(
                id=number,
                image_id=number,
                category_id=1,
                bbox=BOX,
                area=width * height,
                iscrowd=0,
                num_keypoints=int(labelled.sum()),
                keypoints=flagged.ravel().tolist(),
            )
        )
    category = dict(id=1, name='fixture', keypoints=list(names))
    labels = dict(
        images=images, annotations=annotations, categories=[category]
    )
    (root / 'labels.json').write_text(json.dumps(labels))


def _paint(joints: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A coloured dot at every joint, before a cloudy background."""
    coarse = rng.integers(0, 256, (5, 6, 3), np.uint8)
    image = cv2.resize(coarse, SIZE)
    colours = rng.integers(0, 256, (len(joints), 3))
    for point, colour in zip(joints.astype(int), colours, strict=True):
        cv2.circle(image, point.tolist(), 3, colour.tolist(), -1)
    return image


def _write_png(path: Path, image: np.ndarray) -> None:
    if not cv2.imwrite(str(path), image):
        raise OSError(f'{path} cannot be written; is the disk full?')


def write_style_weights(folder: Path, layer: str) -> dict[str, str]:
    """Random weights of a style network, once.

    Args:
        folder: Where the files are, or will be written.
        layer: Of :func:`build_encoder`.

    Returns:
        dict: Paths of ``encoder`` and ``decoder``.
    """
    builders = dict(encoder=build_encoder, decoder=build_decoder)
    files = {part: folder / f'{part}_{layer}.pth' for part in builders}
    for part, build in builders.items():
        if not files[part].is_file():
            torch.save(build(layer).state_dict(), files[part])
    return {part: str(path) for part, path in files.items()}
