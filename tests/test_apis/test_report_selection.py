# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest

from mmpose_mlda.apis.report_selection import selection_section

SCORE = {100: 40.0, 200: 60.0, 300: 50.0}
PCK = {100: 30.0, 200: 44.0, 300: 46.0}


@pytest.mark.parametrize('prefix', ['teacher/', ''])
def test_regret_of_each_choice(prefix):
    curves = {
        f'{prefix}label_free/score': SCORE,
        f'{prefix}PCK@0.05': dict.fromkeys(SCORE, 1.0),
        f'{prefix}PCK@0.1': PCK,
        f'{prefix}PCK@0.1/Elbow': dict.fromkeys(SCORE, 2.0),
        'student/PCK@0.1': dict.fromkeys(SCORE, 3.0),
    }
    (table,) = selection_section(curves).tables
    assert table.header == ['choice', 'step', 'PCK@0.1', 'regret']
    assert table.rows == [
        ['score without labels', '200', '44.0', '2.0'],
        ['last', '300', '46.0', '0.0'],
        ['by lot', '-', '40.0', '6.0'],
        ['best by labels (oracle)', '300', '46.0', '0.0'],
    ]


def test_without_labels_or_scores():
    section = selection_section({'label_free/score': SCORE})
    assert 'highest after step 200. Without labels' in section.text
    assert not section.tables
    section = selection_section({'teacher/PCK@0.1': PCK})
    assert 'LabelFreeScore' in section.text
