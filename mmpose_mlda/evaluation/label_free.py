# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math
from collections.abc import Sequence

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from torch import Tensor

from mmpose_mlda.functional.agreement import agreement, guarded
from mmpose_mlda.functional.heatmaps import peak_spread, peaks
from mmpose_mlda.functional.information import (
    conditional_entropy,
    entropy,
    marginal_entropy,
)
from mmpose_mlda.registry import METRICS

from .text_table import layout_rows


@METRICS.register_module()
class LabelFreeScore(BaseMetric):
    r"""How good predictions look to somebody who has no labels.

    For choosing a checkpoint of an adaptation, where the target has none:
    ``CheckpointHook(save_best='teacher/label_free/score', rule='greater')``.
    Labels that the images may have are not looked at. The model needs
    ``probe=dict(type='mmpose_mlda.AgreementProbe')`` and heatmaps
    (``output_heatmaps=True``).

    Values are **per cent**, higher is better but for the distances:

    - ``label_free/score``: the one to choose by, the mean of ``views@thr``
      over the thresholds, times :math:`\min(1, s / l)`, s the spread, l
      ``min_spread``;
    - ``label_free/views@0.1``: peaks in views of the image that are within
      0.1 of the box of those in the image, mapped back;
      ``label_free/views_distance``: their mean distance;
    - ``label_free/networks@0.1``, ``label_free/networks_distance``: the same
      of teacher and student;
    - ``label_free/information``: mutual information of image and position
      along x and y, over its maximum;
    - ``label_free/certainty``: 1 less the entropy of heatmaps over its
      maximum; ``label_free/confidence``: height of the peaks;
    - ``label_free/spread``: how far peaks lie apart, of the box's sides
      (:func:`mmpose_mlda.functional.heatmaps.peak_spread`).

    Args:
        thr (float | Sequence[float]): Distances up to which peaks agree, in
            units of the input's sides. Defaults to ``(0.05, 0.1)``.
        min_spread (float): Spread, in the same unit, below which the score
            is lowered. Defaults to 0.1: nobody's joints lie so close together
            in a box of one's own.
        collect_device (str): See :class:`PCK`.
        prefix (str, optional): In place of ``label_free``.
        collect_dir (str, optional): See :class:`PCK`.
    """

    default_prefix = 'label_free'

    def __init__(
        self,
        thr: float | Sequence[float] = (0.05, 0.1),
        min_spread: float = 0.1,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        self.thresholds = [thr] if isinstance(thr, int | float) else list(thr)
        if not self.thresholds or min(self.thresholds) <= 0:
            raise ValueError(
                'LabelFreeScore: thr must be positive, in units of the '
                f'sides, got {thr}.'
            )
        if min_spread <= 0:
            raise ValueError(
                'LabelFreeScore: min_spread must be positive, got '
                f'{min_spread}.'
            )
        self.min_spread = min_spread

    def process(
        self, data_batch: dict | None, data_samples: Sequence[dict]
    ) -> None:
        """Keep what the scores need of a batch of predictions.

        Args:
            data_batch (dict, optional): Not used.
            data_samples (Sequence[dict]): Predictions.
        """
        heatmaps = torch.stack([_heatmaps(s) for s in data_samples])
        columns = _describe(heatmaps)
        for name in ('view_distances', 'network_distances'):
            values = [s['pred_instances'].get(name) for s in data_samples]
            if values[0] is not None:
                columns[name] = torch.cat(values)
            elif name == 'view_distances':
                raise ValueError(
                    'LabelFreeScore needs predictions in views, which the '
                    'model does not make: set '
                    "model.probe=dict(type='mmpose_mlda.AgreementProbe')"
                )
        columns = {name: value.cpu() for name, value in columns.items()}
        self.results += [
            {name: value[index] for name, value in columns.items()}
            for index in range(len(data_samples))
        ]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score all samples.

        Args:
            results (list[dict]): One dict a sample.

        Returns:
            dict[str, float]: Per cent by name.
        """
        columns = {
            name: torch.stack([result[name] for result in results]).double()
            for name in results[0]
        }
        spread = peak_spread(columns['points'])
        values = {}
        for kind in ('views', 'networks'):
            distances = columns.get(f'{kind[:-1]}_distances')
            if distances is None:
                continue
            for thr in self.thresholds:
                values[f'{kind}@{thr:g}'] = agreement(distances, thr)
            values[f'{kind}_distance'] = distances.nanmean()
        mean = sum(values[f'views@{thr:g}'] for thr in self.thresholds)
        mean = mean / len(self.thresholds)
        values |= {
            'information': _information(columns),
            'certainty': 1 - columns['entropy'].mean(),
            'confidence': columns['confidence'].mean(),
            'spread': spread,
            'score': guarded(mean, spread, self.min_spread),
        }
        percent = {name: 100 * float(v) for name, v in values.items()}
        MMLogger.get_current_instance().info(
            f'Scores without labels in per cent: {len(results)} images\n'
            + layout_rows({'': percent})
        )
        return percent


def _heatmaps(sample: dict) -> Tensor:
    fields = sample.get('pred_fields') or {}
    if 'heatmaps' not in fields:
        raise ValueError(
            'LabelFreeScore needs the predicted heatmaps, which the model '
            'does not hand out: set model.student.test_cfg.'
            'output_heatmaps=True.'
        )
    return torch.as_tensor(fields['heatmaps'])


def _describe(heatmaps: Tensor) -> dict[str, Tensor]:
    """Peaks, entropies and projections of heatmaps (B, K, H, W).

    The positive part of a map, over its sum, is the distribution of which
    entropies are taken; uniform if there is none.
    """
    points, confidence = peaks(heatmaps)
    heatmaps = heatmaps.to(points.dtype)
    height, width = heatmaps.shape[-2:]
    mass = heatmaps.clamp_min(0)
    total = mass.sum((-2, -1), keepdim=True)
    share = torch.where(
        total > 0, mass / total, torch.ones_like(mass) / (height * width)
    )
    return {
        'points': points / points.new_tensor([width, height]),
        'confidence': confidence,
        'entropy': entropy(share.flatten(2)) / math.log(height * width),
        'along_x': share.sum(-2),
        'along_y': share.sum(-1),
    }


def _information(columns: dict[str, Tensor]) -> Tensor:
    """Mutual information of image and position, mean of both axes."""
    values = []
    for axis in ('along_x', 'along_y'):
        shares = columns[axis]
        weights = torch.ones_like(shares[..., 0])
        information = marginal_entropy(
            shares.sum(0), weights.sum(0)
        ) - conditional_entropy(shares, weights, weights.sum())
        values.append(information / math.log(max(shares.shape[-1], 2)))
    return sum(values) / 2
