# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Evenly spread samples of a data set, before any augmentation."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from mmengine.dataset import BaseDataset
from mmpose.datasets.transforms import KeypointConverter, LoadImage
from torch.utils.data import Dataset

from mmpose_mlda.apis.dataset_browser import visibility
from mmpose_mlda.evaluation.image_statistics import (
    blockiness,
    colour_statistics,
    difference_hash,
    high_frequency_share,
    radial_spectrum,
    thumbnail,
    to_grey,
)
from mmpose_mlda.functional.random import host_random

TITLES = dict(
    target_labeled='labelled target', val='evaluation set', test='test set'
)
PICTURES = 8  # kept to be drawn
LEAST_SIDE = 4  # pixels of a region that has colours
PADDING = 1.25  # MMPose's, of pipelines without GetBBoxCenterScale


@dataclass
class DomainSamples:
    """What is known of N samples of a data set.

    Arrays are in the order of the samples. Of each image once, however many
    boxes it has: ``digests``, ``hashes``, ``thumbnails``, by ``image_names``.
    """

    role: str  # 'source', 'target', 'target_labeled', 'val' or 'test'
    meta: dict
    length: int  # of the whole data set
    input_size: tuple[int, int]
    all_paths: set[str] = field(default_factory=set)
    has_labels: bool = True
    paths: list[str] = field(default_factory=list)
    boxes: np.ndarray | None = None  # (N, 4), corners in image pixels
    raw_boxes: np.ndarray | None = None  # as the file has them, NaN if unknown
    sizes: np.ndarray | None = None  # (N, 2), width and height of the image
    magnification: np.ndarray | None = None  # (N,), input / image pixels
    keypoints: np.ndarray | None = None  # (N, K, 2)
    labelled: np.ndarray | None = None  # (N, K), bool
    colours: dict[str, np.ndarray] = field(default_factory=dict)
    spectra: np.ndarray | None = None  # (N, RINGS)
    blockiness: np.ndarray | None = None  # of each image
    image_names: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    hashes: np.ndarray | None = None
    thumbnails: np.ndarray | None = None
    pictures: list[np.ndarray] = field(default_factory=list)  # as the network
    unreadable: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The role as sentences have it."""
        return TITLES.get(self.role, self.role)

    @property
    def names(self) -> list[str]:
        """Of the joints."""
        table = self.meta['keypoint_id2name']
        return [table[index] for index in sorted(table)]

    @property
    def table_fits(self) -> bool:
        """Whether labels and table have the same number of joints."""
        return self.keypoints.shape[1] == len(self.names)


def spread_indices(length: int, count: int, role: str, seed: int) -> list[int]:
    """One index out of each of ``count`` equal parts of a data set."""
    if count >= length:
        return list(range(length))
    dice = host_random(seed, 'check', role)
    borders = [part * length // count for part in range(count + 1)]
    return [dice.randrange(*pair) for pair in pairwise(borders)]


def locate(dataset: Dataset, index: int) -> tuple[Dataset, int]:
    """The innermost data set of wrapped ones, and the index in it."""
    for name in ('_get_ori_dataset_idx', '_get_subset_index'):
        if hasattr(dataset, name):
            found = getattr(dataset, name)(index)
            if isinstance(found, tuple):
                return locate(dataset.datasets[found[0]], found[1])
            return locate(dataset.dataset, found)  # e.g. RepeatDataset
    return dataset, index


def image_path(dataset: Dataset, index: int) -> str:
    """Which image a sample is a part of, without rendering or reading it."""
    dataset, index = locate(dataset, index)
    info = BaseDataset.get_data_info(dataset, index)
    if 'wrapped_idx' in info:
        return image_path(dataset.wrapped, info['wrapped_idx'])
    return str(info['img_path'])


def _padding(dataset: Dataset) -> float:
    transforms = getattr(dataset, 'pipeline', None)
    for transform in getattr(transforms, 'transforms', ()):
        if type(transform).__name__ == 'GetBBoxCenterScale':
            return transform.padding
    return PADDING


def read_sample(dataset: Dataset, index: int) -> dict:
    """A sample with its image, joints as the pipeline names them.

    Raises:
        OSError: If the image cannot be read.
    """
    part, place = locate(dataset, index)
    results = LoadImage()(part.get_data_info(place))
    for owner in (part, dataset):  # MMPose's CombinedDataset has its own
        for transform in getattr(
            getattr(owner, 'pipeline', None), 'transforms', ()
        ):
            if isinstance(transform, KeypointConverter):
                results = transform(results)
        if part is dataset:
            break
    results['padding'] = _padding(part)
    return results


def look_at(
    dataset: Dataset,
    role: str,
    samples: int,
    input_size: tuple[int, int],
    seed: int,
    step: Callable[[], None],
) -> DomainSamples:
    """Collect what is to be known of evenly spread samples.

    Args:
        dataset: Any top-down data set.
        role: See :class:`DomainSamples`.
        samples: Number of samples, at most.
        input_size: (width, height) of the network's input.
        seed: Of the choice.
        step: Called after each sample.
    """
    found = DomainSamples(role, dataset.metainfo, len(dataset), input_size)
    found.all_paths = {image_path(dataset, i) for i in range(len(dataset))}
    rows = list(_rows(dataset, found, samples, seed, step))
    columns = {
        name: np.array([row[name] for row in rows])
        for name in (rows[0] if rows else {})
        if name != 'colours'
    }
    for name, values in columns.items():
        setattr(found, name, values)
    if rows:
        found.colours = {
            name: np.array([row['colours'][name] for row in rows])
            for name in rows[0]['colours']
        }
        found.hashes = np.stack(found.hashes)
        found.thumbnails = np.stack(found.thumbnails)
        found.blockiness = np.array(found.blockiness)
    return found


def _rows(
    dataset: Dataset,
    found: DomainSamples,
    samples: int,
    seed: int,
    step: Callable[[], None],
) -> Iterator[dict]:
    found.hashes, found.thumbnails, found.blockiness = [], [], []
    seen = set()
    chosen = spread_indices(len(dataset), samples, found.role, seed)
    for number, index in enumerate(chosen):
        path = image_path(dataset, index)
        try:
            results = read_sample(dataset, index)
        except (OSError, ValueError, cv2.error):
            found.unreadable.append(path)
            step()
            continue
        image = np.ascontiguousarray(results['img'][..., ::-1])
        if path not in seen:
            seen.add(path)
            _add_image(found, path, image)
        found.paths.append(path)
        row, region = _row(results, image, found.input_size)
        if number * PICTURES // len(chosen) >= len(found.pictures):
            found.pictures.append(region)
        yield row
        step()


def _add_image(found: DomainSamples, path: str, image: np.ndarray) -> None:
    """What is looked at once for each image."""
    grey = to_grey(image)
    found.image_names.append(path)
    found.digests.append(hashlib.blake2b(image, digest_size=16).hexdigest())
    found.hashes.append(difference_hash(grey))
    found.thumbnails.append(thumbnail(grey))
    found.blockiness.append(blockiness(grey))


def _row(
    results: dict, image: np.ndarray, input_size: tuple[int, int]
) -> tuple[dict, np.ndarray]:
    """What is known of one sample, and what the network sees of it."""
    box = np.asarray(results['bbox'][0], np.float64)
    raw = (results.get('raw_ann_info') or {}).get('bbox')
    keypoints = np.asarray(results['keypoints'][0], np.float64)
    labelled = visibility(results['keypoints_visible'][0]) > 0
    region, magnification = network_region(
        image, box, results['padding'], input_size
    )
    row = dict(
        boxes=box,
        raw_boxes=np.full(4, np.nan) if raw is None else np.array(raw, float),
        sizes=np.array(image.shape[1::-1], float),
        magnification=magnification,
        keypoints=keypoints,
        labelled=labelled & np.isfinite(keypoints).all(axis=1),
    )
    row['spectra'] = radial_spectrum(to_grey(region))
    row['colours'] = colour_statistics(region)
    row['colours']['sharpness'] = high_frequency_share(row['spectra'])
    return row, region


def network_region(
    image: np.ndarray,
    box: np.ndarray,
    padding: float,
    input_size: tuple[int, int],
) -> tuple[np.ndarray, float]:
    """What the network sees of an image around a box, at its scale.

    Without the part beyond the image, which is black. Interpolated linearly,
    as MMPose's affine transforms do it also where they shrink.

    Returns:
        tuple: (H, W, 3), and input pixels for each pixel of the image. Of an
        empty box the whole image is taken.
    """
    height, width = image.shape[:2]
    centre, extent = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    if not (extent > 0).all():
        centre, extent = np.array([width, height]) / 2, (width, height)
    scale = max(np.divide(extent, input_size)) * padding
    half = np.array(input_size) * scale / 2
    low = np.floor((centre - half).clip(0)).astype(int)
    high = np.ceil(np.minimum(centre + half, (width, height))).astype(int)
    low = np.minimum(low, np.array([width, height]) - 1)
    high = np.maximum(high, low + 1)
    part = image[low[1] : high[1], low[0] : high[0]]
    size = np.maximum(np.rint((high - low) / scale), LEAST_SIDE).astype(int)
    return cv2.resize(part, size.tolist()), float(1 / scale)
