# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Proof on one's own data that labels and matrices fit the pixels.

In place of each image the pipelines get a field of coordinates, whose pixels
tell which place of the image they show. Where the finished view shows the
place of a label is then read from its pixels, without any matrix.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from mmpose.datasets.transforms.formatting import image_to_tensor
from torch import Tensor
from torch.utils.data import DataLoader

from mmpose_mlda.datasets import DomainPairDataset
from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.functional.coordinate_field import (
    locate,
    readable,
    readable_at,
    shows_mirror,
)
from mmpose_mlda.functional.geometry import inverse, transform_points
from mmpose_mlda.functional.random import key

from .dataset_browser import visibility
from .launch import OptionError
from .view_trace import Trace, trace_dataset

LATTICE = 8  # places a side that are checked in views without labels


class Row:
    """What was found in one view about labels or matrices."""

    def __init__(self) -> None:
        self.errors: list[float] = []  # input pixels
        self.names: list[str] = []
        self.outside = 0
        self.unlabelled = 0

    def add(
        self, name: str, errors: Tensor, checked: Tensor, outside: Tensor
    ) -> None:
        """Add a sample: (K,) errors, which are checked, which are not seen."""
        self.errors += errors[checked].tolist()
        self.names += [name] * int(checked.sum())
        self.outside += int(outside.sum())

    @property
    def worst(self) -> int:
        """Index of the largest error; one that is not a number is larger."""
        return int(np.argmax(np.nan_to_num(self.errors, nan=np.inf)))

    def passes(self, tolerance: float) -> bool:
        """Whether something was checked and nothing is wrong."""
        fits = all(error <= tolerance for error in self.errors)
        return bool(self.errors) and fits and not self.unlabelled


class ViewCheck:
    """Compares labels and matrices with what the pixels of views show.

    A label is checked where the view shows its place, or where the pipeline
    claims to show it on a pixel that can be read. Handedness is read from the
    pixels: joint k of a mirrored view must be the label ``flip_indices[k]``.
    A view without labels is checked by its ``warp_mat`` on a lattice of
    places, and both target views by the map between them that the training
    uses, which goes over their canonical frames.

    Args:
        loader: Of any data set with top-down samples. Its data set's
            pipelines are changed.
        colour: Further names of transforms that change colours alone.
        seed: Of the augmentation of data sets without pairs.
    """

    def __init__(
        self, loader: DataLoader, colour: Iterable[str] = (), seed: int = 0
    ) -> None:
        self.loader, self.dataset, self.seed = loader, loader.dataset, seed
        self.flip = torch.as_tensor(self.dataset.metainfo['flip_indices'])
        self.rows: dict[str, Row] = {}
        self.is_pair = isinstance(self.dataset, DomainPairDataset)
        self.labelled: dict[str, Trace] = {}
        self.views: dict[str, Trace] = {}
        labelled = {'input': self.dataset}
        if self.is_pair:
            labelled = dict(self.dataset.parts)
            del labelled['target']
        for name, part in labelled.items():
            self.labelled[name] = Trace(colour)
            trace_dataset(part, self.labelled[name])
        if not self.is_pair:
            return
        # the matrices of the views begin at the image that they are given
        for name, pipeline in self.dataset.view_pipelines.items():
            trace = self.views[name] = Trace(colour)
            steps = trace.steps(pipeline.transforms, 0)
            pipeline.transforms = [*steps, trace.finish]

    @property
    def left_out(self) -> list[str]:
        """Transforms that ran without changing the field."""
        traces = [*self.labelled.values(), *self.views.values()]
        return sorted(set().union(*(trace.left_out for trace in traces)))

    def run(self, count: int) -> Iterator[None]:
        """Check samples, one an iteration."""
        if self.is_pair:
            for slot in islice(self.loader.sampler, count):
                self._check_pair(self.dataset[slot])
                yield
            return
        for index in range(min(count, len(self.dataset))):
            with seeded(key(self.seed, index, 'sample')):
                results = self.dataset[index]
            if 'transformed_keypoints' not in results:
                raise OptionError(
                    'the pipeline has no top-down affine transform, but only '
                    'top-down data can be checked'
                )
            keypoints = torch.from_numpy(results['transformed_keypoints'][0])
            weights = visibility(results['keypoints_visible'][0])
            self._check_labels('input', keypoints, torch.as_tensor(weights))
            yield

    def _check_pair(self, sample: dict) -> None:
        for name in self.labelled:
            labels = sample['data_samples'][name]
            self._check_labels(name, *labels.values())
        fields, matrices = {}, {}
        for view, trace in self.views.items():
            fields[view] = sample['inputs'][view]
            matrices[view] = sample['data_samples'][view]
            places = _lattice(fields[view])
            claimed = transform_points(matrices[view]['warp_mat'], places)
            name = trace.results['img_path']
            self._compare(view, name, fields[view], places, claimed)
        self._check_teacher_to_student(fields, matrices, name)

    def _check_teacher_to_student(
        self, fields: dict, matrices: dict, name: str
    ) -> None:
        student, teacher = 'target_student', 'target_teacher'
        places = _lattice(fields[student])
        position, seen = locate(fields[teacher], places)
        # from the canonical frame, as pseudo-labels are mapped
        to_student, to_teacher = (
            matrices[view]['warp_mat']
            @ inverse(matrices[view]['canonical_mat'])
            for view in (student, teacher)
        )
        matrix = to_student @ inverse(to_teacher)
        claimed = transform_points(matrix, position)
        self._compare(
            'teacher to student', name, fields[student], places, claimed, seen
        )

    def _check_labels(
        self, view: str, keypoints: Tensor, weights: Tensor
    ) -> None:
        trace = self.labelled[view]
        name = trace.results['img_path']
        field = image_to_tensor(trace.results['img'])
        order = torch.arange(len(keypoints))
        if readable(field).any() and shows_mirror(field):
            order = self.flip
        labelled = torch.as_tensor(trace.weights) > 0
        counts = weights > 0
        row = self._compare(
            f'{view}, labels',
            name,
            field,
            trace.points[order],
            keypoints[:, :2].double(),
            counts,
        )
        row.unlabelled += int((counts & ~labelled[order]).sum())
        # after MMPose's RandomFlip the matrix begins at the flipped image
        if 'warp_mat' in trace.results and not trace.results.get('flip'):
            matrix = torch.from_numpy(trace.results['warp_mat'])
            claimed = transform_points(matrix, trace.points)
            self._compare(
                f'{view}, warp_mat',
                name,
                field,
                trace.points,
                claimed,
                labelled,
            )

    def _compare(
        self,
        row: str,
        name: str,
        field: Tensor,
        places: Tensor,
        claimed: Tensor,
        use: Tensor | bool = True,
    ) -> Row:
        """Distance of claimed positions (K, 2) from those of the pixels."""
        position, seen = locate(field, places)
        known = ~position.isnan().any(dim=-1)
        checked = known & (seen | readable_at(field, claimed)) & use
        errors = (position - claimed).norm(dim=-1)
        row = self.rows.setdefault(row, Row())
        row.add(name, errors, checked, ~checked & use)
        return row


def _lattice(field: Tensor) -> Tensor:
    """Places over the part of the image that a view shows, (K, 2)."""
    shown = field[:2, readable(field)]
    if shown.numel() == 0:
        return torch.zeros(0, 2, dtype=torch.float64)
    low, high = shown.double().aminmax(dim=1)
    steps = torch.linspace(0, 1, LATTICE, dtype=torch.float64)
    return low + torch.cartesian_prod(steps, steps) * (high - low)
