# Copyright (c) mmpose_mlda contributors. All rights reserved.
from types import SimpleNamespace

import numpy as np
import pytest

from mmpose_mlda.apis.report_advice import (
    Change,
    Facts,
    advise,
    change,
    verdict,
)

LABELLED = dict(labelled=True, metric='PCK@0.05')


def outcome(distance, scored=None):
    distance = np.array(distance)
    scored = np.ones(distance.shape, bool) if scored is None else scored
    quality = SimpleNamespace(distance=distance, scored=scored)
    return SimpleNamespace(quality=quality, joints=[0, 1])


def test_change_by_hand():
    """The third joint is not averaged; 3 of 4 right against 1 of 4."""
    after = outcome([[0.01, 0.01, 9], [0.01, 9, 9]])
    before = outcome([[0.01, 9, 0], [9, 9, 0]])
    found = change(after, before, 0.05)
    assert found.value == pytest.approx(75 - 25)
    # each image gains one joint of two, whichever are drawn
    assert (found.low, found.high) == pytest.approx((50, 50))
    assert str(found) == '+50.0 [+50.0, +50.0]'


def test_no_change_has_no_width():
    same = outcome([[0.01, 9, 0], [9, 9, 0]])
    found = change(same, same, 0.05)
    assert (found.value, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ('facts', 'words'),
    [
        (dict(adapted=False), 'has not begun'),
        (dict(), 'without labels'),
        (LABELLED, 'from before the adaptation is not there'),
        (dict(LABELLED, gain=Change(5, 2, 8)), 'Yes**: PCK@0.05 changed'),
        (dict(LABELLED, gain=Change(1, -2, 3)), 'No difference'),
        (dict(LABELLED, gain=Change(-5, -8, -2)), 'it did harm'),
    ],
)
def test_verdict(facts, words):
    assert words in verdict(Facts(**facts))


@pytest.mark.parametrize(
    ('end', 'words'), [(9.0, 'seems so'), (3.0, 'does not seem so')]
)
def test_verdict_by_the_log(end, words):
    """Without the model of the start, but with its validation."""
    curves = {'teacher/PCK@0.05': {2: 1.0, 4: 5.0, 8: end}}
    text = verdict(Facts(**LABELLED, curves=curves, switch=4))
    assert words in text
    assert '5.0 when the adaptation began' in text


def heads(source, target):
    return {
        'acc_domain_source': {1: 0.0, 2: source, 3: source, 4: source},
        'acc_domain_target': {1: 0.0, 2: target, 3: target, 4: target},
    }


def course(*values):
    return {'teacher/PCK@0.05': dict(enumerate(values))}


@pytest.mark.parametrize(
    ('facts', 'words'),
    [
        (dict(labelled=False), 'Label some 100 images'),
        (dict(), '--before FILE'),
        (dict(gain=Change(0, -1, 1)), 'Do not use the adapted model'),
        (dict(precision_kept=31, precision_dropped=30), 'says little'),
        (dict(precision_kept=40, precision_dropped=20), 'Only 40 %'),
        (dict(teacher_over_student=-3.0), '3.0 points better'),
        (dict(curves=course(1, 5, 9)), 'still rises'),
        (dict(curves=course(1, 9, 5)), 'fell from 9.0 to 5.0'),
        (dict(curves=heads(98, 3)), 'calls everything source'),
        (dict(curves=heads(3, 98)), 'calls everything target'),
        (dict(curves=heads(98, 95)), 'with ease'),
        (dict(lost_joints=['knee (9 to 2 % within 0.2)']), 'made knee (9'),
        (dict(worst_joints=['left knee (3 %)']), 'left knee (3 %)'),
    ],
)
def test_advice(facts, words):
    assert words in '\n'.join(advise(Facts(**LABELLED | facts)))


def test_nothing_to_do():
    facts = Facts(
        **LABELLED,
        gain=Change(5, 2, 8),
        teacher_over_student=0.5,
        precision_kept=80,
        precision_dropped=40,
        curves=heads(60, 55) | course(1, 9, 9.5),
    )
    assert advise(facts) == []
