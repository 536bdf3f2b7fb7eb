# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pipelines that run on a field of coordinates in place of the image."""

import copy
from collections.abc import Callable, Iterable

import numpy as np
import torch
from mmcv.transforms import (
    Compose,
    LoadImageFromFile,
    RandomApply,
    RandomChoice,
)
from mmengine.dataset import ConcatDataset
from mmpose.datasets.transforms import (
    GenerateTarget,
    KeypointConverter,
    PackPoseInputs,
)
from torch.utils.data import Dataset

from mmpose_mlda.functional.coordinate_field import coordinate_field

from .dataset_browser import visibility
from .launch import OptionError

# They change colours alone, which would destroy the coordinates.
COLOUR_TRANSFORMS = frozenset(
    [
        *('AutoContrast', 'Brightness', 'ColorJitter', 'ColorTransform'),
        *('Contrast', 'Equalize', 'GaussianBlur', 'GaussianNoise'),
        *('Invert', 'Lighting', 'Normalize'),
        *('PhotometricDistortion', 'Posterize'),
        *('RandomGrayscale', 'Sharpness', 'Solarize', 'SolarizeAdd'),
        'YOLOXHSVRandomAug',
    ]
)


class Trace:
    """Puts the field into a pipeline, and keeps labels and results."""

    def __init__(self, colour: Iterable[str] = ()) -> None:
        self.colour = COLOUR_TRANSFORMS | set(colour)
        self.left_out: set[str] = set()

    def paint(self, results: dict) -> dict:
        """Replace the image by the coordinates of its pixels."""
        # by LoadReducedImage, whose pixels are larger than the image's
        name = 'reduced_img' if 'reduced_img' in results else 'img'
        height, width = results[name].shape[:2]
        field = coordinate_field((width, height)).permute(1, 2, 0).numpy()
        if name == 'reduced_img':
            field = field @ np.linalg.inv(results['reduced_mat']).T
        results[name] = np.ascontiguousarray(field, np.float32)
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
        if isinstance(transform, Compose | RandomApply | RandomChoice):
            return self._guarded_parts(transform)
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

    def _guarded_parts(self, wrapper: Callable) -> Callable:
        parts = wrapper.transforms
        wrapper = copy.copy(wrapper)
        wrapper.transforms = (
            [self._guarded(part) for part in parts]
            if isinstance(parts, list)
            else self._guarded(parts)
        )
        return wrapper


def trace_dataset(dataset: Dataset, trace: Trace) -> None:
    """Paint the field after the image is loaded, in this or inner sets."""
    if isinstance(dataset, ConcatDataset):
        for part in dataset.datasets:
            trace_dataset(part, trace)
        return
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
