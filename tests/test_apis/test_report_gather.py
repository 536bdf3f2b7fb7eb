# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a report concludes from outcomes that were made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from test_apis.report_kit import outcome

from mmpose_mlda.apis.report_gather import BEFORE, Gathered, facts_of

NEAR, FAR = 0.01, 9.0
NAMES = ['head', 'left_knee', 'hip', 'ankle']


def network(right, number=40, **options):
    """Joints of which the first ``right`` of so many images are right.

    The mask keeps the first half of the images.
    """
    distance = np.full((number, len(NAMES)), FAR)
    for joint, count in enumerate(right):
        distance[:count, joint] = NEAR
    kept = np.zeros(distance.shape, bool)
    kept[: number // 2] = True
    options = dict(threshold='quantile', share=0.5) | options
    return outcome(distance, kept=kept, thresholds=[0.05, 0.2], **options)


def gathered(**outcomes):
    table = dict(keypoint_id2name=dict(enumerate(NAMES)))
    dataset = SimpleNamespace(metainfo=table)
    tested = SimpleNamespace(dataset=dataset)
    return Gathered(outcomes, tested=tested)


def facts(steps=None, total=None, switch=None, curves=None, **outcomes):
    return facts_of(gathered(**outcomes), curves or {}, switch, steps, total)


TEACHER = network([40, 10, 30, 20])


def test_pseudo_labels_of_the_teacher():
    """The first half is kept: (20 + 10 + 20 + 20) / 80 are right there."""
    found = facts(student=network([0, 0, 0, 0]), teacher=TEACHER)
    assert found.labelled
    assert found.metric == 'PCK@0.05'
    assert found.precision_kept == pytest.approx(87.5)
    assert found.precision_dropped == pytest.approx(100 * 30 / 80)
    assert found.share == 0.5
    by_number = facts(teacher=network([1, 1, 1, 1], threshold=0.3))
    assert by_number.share is None


def test_teacher_over_student():
    """100 of 160 right against 80."""
    found = facts(student=network([40, 0, 20, 20]), teacher=TEACHER)
    assert found.teacher_over_student.value == pytest.approx(12.5)
    assert found.teacher_over_student.low > 0
    assert facts(teacher=TEACHER).teacher_over_student is None


def test_gain_is_against_the_start():
    found = facts(**{BEFORE: network([20, 20, 20, 20])}, teacher=TEACHER)
    assert found.gain.value == pytest.approx(100 * 20 / 160)
    assert facts(teacher=TEACHER).gain is None


def test_worst_joints():
    found = facts(teacher=TEACHER)
    assert found.worst_joints == [
        'left knee (25 %)',
        'ankle (50 %)',
        'hip (75 %)',
    ]


def test_lost_joints_are_those_that_fell():
    """The knee gained, the hip is as it was, two fell, one more deeply."""
    before = network([40, 10, 30, 40])
    after = network([20, 40, 30, 10])
    found = facts(**{BEFORE: before}, teacher=after)
    assert found.lost_joints == [
        'ankle (100 to 25 % within 0.2)',
        'head (100 to 50 % within 0.2)',
    ]
    assert facts(teacher=after).lost_joints == []


def test_a_loss_that_may_be_chance_is_not_named():
    """Two images of 20, 10 points, which three others make up for."""
    before, after = network([10] * 4, 20), network([10] * 4, 20)
    after.quality.distance[:5, 1] = FAR
    after.quality.distance[15:18, 1] = NEAR
    assert facts(**{BEFORE: before}, teacher=after).lost_joints == []


# -------------------------------------------------------- where the run stands
@pytest.mark.parametrize(
    ('steps', 'switch', 'total', 'adapted', 'finished'),
    [
        (3, 4, 8, False, False),
        (4, 4, 8, False, False),
        (5, 4, 8, True, False),
        (8, 4, 8, True, True),
        (8, None, 8, True, True),
        (None, 4, 8, True, False),
        (None, None, None, True, False),
    ],
)
def test_where_the_run_stands(steps, switch, total, adapted, finished):
    found = facts(steps, total, switch)
    assert (found.adapted, found.finished) == (adapted, finished)
    assert not found.labelled


def test_what_came_after_the_checkpoint_is_not_known():
    curves = {'teacher/PCK@0.05': {2: 10.0, 4: 20.0, 6: 30.0}}
    assert facts(4, 8, curves=curves).curves == {
        'teacher/PCK@0.05': {2: 10.0, 4: 20.0}
    }
    assert facts(curves=curves).curves == curves
