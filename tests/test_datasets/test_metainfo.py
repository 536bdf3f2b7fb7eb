# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
from mmengine.config import Config

from mmpose_mlda.registry import DATASETS  # noqa: F401 (before MMPose)

from mmpose.apis.inference import dataset_meta_from_config  # isort: skip
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # isort: skip

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
    LSP14_TO_BODY16,
    TABLES,
    get_table,
    keypoint_table,
)


@pytest.mark.parametrize('name', sorted(TABLES))
def test_table_is_read_by_mmpose(name):
    table = parse_pose_metainfo(get_table(name))
    assert table['dataset_name'] == name
    flip = np.array(table['flip_indices'])
    assert (flip[flip] == np.arange(len(flip))).all()
    for i, joint in table['keypoint_id2name'].items():
        mirrored = table['keypoint_id2name'][flip[i]]
        assert ('left' in joint) == ('right' in mirrored)
    assert len(table['sigmas']) == table['num_keypoints']
    # every joint is on a limb
    joints = {j for link in table['skeleton_links'] for j in link}
    assert joints == set(range(table['num_keypoints']))


def test_order_of_lsp14():
    table = parse_pose_metainfo(get_table('lsp14'))
    # by hand, from the README of the release
    assert table['flip_indices'] == [
        5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13,
    ]  # fmt: skip


def test_order_of_body16():
    table = parse_pose_metainfo(get_table('body16'))
    assert table['flip_indices'] == [
        5, 4, 3, 2, 1, 0, 6, 7, 8, 9, 15, 14, 13, 12, 11, 10,
    ]  # fmt: skip


@pytest.mark.parametrize('joints', [14, 18])
def test_order_of_the_animals(joints):
    table = parse_pose_metainfo(get_table(f'animal{joints}'))
    # the papers' pairs, by hand; 18: chin (2) and hip (7) stay
    pairs = {
        14: [(k, k + 1) for k in range(0, 14, 2)],
        18: [(0, 1), (3, 4), (5, 6), (8, 9), (10, 11), (12, 13), (14, 15),
             (16, 17)],
    }  # fmt: skip
    flip = list(range(joints))
    for left, right in pairs[joints]:
        flip[left], flip[right] = right, left
        assert table['keypoint_id2name'][left].startswith('left')
    assert table['flip_indices'] == flip
    names = list(table['keypoint_name2id'])
    assert {
        14: names == [*EYES, *legs('paw'), *legs('knee'), *legs('elbow')],
        18: names == [
            *EYES, 'chin', *legs('paw'), 'hip', *legs('knee'),
            'left_shoulder', 'right_shoulder', *legs('elbow'),
        ],
    }[joints]  # fmt: skip


EYES = ('left_eye', 'right_eye')


def legs(part):
    return [
        f'{side}_{end}_{part}'
        for end in ('front', 'back')
        for side in ('left', 'right')
    ]


@pytest.mark.parametrize(
    ('table', 'groups', 'scored'),
    [
        (ANIMAL18, ANIMAL18_GROUPS, ANIMAL18_SCORED),
        (ANIMAL14, ANIMAL14_GROUPS, ANIMAL14_SCORED),
    ],
)
def test_groups_of_the_animals_name_their_joints(table, groups, scored):
    parts = {
        'Eye': 'eye', 'Chin': 'chin', 'Sld': 'shoulder', 'Hip': 'hip',
        'Elb': 'elbow', 'Knee': 'knee', 'Hoof': 'paw',
    }  # fmt: skip
    names = {k: joint['name'] for k, joint in table['keypoint_info'].items()}
    for group, joints in groups.items():
        of_part = [k for k, n in names.items() if n.endswith(parts[group])]
        assert list(joints) == of_part
    together = sorted(j for joints in groups.values() for j in joints)
    assert together == sorted(scored) == list(range(len(names)))


def test_map_of_the_papers():
    # the papers' table, -1 where the slot's visibility is fixed to 0
    slots = [0, 1, 2, 3, 4, 5, -1, -1, 12, 13, 6, 7, 8, 9, 10, 11]
    pairs = [(joint, slot) for slot, joint in enumerate(slots) if joint >= 0]
    assert list(LSP14_TO_BODY16) == pairs
    for joint, slot in LSP14_TO_BODY16:
        lsp = LSP14['keypoint_info'][joint]['name']
        body = BODY16['keypoint_info'][slot]['name']
        assert lsp == body or (lsp, body) == ('head_top', 'head')


@pytest.mark.parametrize(
    ('table', 'groups', 'scored'),
    [
        (LSP14, LSP14_GROUPS, LSP14_SCORED),
        (BODY16, BODY16_GROUPS, BODY16_SCORED),
    ],
)
def test_groups_name_their_joints(table, groups, scored):
    parts = {
        'Sld': 'shoulder', 'Elb': 'elbow', 'Wrist': 'wrist', 'Hip': 'hip',
        'Knee': 'knee', 'Ankle': 'ankle', 'Head': 'head', 'Neck': 'neck',
    }  # fmt: skip
    for group, joints in groups.items():
        for joint in joints:
            assert parts[group] in table['keypoint_info'][joint]['name']
    limbs = [j for g, js in groups.items() for j in js if g not in _CENTRE]
    assert list(scored) == limbs
    assert len(set(scored)) == 12


_CENTRE = ('Head', 'Neck')


def test_get_table():
    assert get_table('lsp14') == LSP14
    get_table('lsp14')['keypoint_info'].clear()
    assert len(LSP14['keypoint_info']) == 14
    own = {'from_file': 'x.py'}
    assert get_table(own) == own
    with pytest.raises(ValueError, match='lsp14'):
        get_table('lsp')


def test_joint_without_constant():
    with pytest.raises(ValueError, match=r"no OKS constant for \['tail'\]"):
        keypoint_table('cats', {}, ['neck', 'tail'], [])


@pytest.mark.parametrize(
    ('dataset', 'joints'),
    [
        ('LSPDataset', 14),
        ('LSPExtendedDataset', 14),
        ('SURREALDataset', 16),
        ('SynAnimalDataset', 18),
        ('TigDogDataset', 18),
        ('AnimalPoseDataset', 14),
    ],
)
def test_config_of_a_data_set_tells_its_keypoints(dataset, joints):
    """As ``init_model`` asks where a checkpoint does not say."""
    loader = dict(dataset=dict(type=f'mmpose_mlda.{dataset}'))
    meta = dataset_meta_from_config(Config(dict(train_dataloader=loader)))
    assert meta['num_keypoints'] == joints
