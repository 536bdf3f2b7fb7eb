# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_mlda.datasets.metainfo.coco_table import coco_table, mirrored_name


@pytest.mark.parametrize(
    ('left', 'right'),
    [
        ('left_eye', 'right_eye'),
        ('eyeLeft', 'eyeRight'),
        ('L_eye', 'R_eye'),
        ('eye-l', 'eye-r'),
        ('lShoulder', 'rShoulder'),
        ('shoulderL', 'shoulderR'),
        ('Left Shoulder', 'Right Shoulder'),
        ('LEFT_LEG_1', 'RIGHT_LEG_1'),
    ],
)
def test_sides_are_found(left, right):
    joints = ['nose', left, right]
    assert mirrored_name(left, joints) == right
    assert mirrored_name(right, joints) == left
    assert mirrored_name('nose', joints) == ''


def test_letters_in_words_are_no_sides():
    joints = ['tail', 'collar', 'coclar', 'tair', 'left_ear']
    assert [mirrored_name(joint, joints) for joint in joints] == [''] * 5


def test_mmpose_reads_the_table():
    category = dict(
        name='horse',
        keypoints=['left_eye', 'right_eye', 'nose'],
        skeleton=[[1, 3], [2, 3]],
    )
    other = dict(name='cow', keypoints=['left_eye', 'right_eye', 'nose'])
    table = coco_table([dict(name='saddle'), category, other], 'animals')
    meta = parse_pose_metainfo(table)
    assert meta['dataset_name'] == 'animals'
    assert meta['flip_indices'] == [1, 0, 2]
    assert meta['skeleton_links'] == [(0, 2), (1, 2)]
    assert len(meta['sigmas']) == 3


def test_what_cannot_be_a_table():
    with pytest.raises(ValueError, match='no category has a list'):
        coco_table([dict(name='person')])
    with pytest.raises(ValueError, match="'a' and 'b' have different"):
        coco_table(
            [
                dict(name='a', keypoints=['nose']),
                dict(name='b', keypoints=['tail']),
            ]
        )
    with pytest.raises(ValueError, match='name of another'):
        coco_table([dict(keypoints=['nose', 'nose'])])
