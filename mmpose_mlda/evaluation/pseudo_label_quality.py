# Copyright (c) mmpose_mlda contributors. All rights reserved.
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmpose_mlda.registry import METRICS

from .distances import DECODERS, ROUNDINGS, measure_distances
from .functional import (
    calibration_bins,
    label_quality,
    most_confident,
)
from .samples import to_numpy


@METRICS.register_module()
class PseudoLabelQuality(BaseMetric):
    """How right the keypoints are that the mask keeps, and those it drops.

    In training nobody knows, as target images have no labels there. This
    measures it on labelled images, as those of the validation: predictions
    are masked by their confidence as in :class:`HeatmapConsistency`, over the
    whole set in place of a batch, and compared with the labels by the rules
    of :class:`PCK`. The network is in evaluation mode and sees no augmented
    views, so the values are near those of the pseudo-labels, not equal.

    Values are **per cent**, pooled over the keypoints of all joints:

    - ``pseudo/kept``: kept ones of all predictions, labelled or not,
    - ``pseudo/precision_kept@0.05``, ``pseudo/precision_dropped@0.05``:
      correct ones of those with a scored label; left out without any,
    - ``pseudo/ECE@0.05``: expected calibration error, the mean distance of
      confidence and precision over bins of confidence. A peak's height is no
      probability; the value tells how far it is from one.

    The log shows the bins.

    Args:
        thr (float | Sequence[float]): Thresholds of PCK in units of the
            input's side. Defaults to 0.05.
        threshold (str | float): ``'quantile'``, the default, or a confidence.
        share (float): Share of the predictions that ``'quantile'`` drops.
            Defaults to 0.5.
        bins (int): Bins of confidence. Defaults to 10.
        decode (str): See :class:`PCK`.
        label_rounding (str): See :class:`PCK`.
        collect_device (str): See :class:`PCK`.
        prefix (str, optional): In place of ``pseudo``.
        collect_dir (str, optional): See :class:`PCK`.

    Attributes:
        distance, scored, confidence, kept (np.ndarray): Of the last
            evaluation, (N, K).
    """

    default_prefix = 'pseudo'

    def __init__(
        self,
        thr: float | Sequence[float] = 0.05,
        threshold: str | float = 'quantile',
        share: float = 0.5,
        bins: int = 10,
        decode: str = 'argmax',
        label_rounding: str = 'round',
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        self.thresholds = [thr] if isinstance(thr, int | float) else list(thr)
        number = isinstance(threshold, int | float)
        for name, value, fits, rule in (
            ('thr', thr, self.thresholds and min(self.thresholds) > 0, '> 0'),
            (
                'threshold',
                threshold,
                number or threshold == 'quantile',
                "a number or 'quantile'",
            ),
            ('share', share, 0 <= share <= 1, 'in [0, 1]'),
            ('bins', bins, bins >= 1, '1 or more'),
            ('decode', decode, decode in DECODERS, f'one of {DECODERS}'),
            (
                'label_rounding',
                label_rounding,
                label_rounding in ROUNDINGS,
                f'one of {ROUNDINGS}',
            ),
        ):
            if not fits:
                raise ValueError(
                    f'PseudoLabelQuality: {name} must be {rule}, got {value!r}'
                )
        self.threshold = threshold
        self.share = share
        self.bins = bins
        self.decode = decode
        self.label_rounding = label_rounding
        self.distance = self.scored = self.confidence = self.kept = None

    def process(
        self, data_batch: dict | None, data_samples: Sequence[dict]
    ) -> None:
        """Measure the distances of a batch of predictions.

        Args:
            data_batch (dict, optional): Not used.
            data_samples (Sequence[dict]): Predictions and labels.
        """
        for sample in data_samples:
            distance, scored = measure_distances(
                sample, self.decode, self.label_rounding
            )
            confidence = to_numpy(sample['pred_instances']['keypoint_scores'])
            self.results.append(
                {
                    'distance': distance,
                    'scored': scored,
                    'confidence': confidence[0],
                }
            )

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Mask and count over all samples.

        Args:
            results (list[dict]): Distances, masks and confidences (K,).

        Returns:
            dict[str, float]: Per cent by name.
        """
        distance, scored, confidence = (
            np.stack([result[name] for result in results])
            for name in ('distance', 'scored', 'confidence')
        )
        if not scored.any():
            raise ValueError(
                f'PseudoLabelQuality: none of the {len(results)} samples has '
                'a label that can be scored. Is this data set labelled?'
            )
        kept = most_confident(confidence, self.threshold, self.share)
        self.distance, self.scored = distance, scored
        self.confidence, self.kept = confidence, kept
        metrics = {'kept': 100 * float(kept.mean())}
        for thr in self.thresholds:
            correct = distance < thr
            values = label_quality(
                confidence, correct, scored, kept, self.bins
            )
            metrics |= {
                f'{name}@{thr:g}': 100 * values[name]
                for name in ('precision_kept', 'precision_dropped', 'ECE')
                if not np.isnan(values[name])
            }
            table = calibration_bins(
                confidence[scored], correct[scored], self.bins
            )
            self._log(thr, *table)
        return metrics

    def _log(
        self,
        thr: float,
        counts: np.ndarray,
        confidence: np.ndarray,
        accuracy: np.ndarray,
    ) -> None:
        lines = [
            f'Calibration at PCK@{thr:g}, {counts.sum()} keypoints',
            'confidence      keypoints  mean confidence  correct',
        ]
        for i, count in enumerate(counts):
            row = f'{i / self.bins:.2f} to {(i + 1) / self.bins:.2f}'
            cells = (
                f'{100 * confidence[i]:13.1f} %  {100 * accuracy[i]:5.1f} %'
                if count
                else f'{"-":>15}  {"-":>7}'
            )
            lines.append(f'{row:<14}  {count:9d}  {cells}')
        MMLogger.get_current_instance().info('\n'.join(lines))
