# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Plain images of both domains, and what networks make of them, for reports.

Legend: N images, K keypoints, C channels of the features.
"""

from collections.abc import Iterator, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope
from mmengine.utils import track_iter_progress
from torch import Tensor, nn

from mmpose_mlda.evaluation.domain_statistics import tell_apart
from mmpose_mlda.functional.embedding import (
    MAX_POINTS,
    principal_components,
    tsne,
)
from mmpose_mlda.functional.random import generator
from mmpose_mlda.functional.separability import proxy_a_distance
from mmpose_mlda.registry import DATASETS

_BATCH = 32
_NEIGHBOURS = 30.0  # perplexity of t-SNE


class Views(NamedTuple):
    """Images of one domain, cropped and otherwise as they are."""

    images: list[Tensor]  # N of (3, H, W), uint8 BGR
    names: list[str]
    meta: dict  # the keypoint table
    paths: Sequence[str] = ()  # the same for all crops of a file

    def picture(self, index: int) -> np.ndarray:
        """(H, W, 3), uint8 RGB."""
        return np.ascontiguousarray(
            self.images[index].numpy().transpose(1, 2, 0)[..., ::-1]
        )


class Answers(NamedTuple):
    """What both networks of a model say of images."""

    student: Tensor  # (N, K, 2), pixels of the input
    teacher: Tensor  # (N, K, 2)
    confidence: Tensor  # (N, K), of the teacher


class Separation(NamedTuple):
    """Features of both domains in two dimensions, and how far apart."""

    components: tuple[np.ndarray, np.ndarray]  # (N, 2) each
    shares: list[float]  # of the variance
    neighbours: tuple[np.ndarray, np.ndarray]  # (N, 2) each
    accuracy: float  # of a linear classifier, on held-out images
    margin: float  # 95 % of equal domains are within it of 0.5
    distance: float  # proxy A-distance


def domain_views(cfg: Config, samples: int) -> dict[str, Views]:
    """Images of the training's source and target.

    Args:
        cfg: The config of a training with a :class:`DomainPairDataset`.
        samples: Of each domain, drawn by a key.

    Returns:
        dict: ``source``, ``target``; empty if it has no pair of domains.
    """
    pair = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    if not {'source', 'target'} <= pair.keys():
        return {}
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    return {
        domain: _views(pair[domain], _input_size(cfg), samples, domain)
        for domain in ('source', 'target')
    }


def features_of(model: nn.Module, views: Views) -> Tensor:
    """Features of an adaptor's student, mean over each image: (N, C)."""
    parts = []
    for images in _batches(model, views):
        with torch.no_grad():
            _, features = model.forward_student(images)
        parts.append(features.flatten(2).mean(2).float().cpu())
    return torch.cat(parts)


def answers_of(model: nn.Module, views: Views) -> Answers:
    """Peaks of both networks of an adaptor."""
    find = model.representation.peaks
    parts = []
    for images in _batches(model, views):
        with torch.no_grad():
            student, _ = find(model.forward_student(images)[0])
            teacher, confidence = find(model.forward_teacher(images))
        found = student, teacher, confidence
        parts.append([value.float().cpu() for value in found])
    return Answers(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _batches(model: nn.Module, views: Views) -> Iterator[Tensor]:
    """Normalised images on the device of the model, with a progress bar."""
    model.eval()
    starts = range(0, len(views.images), _BATCH)
    for start in track_iter_progress((starts, len(starts))):
        images = views.images[start : start + _BATCH]
        data = dict(inputs=images, data_samples=[])
        yield model.data_preprocessor(data)['inputs']
    print()


def separation(
    source: Tensor,
    target: Tensor,
    paths: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Separation:
    """Project features (N, C) and (M, C), and tell their domains apart.

    t-SNE takes 250 points of each domain at the most.

    Args:
        source: (N, C).
        target: (M, C).
        paths: N and M, the files that they are crops of; if left out, each
            is of its own. With a single file accuracy and margin are NaN.
    """
    both = torch.cat([source, target])
    dims = min(50, *both.shape)
    places, shares = principal_components(both, dims)
    rows = [range(len(source)), range(len(source), len(both))]
    kept = [list(part)[: MAX_POINTS // 2] for part in rows]
    # components without much variance are noise, and cost time
    chosen = places[[*kept[0], *kept[1]]]
    perplexity = min(_NEIGHBOURS, (len(chosen) - 1) / 4)
    near = tsne(chosen, perplexity).numpy()
    points = source.numpy(), target.numpy()
    files = [p or range(len(x)) for p, x in zip(paths, points, strict=True)]
    told = tell_apart(points, files)
    accuracy, margin = (told.accuracy, told.margin) if told else (nan, nan)
    return Separation(
        tuple(places[list(part), :2].numpy() for part in rows),
        shares[:2].tolist(),
        (near[: len(kept[0])], near[len(kept[0]) :]),
        accuracy,
        margin,
        proxy_a_distance(torch.tensor(accuracy)).item(),
    )


def disagreement(found: Answers, side: float) -> Tensor:
    """Distance of student and teacher (N, K), in units of the side."""
    return (found.student - found.teacher).norm(dim=-1) / side


def _views(
    config: dict, size: tuple[int, int], samples: int, domain: str
) -> Views:
    dataset = DATASETS.build(_without_augmentation(config, size))
    order = torch.randperm(len(dataset), generator=generator(0, domain))
    chosen = sorted(order[:samples].tolist())
    images, paths = [], []
    for index in chosen:
        sample = dataset[index]
        images.append(sample['inputs'])
        path = sample['data_samples'].get('img_path')
        paths.append(str(path) if path else f'no. {index}')
    names = [path.split('/')[-1] for path in paths]
    return Views(images, names, dataset.metainfo, paths)


def _without_augmentation(config: dict, size: tuple[int, int]) -> dict:
    """A data set's config that gives the boxes as the network sees them."""
    config = dict(config)
    kind = DATASETS.get(config['type']) or BaseDataset
    # MMEngine's wrappers have no pipeline of their own
    wraps = not issubclass(kind, BaseDataset)
    if wraps and 'dataset' in config:  # repeated images tell nothing new
        return _without_augmentation(config['dataset'], size)
    if wraps and 'datasets' in config:
        config['datasets'] = [
            _without_augmentation(part, size) for part in config['datasets']
        ]
        return config
    boxes = [
        dict(step)
        for step in config.get('pipeline', ())
        if step['type'].split('.')[-1] == 'GetBBoxCenterScale'
    ]
    config['pipeline'] = [
        dict(type='LoadImage'),
        *(boxes or [dict(type='GetBBoxCenterScale')]),
        dict(type='TopdownAffine', input_size=size),
        dict(type='PackPoseInputs'),
    ]
    return config


def _input_size(cfg: Config) -> tuple[int, int]:
    student = cfg.model.get('student', cfg.model)
    return tuple(student['head']['decoder']['input_size'])
