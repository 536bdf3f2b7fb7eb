# Copyright (c) mmpose_mlda contributors. All rights reserved.
from mmpose_mlda.visualization.tables import pck_table

FIRST = {
    'PCK@0.05/Sld': 12.345,
    'PCK@0.05/Elb': 100.0,
    'PCK@0.05': 56.78,
    'PCK@0.05/joint/neck': 3.0,
    'PCK@0.1': 77.0,
    'PCK@0.1/Sld': 78.0,
}


def test_table():
    rows = {'teacher': FIRST, 'source-only': FIRST | {'PCK@0.05': 5.0}}
    assert pck_table(rows, 'PCK@0.05').splitlines() == [
        'PCK@0.05        Sld     Elb     All',
        '-----------------------------------',
        'teacher        12.3   100.0    56.8',
        'source-only    12.3   100.0     5.0',
    ]


def test_other_threshold():
    text = pck_table({'teacher': FIRST}, 'PCK@0.1')
    assert text.splitlines()[2].split() == ['teacher', '78.0', '77.0']


def test_group_without_labels():
    """The metric leaves out groups of which nothing could be scored."""
    fewer = {k: v for k, v in FIRST.items() if k != 'PCK@0.05/Elb'}
    for rows in ({'a': FIRST, 'b': fewer}, {'b': fewer, 'a': FIRST}):
        lines = pck_table(rows, 'PCK@0.05').splitlines()
        table = {line.split()[0]: line.split()[1:] for line in lines[2:]}
        assert table == {
            'a': ['12.3', '100.0', '56.8'],
            'b': ['12.3', '-', '56.8'],
        }
