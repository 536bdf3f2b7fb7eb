# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a report takes from the config of a run."""

import inspect

import numpy as np
from mmengine.config import Config, ConfigDict

from mmpose_mlda.datasets import UnlabeledPoseDataset
from mmpose_mlda.models.losses import HeatmapConsistency

# where the config does not say how keypoints are scored
_SCORING = dict(thr=[0.05, 0.1], decode='continuous')


def has_labels(cfg: Config) -> bool:
    """Whether the config names labelled images on which to evaluate."""
    return labelled_split(cfg) is not None


def labelled_split(cfg: Config) -> str | None:
    """The part of the config that names labelled images, test before val."""
    for split in ('test', 'val'):
        loader = cfg.get(f'{split}_dataloader')
        complete = loader and cfg.get(f'{split}_evaluator')
        if complete and _is_labelled(loader['dataset']):
            return split
    return None


def evaluators(cfg: Config, split: str) -> list[ConfigDict]:
    """The metrics of a part of the config."""
    metrics = cfg[f'{split}_evaluator']
    return [metrics] if isinstance(metrics, dict) else list(metrics)


def scoring(cfg: Config) -> dict:
    """Options of :class:`PseudoLabelQuality` that fit the run."""
    known = [
        metric
        for split in ('val', 'test')
        if cfg.get(f'{split}_evaluator')
        for metric in evaluators(cfg, split)
    ]
    shared = ('thr', 'decode', 'label_rounding')
    for name, keys in (
        ('PseudoLabelQuality', (*shared, 'threshold', 'share', 'bins')),
        ('PCK', shared),
    ):
        for metric in known:
            if metric['type'] in (name, f'mmpose_mlda.{name}'):
                found = {k: metric[k] for k in keys if k in metric}
                return found | _mask(cfg)
    return _SCORING | _mask(cfg)


def _mask(cfg: Config) -> dict:
    """The mask of the consistency loss, if the run has one."""
    options = cfg.model.get('consistency')
    if not options or options.get('loss_weight') == 0:  # it is not built
        return {}
    known = inspect.signature(HeatmapConsistency).parameters
    threshold, share, low, high = (
        options.get(name, known[name].default)
        for name in ('threshold', 'share', 'low', 'high')
    )
    if threshold is None:
        threshold = -np.inf  # keeps all
    elif threshold == 'random':
        threshold = (low + high) / 2
    return dict(threshold=threshold, share=share)


def _is_labelled(dataset: dict) -> bool:
    """Whether a data set, or one that it wraps, hands out labels."""
    if dataset['type'].split('.')[-1] == UnlabeledPoseDataset.__name__:
        return False
    parts = dataset.get('datasets') or [dataset.get('dataset')]
    return any(part is None or _is_labelled(part) for part in parts)
