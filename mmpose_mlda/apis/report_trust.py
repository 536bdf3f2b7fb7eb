# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Section of a report on how right the pseudo-labels are."""

import numpy as np

from mmpose_mlda.evaluation import PseudoLabelQuality
from mmpose_mlda.evaluation.functional import calibration_bins, label_quality
from mmpose_mlda.visualization.report import Picture, Section, TableData
from mmpose_mlda.visualization.report_figures import reliability_figure

from .report_accuracy import NO_LABELS, number
from .report_runs import Outcome


def trust_section(
    outcome: Outcome | None, names: list[str], pictures: list[Picture]
) -> Section:
    """Pseudo-labels: how many are used, how sure and how right they are.

    Args:
        outcome: Of the teacher, on labelled images.
        names: Of the joints.
        pictures: Their course in the training.
    """
    section = Section('Can the pseudo-labels be trusted?', '', pictures)
    if outcome is None:
        section.text = 'Whether they are right is not known. ' + NO_LABELS
        return section
    quality = outcome.quality
    threshold = quality.thresholds[0]
    correct = quality.distance < threshold
    parts = (quality.confidence, correct, quality.scored, quality.kept)
    values = label_quality(*parts, quality.bins)
    section.text = (
        'Target images of the training have no labels, so the teacher is '
        'measured on the labelled ones, with the mask of the consistency '
        f'loss over all of them: it keeps {_mask(quality)}. Of the kept '
        f'predictions {_percent(values["precision_kept"])} are right '
        f'within {threshold:g} of the side, of the dropped ones '
        f'{_percent(values["precision_dropped"])}: the larger the '
        'difference, the more confidence is worth. The expected calibration '
        f'error is {_percent(values["ECE"])}: so far is confidence from the '
        "share of right ones. A peak's height is no probability; what "
        'counts for the mask is that the curve rises.'
    )
    bins = calibration_bins(
        quality.confidence[quality.scored],
        correct[quality.scored],
        quality.bins,
    )
    dropped = quality.confidence[~quality.kept]
    limit = float(dropped.max()) if dropped.size else None
    section.pictures.insert(
        0,
        Picture(
            reliability_figure(bins, limit),
            'Reliability of the teacher',
            'Share of right predictions by confidence, and their number. '
            'Above the grey line the teacher is better than it believes, '
            'below it is too sure; right of the dashed line predictions are '
            'used as pseudo-labels. Where there are few keypoints, a point '
            'of the curve is chance.',
        ),
    )
    section.tables = [
        _limits_table(quality),
        _trust_table(parts, names, quality.bins, threshold),
    ]
    return section


def _mask(quality: PseudoLabelQuality) -> str:
    if quality.threshold == 'quantile':
        return f'the surest {100 * (1 - quality.share):.0f} %'
    if quality.threshold == -np.inf:
        return 'all'
    return f'confidences above {quality.threshold:g}'


def _limits_table(quality: PseudoLabelQuality) -> TableData:
    rows = []
    for threshold in quality.thresholds:
        values = label_quality(
            quality.confidence,
            quality.distance < threshold,
            quality.scored,
            quality.kept,
            quality.bins,
        )
        rows.append([f'{threshold:g}', *_cells(values)])
    return TableData(
        ['limit', *_HEADER],
        rows,
        'Pseudo-labels by the limit within which they are right, in units '
        'of the side; per cent. ECE: expected calibration error.',
    )


def _trust_table(
    parts: tuple, names: list[str], bins: int, threshold: float
) -> TableData:
    rows = [
        [
            name,
            *_cells(label_quality(*(part[:, k] for part in parts), bins)),
        ]
        for k, name in enumerate(names)
    ]
    return TableData(
        ['joint', *_HEADER],
        rows,
        f'The same by joint, within {threshold:g}. A joint that is hardly '
        'ever kept is hardly learnt on the target.',
    )


_COLUMNS = {
    'kept': 'kept',
    'precision_kept': 'right, kept',
    'precision_dropped': 'right, dropped',
    'ECE': 'ECE',
    'ECE_kept': 'ECE, kept',
    'ECE_dropped': 'ECE, dropped',
}
_HEADER = list(_COLUMNS.values())


def _cells(values: dict[str, float]) -> list[str]:
    return [number(100 * values[name]) for name in _COLUMNS]


def _percent(value: float) -> str:
    return '-' if np.isnan(value) else f'{100 * value:.0f} %'
