# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest

from mmpose_mlda.datasets.metainfo import (
    ANIMAL14,
    ANIMAL14_GROUPS,
    ANIMAL14_SCORED,
    ANIMAL18,
    ANIMAL18_GROUPS,
    ANIMAL18_SCORED,
    BODY16,
    BODY16_GROUPS,
    BODY16_SCORED,
    LSP14,
    LSP14_GROUPS,
    LSP14_SCORED,
)
from mmpose_mlda.evaluation.joint_groups import resolve_groups


def ids_of(table):
    return {v['name']: k for k, v in table['keypoint_info'].items()}


@pytest.mark.parametrize(
    ('table', 'groups', 'scored'),
    [
        (LSP14, LSP14_GROUPS, LSP14_SCORED),
        (BODY16, BODY16_GROUPS, BODY16_SCORED),
        (ANIMAL18, ANIMAL18_GROUPS, ANIMAL18_SCORED),
        (ANIMAL14, ANIMAL14_GROUPS, ANIMAL14_SCORED),
    ],
)
def test_groups_of_the_papers(table, groups, scored):
    ids = ids_of(table)
    resolved, all_joints = resolve_groups(None, None, ids, len(ids))
    assert list(resolved) == list(groups)
    for name, joints in groups.items():
        assert sorted(resolved[name]) == sorted(joints)
    assert sorted(all_joints) == sorted(scored)


def test_joints_beside_those_of_the_animals_are_not_scored():
    """As the 20 joints of AnimalPose."""
    ids = {'nose': 0, 'tailbase': 1}
    ids |= {name: k + 2 for name, k in ids_of(ANIMAL14).items()}
    groups, all_joints = resolve_groups(None, None, ids, 16)
    assert list(groups) == ['Eye', 'Elb', 'Knee', 'Hoof']
    assert groups['Eye'] == [2, 3]
    assert sorted(all_joints) == list(range(2, 16))


def test_other_tables():
    ids = {'left_eye': 0, 'left_knee': 1, 'tail': 2}
    assert resolve_groups(None, None, ids, 3) == ({}, [0, 1, 2])
    assert resolve_groups(None, None, {}, 2) == ({}, [0, 1])


def test_given_groups():
    ids = {'eye': 0, 'knee': 1, 'tail': 2}
    groups = {'A': ['tail', 0], 'B': [0]}
    assert resolve_groups(groups, None, ids, 3) == (
        {'A': [2, 0], 'B': [0]},
        [2, 0],
    )
    assert resolve_groups(groups, ['knee'], ids, 3)[1] == [1]


@pytest.mark.parametrize(
    ('groups', 'message'),
    [
        ({'A': ['nose']}, "'A' names the joint 'nose'.*3 joints: eye, knee"),
        ({'A': [3]}, '3'),
        ({'A': [-1]}, '-1'),
        ({'A': []}, "'A' has no joints"),
    ],
)
def test_errors(groups, message):
    with pytest.raises(ValueError, match=message):
        resolve_groups(groups, None, {'eye': 0, 'knee': 1, 'tail': 2}, 3)
