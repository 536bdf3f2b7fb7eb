# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Which checkpoint would have been chosen, and what the choice costs."""

import numpy as np

from mmpose_mlda.evaluation.selection import choose, random_regret
from mmpose_mlda.visualization.report import Section, TableData
from mmpose_mlda.visualization.run_scalars import Curves

TITLE = 'Was the last checkpoint the right one?'
_SCORE = 'label_free/score'
_WITHOUT = (
    'Nothing was scored without labels. `model.probe='
    "dict(type='mmpose_mlda.AgreementProbe')` and `dict(type="
    "'mmpose_mlda.LabelFreeScore')` in `val_evaluator` do it at each "
    'validation.'
)
_EXPLANATION = (
    'The score asks how well predictions agree with themselves in other views '
    'of an image; it knows no labels, and higher is better.'
)


def selection_section(curves: Curves) -> Section:
    """The choice without labels beside the last and the best one.

    Args:
        curves: Of the validations: ``label_free/score`` and, where there are
            labels, ``PCK@0.1``, with or without ``teacher/`` before it.
    """
    prefix = 'teacher/' if f'teacher/{_SCORE}' in curves else ''
    scores = curves.get(prefix + _SCORE)
    if not scores:
        return Section(TITLE, _WITHOUT)
    metric = _metric(curves, prefix)
    steps = sorted(scores)
    if metric is not None:
        steps = [step for step in steps if step in curves[metric]]
    values = np.array([scores[step] for step in steps])
    chosen = steps[choose(values)]
    text = f'{_EXPLANATION} It is highest after step {chosen}'
    text += ', the last one.' if chosen == steps[-1] else '.'
    if metric is None:
        return Section(TITLE, text + ' Without labels no more can be said.')
    accuracy = np.array([curves[metric][step] for step in steps])
    return Section(
        TITLE, text, tables=[_table(steps, values, accuracy, metric)]
    )


def _metric(curves: Curves, prefix: str) -> str | None:
    """The accuracy to judge by: PCK@0.1, else the first PCK."""
    found = [
        name
        for name in curves
        if name.startswith(f'{prefix}PCK@') and name.count('/') == bool(prefix)
    ]
    wanted = f'{prefix}PCK@0.1'
    return wanted if wanted in found else next(iter(found), None)


def _table(
    steps: list[int], scores: np.ndarray, accuracy: np.ndarray, metric: str
) -> TableData:
    best = accuracy.max()
    choices = {
        'score without labels': choose(scores),
        'last': len(steps) - 1,
        'best by labels (oracle)': int(accuracy.argmax()),
    }
    rows = [
        [
            name,
            str(steps[i]),
            f'{accuracy[i]:.1f}',
            f'{best - accuracy[i]:.1f}',
        ]
        for name, i in choices.items()
    ]
    lost = random_regret(accuracy)
    rows.insert(2, ['by lot', '-', f'{best - lost:.1f}', f'{lost:.1f}'])
    name = metric.rpartition('/')[2]
    return TableData(
        ['choice', 'step', name, 'regret'],
        rows,
        f'{name} in per cent at each of {len(steps)} validations, and how '
        'much less than the best a choice has.',
    )
