# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest

from mmpose_mlda.apis.report_advice import Facts, advise, verdict
from mmpose_mlda.apis.report_change import Change

LABELLED = dict(labelled=True, metric='PCK@0.05')


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
        (dict(labelled=False), '--target-val'),
        (dict(), '--before FILE'),
        (dict(gain=Change(-3, -5, -1)), 'Do not use the adapted model'),
        (dict(gain=Change(0, -1, 1)), 'Label more images'),
        (dict(gain=Change(6, -0.3, 12.5)), '+6.0 [-0.3, +12.5] points from'),
        (dict(precision_kept=31, precision_dropped=30), 'says little'),
        (dict(precision_kept=52, precision_dropped=49), 'says little'),
        (dict(precision_kept=40, precision_dropped=60), 'says little'),
        (dict(precision_kept=40, precision_dropped=20), 'Only 40 %'),
        (dict(precision_kept=40), 'Only 40 %'),
        (dict(precision_kept=40, share=0.5), 'consistency.share=0.7`'),
        (dict(precision_kept=40, share=0.8), 'consistency.share=0.88`'),
        (dict(precision_kept=40), 'consistency.threshold`'),
        (dict(teacher_over_student=Change(-3, -5, -1)), 'The student is'),
        (dict(curves=course(1, 5, 9), finished=True), 'still rises'),
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


@pytest.mark.parametrize(
    'facts',
    [
        # nearly all are right, so confidence has little to tell
        dict(precision_kept=98, precision_dropped=95),
        dict(precision_kept=95, precision_dropped=98),
        # too little, or too uncertain
        dict(teacher_over_student=Change(-0.5, -0.8, -0.2)),
        dict(teacher_over_student=Change(-3, -7, 1)),
        # the training goes on
        dict(curves=course(1, 5, 9)),
        # 20 was of the source stage, the adaptation began with 4
        dict(curves=course(1, 20, 4, 5), switch=2),
    ],
)
def test_no_advice(facts):
    certain = dict(gain=Change(5, 2, 8))
    assert advise(Facts(**LABELLED | certain | facts)) == []


def test_no_advice_on_an_adaptation_that_has_not_begun():
    facts = Facts(
        **LABELLED,
        adapted=False,
        switch=9,
        gain=Change(-5, -8, -2),
        teacher_over_student=Change(-5, -8, -2),
        precision_kept=31,
        precision_dropped=30,
        curves=heads(98, 3) | course(1, 9, 5),
        lost_joints=['knee'],
        worst_joints=['hip (3 %)'],
    )
    (line,) = advise(facts)
    assert line.startswith('Look at hip (3 %) first')


def test_nothing_to_do():
    facts = Facts(
        **LABELLED,
        gain=Change(5, 2, 8),
        teacher_over_student=Change(0.5, 0.1, 0.9),
        precision_kept=80,
        precision_dropped=40,
        curves=heads(60, 55) | course(1, 9, 9.5),
        finished=True,
    )
    assert advise(facts) == []
