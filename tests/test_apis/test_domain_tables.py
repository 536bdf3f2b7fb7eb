# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Left and right by the names of joints."""

from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_mlda.apis.domains.report import Report
from mmpose_mlda.apis.domains.tables import (
    check_tables,
    joint_names,
    mirrored_name,
    name_words,
    side_of,
    side_pairs,
)

TABLES = sorted(
    Path(find_spec('mmpose').submodule_search_locations[0]).glob(
        '.mim/configs/_base_/datasets/*.py'
    )
)
# Tables that swap joints, but number them; what else has no pairs by name
# swaps nothing.
NUMBERED = ['300vw', '300w', 'aflw', 'coco_wholebody_face', 'cofw']
NUMBERED += ['deepfashion2', 'lapa', 'wflw']


@pytest.fixture(scope='module')
def metas():
    if not TABLES:
        pytest.skip('MMPose is installed without its configs')
    return {
        path.stem: parse_pose_metainfo(run_path(str(path))['dataset_info'])
        for path in TABLES
    }


def table(*names, swap):
    return dict(
        keypoint_id2name=dict(enumerate(names)), flip_indices=list(swap)
    )


@pytest.mark.parametrize(
    ('name', 'other', 'side'),
    [
        ('left_knee', 'right_knee', 'left'),
        ('R_Hand', 'L_Hand', 'right'),
        ('RightFoot', 'LeftFoot', 'right'),
        ('leftKnee', 'rightKnee', 'left'),
        ('eyeL', 'eyeR', 'left'),
        ('forelegR1', 'forelegL1', 'right'),
        ('LHip', 'RHip', 'left'),
        ('LEFT HIP', 'RIGHT HIP', 'left'),
        ('Leg_right', 'Leg_left', 'right'),
        ('ear_l', 'ear_r', 'left'),
        ('neck', 'neck', None),
        ('leftover', 'leftover', None),
        ('Root of tail', 'Root of tail', None),
        ('kpt-12', 'kpt-12', None),
    ],
)
def test_names(name, other, side):
    assert mirrored_name(name) == other
    assert mirrored_name(other) == name
    assert side_of(name) == side


def test_pairs_are_left_first_and_once():
    found = table('Leg_right', 'Leg_left', 'Leg_end', swap=(1, 0, 2))
    assert side_pairs(found) == [(1, 0)]


def test_numbers_say_nothing_but_wrong_names_do():
    report = Report()
    check_tables(report, dict(a=table('k1', 'k2', 'k3', swap=(2, 1, 0))))
    assert report.findings == []
    names = 'left_eye', 'right_eye', 'nose'
    check_tables(report, dict(a=table(*names, swap=(2, 1, 0))))
    (finding,) = report.findings
    assert (
        'left_eye (has nose), right_eye (has right_eye), nose' in finding.text
    )


def test_tables_of_mmpose_raise_no_alarm(metas):
    """But one: vest_kpt9 names vest_kpt13, which names none."""
    told = {}
    for name, meta in metas.items():
        report = Report()
        check_tables(report, {name: meta})
        bad = [f for f in report.findings if f.level in ('warning', 'error')]
        if bad:
            told[name] = ''.join(f.text for f in bad)
    assert set(told) <= {'deepfashion2'}
    assert 'vest_kpt9' in told.get('deepfashion2', 'vest_kpt9')


def test_pairs_of_tables_of_mmpose(metas):
    """Every swap is of a left and a right joint, or of numbers."""
    for name, meta in metas.items():
        pairs, names = side_pairs(meta), joint_names(meta)
        assert all(''.join(name_words(n)) == n for n in names)
        swapped = sum(i < j for i, j in enumerate(meta['flip_indices']))
        numbered = sum(
            i < j
            for i, j in enumerate(meta['flip_indices'])
            if not side_of(names[i]) and not side_of(names[j])
        )
        assert len(pairs) == swapped - numbered, name
        if name in NUMBERED:
            assert pairs == [], name
        elif swapped:
            assert pairs, name
