# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Proof on one's own data that labels and matrices fit the pixels.

In place of each image the pipelines get a field of coordinates, whose pixels
tell which place of the image they show. Where the finished view shows the
place of a label is then read from its pixels, without any matrix.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from mmcv.transforms import LoadImageFromFile
from mmpose.datasets.transforms import (
    GenerateTarget,
    KeypointConverter,
    PackPoseInputs,
)
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mmpose_mlda.datasets import DomainPairDataset
from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.functional.coordinate_field import (
    coordinate_field,
    locate,
    readable,
    readable_at,
    shows_mirror,
)
from mmpose_mlda.functional.geometry import inverse, transform_points
from mmpose_mlda.functional.random import key

from .dataset_browser import visibility
from .launch import OptionError

# They change colours alone, which would destroy the coordinates.
COLOUR_TRANSFORMS = frozenset(
    [
        *('AutoContrast', 'Brightness', 'ColorJitter', 'ColorTransform'),
        *('Contrast', 'Equalize', 'GaussianBlur', 'Invert', 'Lighting'),
        *('Normalize', 'PhotometricDistortion', 'Posterize'),
        *('RandomGrayscale', 'Sharpness', 'Solarize', 'SolarizeAdd'),
        'YOLOXHSVRandomAug',
    ]
)
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


class _Trace:
    """Puts the field into a pipeline, and keeps labels and results."""

    def __init__(self, colour: Iterable[str] = ()) -> None:
        self.colour = COLOUR_TRANSFORMS | set(colour)
        self.left_out: set[str] = set()

    def paint(self, results: dict) -> dict:
        """Replace the image by the coordinates of its pixels."""
        height, width = results['img'].shape[:2]
        field = coordinate_field((width, height)).permute(1, 2, 0)
        results['img'] = np.ascontiguousarray(field.numpy())
        return self.keep_labels(results)

    def keep_labels(self, results: dict) -> dict:
        """The labels as they are in the image."""
        keypoints = results['keypoints']
        if len(keypoints) != 1:
            raise OptionError(
                f'{results.get("img_path")} has {len(keypoints)} instances '
                'in one sample, but only top-down data can be checked'
            )
        self.points = torch.from_numpy(keypoints[0, :, :2].copy()).double()
        self.weights = visibility(results['keypoints_visible'][0].copy())
        return results

    def finish(self, results: dict) -> dict:
        """Keep the finished sample."""
        self.results = results
        return results

    def steps(self, transforms: list[Callable], begin: int) -> list[Callable]:
        """A pipeline whose image is the field from ``begin`` on."""
        steps = []
        for number, transform in enumerate([*transforms, None]):
            if number == begin:
                steps.append(self.paint)
            if transform is None:
                break
            if isinstance(transform, GenerateTarget | PackPoseInputs):
                continue  # they make no view
            steps.append(self._guarded(transform))
            if isinstance(transform, KeypointConverter):
                steps.append(self.keep_labels)
        return steps

    def _guarded(self, transform: Callable) -> Callable:
        name = type(transform).__name__

        def discard_colours(results: dict) -> dict:
            field = results['img']
            # it draws its random numbers, so that those after it are the same
            results['img'] = np.full(field.shape, 128, np.uint8)
            results = transform(results)
            results['img'] = field
            return results

        def run(results: dict) -> dict:
            painted = getattr(results.get('img'), 'dtype', None) == np.float32
            if not painted:
                return transform(results)
            if name in self.colour:
                self.left_out.add(name)
                return discard_colours(results)
            try:
                return transform(results)
            except Exception as error:
                raise OptionError(
                    f'{name} cannot be run on coordinates ({error}); if it '
                    f'changes colours alone, add --colour-transforms {name}'
                ) from error

        return run


def _trace_dataset(dataset: Dataset, trace: _Trace) -> None:
    """Paint the field after the image is loaded, in this or inner sets."""
    if not hasattr(dataset, 'pipeline'):
        raise OptionError(
            f'a {type(dataset).__name__} has no pipeline to check; give a '
            'config of the data set in it'
        )
    inner = getattr(dataset, 'datasets', ())
    painted = False
    for part in [*inner, dataset]:
        transforms = part.pipeline.transforms
        loads = [
            number + 1
            for number, transform in enumerate(transforms)
            if isinstance(transform, LoadImageFromFile)
        ]
        last = part is dataset
        begin = loads[-1] if loads else -1
        if last and not loads and not painted:
            begin = 0  # the data set gives images
        painted = painted or bool(loads)
        part.pipeline.transforms = trace.steps(transforms, begin)
        if last:
            part.pipeline.transforms.append(trace.finish)


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
        self.labelled = _Trace(colour)
        self.views: dict[str, _Trace] = {}
        if not self.is_pair:
            _trace_dataset(self.dataset, self.labelled)
            return
        _trace_dataset(self.dataset.source, self.labelled)
        # the matrices of the views begin at the image that they are given
        for name, pipeline in self.dataset.view_pipelines.items():
            trace = self.views[name] = _Trace(colour)
            steps = trace.steps(pipeline.transforms, 0)
            pipeline.transforms = [*steps, trace.finish]

    @property
    def left_out(self) -> list[str]:
        """Transforms that ran without changing the field."""
        traces = [self.labelled, *self.views.values()]
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
        labels = sample['data_samples']['source']
        self._check_labels('source', *labels.values())
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
        trace = self.labelled
        name = trace.results['img_path']
        field = torch.from_numpy(trace.results['img']).permute(2, 0, 1)
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
