# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Sections of a report on how right the networks are."""

import numpy as np

from mmpose_mlda.evaluation import LabelFreeScore, PseudoLabelQuality
from mmpose_mlda.visualization.report import Picture, Section, TableData
from mmpose_mlda.visualization.report_figures import accuracy_figure

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
# they have sections of their own
_NO_ACCURACY = (
    PseudoLabelQuality.default_prefix,
    LabelFreeScore.default_prefix,
)
NO_LABELS = (
    'Labels of the target are missing: name labelled images in '
    '`test_dataloader` and `test_evaluator` of the config, and make the '
    'report again. `tools/adapt.py` takes their file by `--target-val`.'
)


def overall_metrics(outcome: Outcome) -> dict[str, float]:
    """The evaluators' numbers that are no part of another one.

    ``PCK@0.1/Hip`` is a part of ``PCK@0.1``, ``coco/AP`` of nothing. What is
    no accuracy is left out.
    """
    found = outcome.metrics
    return {
        key: value
        for key, value in found.items()
        if not any(start in found for start in _prefixes(key))
        and key.partition('/')[0] not in _NO_ACCURACY
    }


def _prefixes(key: str) -> list[str]:
    parts = key.split('/')
    return ['/'.join(parts[:i]) for i in range(1, len(parts))]


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
    # of others nobody knows the scale, and whether more is better
    bars = {
        name: {k: v for k, v in row.items() if _threshold(k) is not None}
        for name, row in rows.items()
    }
    if any(bars.values()):
        section.pictures.append(
            Picture(
                accuracy_figure(bars),
                'Accuracy on the labelled target images',
                'Each group of bars is one metric; longer is better.',
            )
        )
    if any(rows.values()):
        section.tables.append(_overall(rows, outcomes))
    return section


def _overall(
    rows: dict[str, dict[str, float]], outcomes: dict[str, Outcome]
) -> TableData:
    metrics = list(dict.fromkeys(k for row in rows.values() for k in row))
    count = len(next(iter(outcomes.values())).poses)
    cells = [
        [name, *(_value(metric, row.get(metric)) for metric in metrics)]
        for name, row in rows.items()
    ]
    thresholds = [_threshold(metric) for metric in metrics]
    note = (
        f"The evaluators' numbers on {count} labelled images, as "
        '`tools/test.py` prints them'
    )
    note += '; PCK@ in per cent.' if any(thresholds) else '.'
    before = outcomes.get(BEFORE)
    if before is not None and any(thresholds):
        cells += [
            [
                f'{_TITLES[name]} - before',
                *(
                    '-' if thr is None else str(change(outcome, before, thr))
                    for thr in thresholds
                ),
            ]
            for name, outcome in outcomes.items()
            if name != BEFORE
        ]
        note += (
            ' Differences have 95 % intervals of a paired bootstrap over the '
            'images; one that does not contain 0 is no accident of these '
            'images.'
        )
    return TableData(['network', *metrics], cells, note)


def _threshold(metric: str) -> float | None:
    """That of a value of :class:`PCK`, which is in per cent."""
    name, _, value = metric.rpartition('/')[2].partition('@')
    return float(value) if name == 'PCK' and value else None


def _value(metric: str, value: float | None) -> str:
    """Values of others may be of any scale, mostly 0 to 1."""
    if _threshold(metric) is not None or value is None or np.isnan(value):
        return number(value)
    return f'{value:.4g}'


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
    parts = {}  # {metric: {part}}
    for outcome in outcomes.values():
        for metric in overall_metrics(outcome):
            start = f'{metric}/'
            for key in outcome.metrics:
                if key.startswith(start):
                    parts.setdefault(metric, {})[key.removeprefix(start)] = 1
    if not parts:
        return None
    columns = [(metric, name) for metric in parts for name in outcomes]
    rows = []
    for part in ('', *dict.fromkeys(p for own in parts.values() for p in own)):
        row = [_part_title(part)]
        for metric, name in columns:
            key = f'{metric}/{part}'.rstrip('/')
            row.append(_value(metric, outcomes[name].metrics.get(key)))
        rows.append(row)
    titles = [f'{metric}, {_TITLES[name]}' for metric, name in columns]
    note = 'PCK@ in per cent; a dash: no label.'
    return TableData(['joint', *titles], rows, note)


def _part_title(part: str) -> str:
    if not part:
        return 'All'
    joint = part.removeprefix('joint/')
    return part if joint == part else joint.replace('_', ' ')


def number(value: float | None) -> str:
    """As in the tables, in per cent."""
    return '-' if value is None or np.isnan(value) else f'{value:.1f}'
