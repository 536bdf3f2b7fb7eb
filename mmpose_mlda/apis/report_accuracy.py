# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Sections of a report on how right the networks are."""

import numpy as np

from mmpose_mlda.evaluation import PseudoLabelQuality
from mmpose_mlda.evaluation.functional import calibration_bins, label_quality
from mmpose_mlda.visualization.report import Picture, Section, TableData
from mmpose_mlda.visualization.report_figures import (
    accuracy_figure,
    reliability_figure,
)

from .report_advice import Facts, advise, verdict
from .report_change import change
from .report_runs import Outcome

BEFORE = 'before'  # network of the start of the adaptation
_TITLES = {
    BEFORE: 'before adaptation',
    'student': 'student',
    'teacher': 'teacher',
    'model': 'model',
}
NO_LABELS = (
    'Labels of the target are missing: name labelled images in '
    '`test_dataloader` and `test_evaluator` of the config, and make the '
    'report again. `tools/adapt.py` takes their file by `--target-val`.'
)


def overall_metrics(outcome: Outcome) -> dict[str, float]:
    """The evaluators' numbers that are no part of another one."""
    return {k: v for k, v in outcome.metrics.items() if '/' not in k}


def verdict_section(facts: Facts, outcomes: dict[str, Outcome]) -> Section:
    """Whether it helped, the numbers, and what to do next."""
    text = verdict(facts)
    if advice := advise(facts):
        items = '\n'.join(f'- {line}' for line in advice)
        text += f'\n\nWhat to do next:\n{items}'
    section = Section('Did the adaptation help?', text)
    if not outcomes:
        return section
    rows = {_TITLES[n]: overall_metrics(o) for n, o in outcomes.items()}
    section.pictures.append(
        Picture(
            accuracy_figure(rows),
            'Accuracy on the labelled target images',
            'Each group of bars is one metric; longer is better.',
        )
    )
    section.tables.append(_overall(rows, outcomes))
    return section


def _overall(
    rows: dict[str, dict[str, float]], outcomes: dict[str, Outcome]
) -> TableData:
    metrics = list(dict.fromkeys(k for row in rows.values() for k in row))
    count = len(next(iter(outcomes.values())).poses)
    cells = [
        [name, *(_number(row.get(metric)) for metric in metrics)]
        for name, row in rows.items()
    ]
    before = outcomes.get(BEFORE)
    for name, outcome in outcomes.items():
        if before is None or name == BEFORE:
            continue
        line = [f'{_TITLES[name]} - before']
        for metric in metrics:
            threshold = _threshold(metric)
            line.append(
                '-'
                if threshold is None
                else str(change(outcome, before, threshold))
            )
        cells.append(line)
    note = (
        ' Differences have 95 % intervals of a paired bootstrap over the '
        'images; one that does not contain 0 is no accident of these images.'
        if before is not None
        else ''
    )
    return TableData(
        ['network', *metrics],
        cells,
        f"The evaluators' numbers on {count} labelled images, as "
        f'`tools/test.py` prints them; PCK in per cent.{note}',
    )


def _threshold(metric: str) -> float | None:
    name, _, value = metric.partition('@')
    return float(value) if name == 'PCK' and value else None


def joints_section(outcomes: dict[str, Outcome]) -> Section:
    """PCK by groups and joints."""
    section = Section(
        'Which joints are right?',
        "The evaluators' numbers by group of joints and by joint. A joint "
        'that is bad in every column is hard, or seldom seen in the source; '
        'one that fell is hurt by the adaptation.',
    )
    if table := _joint_table(outcomes):
        section.tables.append(table)
    else:
        section.text = (
            'The evaluators have no values by joint: add '
            "`dict(type='mmpose_mlda.PCK', thr=0.05)` to `test_evaluator`."
            if outcomes
            else NO_LABELS
        )
    return section


def _joint_table(outcomes: dict[str, Outcome]) -> TableData | None:
    """One row a joint, one column a metric and network."""
    columns = [
        (metric, name)
        for metric in dict.fromkeys(
            key for o in outcomes.values() for key in overall_metrics(o)
        )
        for name in outcomes
    ]
    parts = {
        key.partition('/')[2]: None
        for outcome in outcomes.values()
        for key in outcome.metrics
        if key.partition('/')[0] in dict(columns)
    }
    parts.pop('', None)
    if not parts:
        return None
    rows = []
    for part in ('', *parts):
        keys = [f'{metric}/{part}'.rstrip('/') for metric, _ in columns]
        rows.append(
            [_part_title(part)]
            + [
                _number(outcomes[name].metrics.get(key))
                for key, (_, name) in zip(keys, columns, strict=True)
            ]
        )
    titles = [f'{metric}, {_TITLES[name]}' for metric, name in columns]
    return TableData(
        ['joint', *titles], rows, 'In per cent; a dash: no label.'
    )


def _part_title(part: str) -> str:
    if not part:
        return 'All'
    joint = part.removeprefix('joint/')
    return part if joint == part else joint.replace('_', ' ')


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
    return [_number(100 * values[name]) for name in _COLUMNS]


def _percent(value: float) -> str:
    return '-' if np.isnan(value) else f'{100 * value:.0f} %'


def _number(value: float | None) -> str:
    return '-' if value is None or np.isnan(value) else f'{value:.1f}'
