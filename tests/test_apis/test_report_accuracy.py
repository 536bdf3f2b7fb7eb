# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Numbers of evaluators in a report, of this package and of MMPose."""

import pytest
from test_apis.report_kit import outcome

from mmpose_mlda.apis.report_accuracy import (
    joints_section,
    overall_metrics,
    verdict_section,
)
from mmpose_mlda.apis.report_advice import Facts

OURS = {
    'PCK@0.05': 61.25,
    'PCK@0.05/Hip': 40.0,
    'PCK@0.05/joint/left_knee': 30.0,
    'animals/PCK@0.1': 72.5,
    'animals/PCK@0.1/horse': 80.0,
}
MMPOSE = {'PCK': 0.6214, 'coco/AP': 0.512, 'coco/AP .5': 0.75, 'NME': 0.07}
NO_ACCURACY = {'pseudo/kept': 50.0, 'label_free/score': 60.0}


def answer(metrics, distance=0.01):
    return outcome([[distance, 0.01]] * 3)._replace(metrics=metrics)


def sections(**outcomes):
    return (
        verdict_section(Facts(labelled=True), outcomes),
        joints_section(outcomes),
    )


def test_only_parts_of_metrics_are_left_out():
    found = overall_metrics(answer(OURS | MMPOSE | NO_ACCURACY))
    assert [*found] == ['PCK@0.05', 'animals/PCK@0.1', *MMPOSE]


def test_ours_are_per_cent_and_others_as_they_are():
    verdict, _ = sections(model=answer(OURS | MMPOSE))
    (table,) = verdict.tables
    assert dict(zip(table.header, table.rows[0], strict=True)) == {
        'network': 'model',
        'PCK@0.05': '61.2',
        'animals/PCK@0.1': '72.5',
        'PCK': '0.6214',
        'coco/AP': '0.512',
        'coco/AP .5': '0.75',
        'NME': '0.07',
    }
    (picture,) = verdict.pictures
    labels = picture.image.axes[0].get_yticklabels()
    groups = [label.get_text() for label in labels]
    assert groups == ['PCK@0.05', 'animals/PCK@0.1']


def test_metrics_of_mmpose_alone():
    """No bars, whose axis is per cent, and no word of per cent."""
    verdict, joints = sections(before=answer(MMPOSE), teacher=answer(MMPOSE))
    assert not verdict.pictures
    (table,) = verdict.tables
    assert len(table.rows) == 2
    assert 'per cent' not in table.caption
    assert not joints.tables
    assert 'mmpose_mlda.PCK' in joints.text


def test_no_accuracy_at_all():
    verdict, _ = sections(teacher=answer(NO_ACCURACY))
    assert not verdict.pictures
    assert not verdict.tables


def test_differences_have_intervals():
    """All right in the first joint against none; the other is as it was."""
    before, after = (
        answer({'PCK@0.05': 50.0, 'coco/AP': 0.1}, 9.0),
        answer({'PCK@0.05': 100.0, 'coco/AP': 0.2}),
    )
    verdict, _ = sections(before=before, teacher=after)
    assert verdict.tables[0].rows[-1] == [
        'teacher - before',
        '+50.0 [+50.0, +50.0]',
        '-',
    ]


@pytest.mark.parametrize('others', [{}, MMPOSE, NO_ACCURACY])
def test_joints_of_each_network(others):
    better = {k: v + 10 for k, v in OURS.items() if 'Hip' not in k}
    _, joints = sections(
        student=answer(OURS | others), teacher=answer(better | others)
    )
    (table,) = joints.tables
    assert table.header == [
        'joint',
        'PCK@0.05, student',
        'PCK@0.05, teacher',
        'animals/PCK@0.1, student',
        'animals/PCK@0.1, teacher',
    ]
    assert table.rows == [
        ['All', '61.2', '71.2', '72.5', '82.5'],
        ['Hip', '40.0', '-', '-', '-'],
        ['left knee', '30.0', '40.0', '-', '-'],
        ['horse', '-', '-', '80.0', '90.0'],
    ]
