# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A labelled source image and two views of an unlabelled target image."""

import contextlib
import random
from collections.abc import Iterator
from copy import copy

import cv2
import numpy as np
import torch
from mmcv.transforms import Compose
from torch.utils.data import Dataset

from mmpose_mlda.errors import DataLostError
from mmpose_mlda.functional.random import key
from mmpose_mlda.registry import DATASETS

from .unlabeled_dataset import UnlabeledPoseDataset

_spares: list[np.random.MT19937] = []


@contextlib.contextmanager
def kept_generators() -> Iterator[None]:
    """Restore python's, numpy's and torch's generators afterwards.

    A spare generator takes the place of numpy's, which is sooner done than
    copying its state.
    """
    states = random.getstate(), torch.get_rng_state()
    numpys = np.random.get_bit_generator()
    spare = _spares.pop() if _spares else np.random.MT19937()
    np.random.set_bit_generator(spare)
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
        np.random.set_bit_generator(numpys)
        _spares.append(spare)


def seed_generators(seed: int) -> None:
    """Seed python's, numpy's and torch's generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the generators, then restore them."""
    with kept_generators():
        seed_generators(seed)
        yield


@DATASETS.register_module()
class DomainPairDataset(Dataset):
    """Pairs of a source and a target sample, ready for ``default_collate``.

    ``pair[i, j, seed]`` with the tuple of a :class:`DomainPairSampler`, or
    ``pair[i, j, seed, k]`` with a few labelled target images, gives

    .. code-block:: none

        inputs        source, target_student, target_teacher, and maybe
                      target_labeled  (3, H, W) uint8
        data_samples
          source          keypoints (K, 2) input pixels, keypoint_weights (K,)
          target_labeled  the same, where there are such images
          target_student  warp_mat, canonical_mat  (3, 3) float64
          target_teacher  warp_mat, canonical_mat  (3, 3) float64
          flip_indices    (K,) int64
          target_index    int, which image of the target it is
          seed            int, the key of all random numbers of this slot

    The target image is read once; its own pipeline (loading, box, the crop
    that both views share) is followed by the pipeline of each view. Random
    transforms are seeded by the slot, so the sample is the same in any
    process and with any number of workers.

    Args:
        source: Config of a labelled MMPose data set, with its pipeline up to
            :class:`TopdownAffineWithMatrix` and the colour augmentation.
        target: Config of an :class:`UnlabeledPoseDataset`.
        student_pipeline: Transforms of the student's view of the target.
        teacher_pipeline: Transforms of the teacher's view.
        target_labeled: Config of a labelled data set of the target domain,
            with a pipeline like that of the source, or None.
    """

    def __init__(
        self,
        source: dict,
        target: dict,
        student_pipeline: list[dict],
        teacher_pipeline: list[dict],
        target_labeled: dict | None = None,
    ) -> None:
        self.source = DATASETS.build(source)
        self.target = DATASETS.build(target)
        if not isinstance(self.target, UnlabeledPoseDataset):
            raise TypeError(
                f'The target is a {type(self.target).__name__}, whose labels '
                'could reach the training; give it as target=dict('
                "type='mmpose_mlda.UnlabeledPoseDataset', dataset=...)"
            )
        self.target_labeled = target_labeled and DATASETS.build(target_labeled)
        self._check_tables()
        self.view_pipelines = dict(
            target_student=Compose(student_pipeline),
            target_teacher=Compose(teacher_pipeline),
        )

    @property
    def parts(self) -> dict[str, Dataset]:
        """The data sets that are there, by name."""
        names = ('source', 'target', 'target_labeled')
        parts = {name: getattr(self, name) for name in names}
        return {k: part for k, part in parts.items() if part is not None}

    def _check_tables(self) -> None:
        tables = {role: _joints(part) for role, part in self.parts.items()}
        for role, table in tables.items():
            if table != tables['source']:
                raise ValueError(
                    'Source and target must have the same keypoints in the '
                    f'same order, but the source has {tables["source"]} and '
                    f'the {role} {table}; give the {role} the table of the '
                    'source by its option metainfo, or convert the '
                    "source's keypoints by MMPose's KeypointConverter and "
                    'set its metainfo accordingly'
                )

    @property
    def metainfo(self) -> dict:
        """Keypoint table of both domains."""
        return self.source.metainfo

    def full_init(self) -> None:
        """Load the annotations of all data sets."""
        for part in self.parts.values():
            part.full_init()

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, slot: tuple[int, ...]) -> dict:
        """Make the sample of (source index, target index, seed).

        Args:
            slot: With the index of a labelled target image behind, if there
                are any.
        """
        if not isinstance(slot, tuple):
            raise TypeError(
                f'A pair is asked for by (source, target, seed), not {slot!r};'
                " use sampler=dict(type='mmpose_mlda.DomainPairSampler')"
            )
        i, j, seed, *labeled = slot
        sample = self.target_views(j, seed)
        slots = zip(('source', 'target_labeled'), (i, *labeled), strict=False)
        for name, index in slots:
            view = self.labelled_view(name, index, seed)
            sample['inputs'][name] = _image(view)
            sample['data_samples'][name] = _labels(view)
        sample['data_samples'] |= dict(
            flip_indices=torch.tensor(self.metainfo['flip_indices']),
            seed=seed,
        )
        return sample

    def labelled_view(self, name: str, index: int, seed: int) -> dict:
        """A sample of a part with labels, after its pipeline.

        Args:
            name: ``'source'`` or ``'target_labeled'``.
            index: Of the image.
            seed: Of the slot.
        """
        part = self.parts[name]
        with seeded(key(seed, name)), _naming(part, name):
            return part[index]

    def target_views(self, index: int, seed: int) -> dict:
        """The part of a sample that comes of a target image.

        Args:
            index: Of the image.
            seed: Of the slot.
        """
        with kept_generators():
            seed_generators(key(seed, 'target'))
            with _naming(self.target, 'target'):
                target = self.target[index]
            # MMPose hands the whole data set to mixing transforms
            target.pop('dataset', None)
            # a sample that cannot be made is replaced by another
            data_samples = dict(target_index=target['sample_idx'])
            inputs = {}
            for branch, pipeline in self.view_pipelines.items():
                seed_generators(key(seed, branch))
                view = pipeline(_copy(target))
                inputs[branch] = _image(view)
                data_samples[branch] = _geometry(view)
        return dict(inputs=inputs, data_samples=data_samples)


def _joints(dataset: Dataset) -> list[str]:
    """Names of the keypoints, in their order."""
    return [k for _, k in sorted(dataset.metainfo['keypoint_id2name'].items())]


@contextlib.contextmanager
def _naming(dataset: Dataset, role: str) -> Iterator[None]:
    """Say which data are gone if a file cannot be read."""
    try:
        yield
    except OSError as error:
        kind = type(getattr(dataset, 'wrapped', None) or dataset).__name__
        root = getattr(dataset, 'data_root', None)
        raise DataLostError(
            f'{str(error).rstrip(" .")}. It belongs to the {role}, {kind}'
            f'{f" in {root}" if root else ""}, and was listed when the run '
            'began: is the folder still there, and mounted?'
        ) from error


def _copy(sample: dict) -> dict:
    """A sample whose arrays a pipeline may change."""
    copied = copy(sample)
    for name, value in sample.items():
        if isinstance(value, np.ndarray):
            copied[name] = value.copy()
    return copied


def _image(view: dict) -> torch.Tensor:
    """(H, W, C) to (C, H, W), in a tenth of the time of torch."""
    image = view['img']
    planes = np.empty((image.shape[2], *image.shape[:2]), image.dtype)
    cv2.split(image, list(planes))
    return torch.from_numpy(planes)


def _labels(view: dict) -> dict:
    """Keypoints in input pixels and their weights."""
    weights = view['keypoints_visible'][0]
    if weights.ndim == 2:  # (visible, weight) of MMPose's KeypointConverter
        weights = weights.prod(axis=-1)
    return dict(
        keypoints=torch.from_numpy(view['transformed_keypoints'][0]).float(),
        keypoint_weights=torch.from_numpy(weights).float(),
    )


def _geometry(view: dict) -> dict:
    if 'warp_mat' not in view:
        raise KeyError(
            'The views of the target need their matrices; end their '
            'geometry with mmpose_mlda.TopdownAffineWithMatrix'
        )
    return {
        name: torch.from_numpy(view[name])
        for name in ('warp_mat', 'canonical_mat')
    }
