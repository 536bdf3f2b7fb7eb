# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest

from mmpose_mlda.datasets.figures.dice import Dice
from mmpose_mlda.datasets.figures.poses import sample_pose
from mmpose_mlda.datasets.figures.skeleton import (
    LIMITS,
    PROPORTIONS,
    Body,
    forward_kinematics,
    rotation,
    within_limits,
)
from mmpose_mlda.datasets.figures.styles import PHOTO

BONES = {
    'thigh': ('hip', 'knee'),
    'shank': ('knee', 'ankle'),
    'foot': ('ankle', 'toe'),
    'upper_arm': ('shoulder', 'elbow'),
    'forearm': ('elbow', 'wrist'),
    'hand': ('wrist', 'hand'),
}
SPINE = {
    'pelvis': ('pelvis', 'waist'),
    'abdomen': ('waist', 'thorax'),
    'chest': ('thorax', 'neck'),
    'neck': ('neck', 'head'),
    'head': ('head', 'head_top'),
}


def pose(root=None, **angles):
    """Joints of an average body of stature 1."""
    root = np.eye(3) if root is None else root
    skeleton = forward_kinematics(
        within_limits(angles), Body.average(1.0), root
    )
    return skeleton.joints


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, atol=1e-12)


@pytest.mark.parametrize(
    ('axis', 'expected'),
    # What a right-handed quarter turn does to (1, 2, 3).
    [('x', (1, -3, 2)), ('y', (3, 2, -1)), ('z', (-2, 1, 3))],
)
def test_rotation_by_hand(axis, expected):
    close(rotation(axis, 90.0) @ np.array((1.0, 2.0, 3.0)), expected)


def test_rotation_refuses_other_axes():
    with pytest.raises(ValueError, match="axis must be 'x', 'y' or 'z'"):
        rotation('w', 1.0)


def test_upright_stance_by_hand():
    joints = pose()
    # x to the person's left: the left hip has x > 0.
    close(joints['left_hip'], (0.052, 0.0, 0.0))
    close(joints['right_hip'], (-0.052, 0.0, 0.0))
    close(joints['left_ankle'], (0.052, -0.245 - 0.246, 0.0))
    # 0.085 + 0.110 + 0.106 + 0.052 + 0.120
    close(joints['head_top'], (0.0, 0.473, 0.0))
    # The shoulder is 0.085 + 0.110 + 0.084 up, the arm hangs.
    close(joints['right_shoulder'], (-0.105, 0.279, 0.0))
    close(joints['right_wrist'], (-0.105, 0.279 - 0.178 - 0.148, 0.0))
    # The toes are 0.105 ahead of the ankle, 14 degrees down.
    step = joints['left_toe'] - joints['left_ankle']
    assert step[2] == pytest.approx(0.105 * math.cos(math.radians(14)))
    assert step[1] == pytest.approx(-0.105 * math.sin(math.radians(14)))


def test_sitting_by_hand():
    joints = pose(left_hip_flexion=90, left_knee_flexion=90)
    close(joints['left_knee'], (0.052, 0.0, 0.245))
    close(joints['left_ankle'], (0.052, -0.246, 0.245))


def test_leg_abduction_is_outwards_on_both_sides():
    joints = pose(left_hip_abduction=30, right_hip_abduction=30)
    # 0.052 + 0.245 sin 30
    close(joints['left_knee'][0], 0.1745)
    close(joints['right_knee'][0], -0.1745)


def test_arms_by_hand():
    shrug = math.radians(25.0 * (90.0 - 60.0) / 120.0)
    shoulder = (0.105 * math.cos(shrug), 0.279 + 0.105 * math.sin(shrug), 0.0)
    joints = pose(left_shoulder_elevation=90)  # sideways
    close(joints['left_shoulder'], shoulder)
    close(joints['left_wrist'], np.add(shoulder, (0.178 + 0.148, 0.0, 0.0)))
    joints = pose(left_shoulder_elevation=90, left_shoulder_plane=90)
    close(joints['left_wrist'], np.add(shoulder, (0.0, 0.0, 0.326)))
    # A hanging arm that is bent points forward; turned inwards, to the right.
    joints = pose(left_elbow_flexion=90)
    elbow = np.array((0.105, 0.279 - 0.178, 0.0))
    close(joints['left_wrist'], np.add(elbow, (0.0, 0.0, 0.148)))
    joints = pose(left_elbow_flexion=90, left_shoulder_rotation=80)
    assert (joints['left_wrist'] - elbow)[0] < -0.14


def test_bending_forward_and_to_the_left():
    assert pose(spine_flexion=60)['neck'][2] > 0.1
    assert pose(spine_side=30)['neck'][0] > 0.05
    # Turned to the left, the left shoulder goes back.
    assert pose(spine_twist=40)['left_shoulder'][2] < -0.05


def test_mirrored_angles_give_a_mirrored_body():
    dice = Dice(11)
    angles = sample_pose(dice, PHOTO.actions, (0.5, 50)).angles
    swapped = {}
    for name, value in angles.items():
        if name.startswith('left'):
            name = name.replace('left', 'right')
        elif name.startswith('right'):
            name = name.replace('right', 'left')
        elif name.endswith(('side', 'twist')):
            value = -value
        swapped[name] = value
    joints, mirrored = pose(**angles), pose(**swapped)
    for name, value in joints.items():
        other = name.replace('left', 'L').replace('right', 'left')
        other = other.replace('L', 'right')
        close(mirrored[other], value * (-1, 1, 1))


def test_bone_lengths_are_kept_in_every_pose():
    for index in range(60):
        dice = Dice(index)
        body = Body.sample(dice)
        drawn = sample_pose(dice, PHOTO.actions, (0.5, 50.0))
        joints = forward_kinematics(drawn.angles, body, drawn.root).joints
        for bone, (a, b) in SPINE.items():
            length = np.linalg.norm(joints[a] - joints[b])
            assert length == pytest.approx(body.lengths[bone])
        for side in ('left', 'right'):
            for bone, (a, b) in BONES.items():
                ends = joints[f'{side}_{a}'] - joints[f'{side}_{b}']
                assert np.linalg.norm(ends) == pytest.approx(
                    body.lengths[bone]
                )


def test_limits_are_respected():
    angles = within_limits(
        {'left_knee_flexion': -40, 'right_elbow_flexion': 500}
    )
    assert angles['left_knee_flexion'] == 0.0
    assert angles['right_elbow_flexion'] == LIMITS['elbow_flexion'][1]
    # Behind the body the arm rises by 60 degrees only.
    angles = within_limits(
        {'left_shoulder_plane': -30, 'left_shoulder_elevation': 120}
    )
    assert angles['left_shoulder_elevation'] == 60.0
    with pytest.raises(ValueError, match='left_tail'):
        within_limits({'left_tail': 1.0})


def test_knees_bend_backward_and_elbows_forward():
    for index in range(100):
        drawn = sample_pose(Dice(index), PHOTO.actions, (0.5, 50.0))
        frames = forward_kinematics(
            drawn.angles, Body.average(), drawn.root
        ).frames
        for side in ('left', 'right'):
            thigh = frames[f'{side}_thigh']
            # In the thigh's frame the shank points down and backward.
            shank = -thigh.T @ frames[f'{side}_shank'][:, 1]
            assert shank[2] <= 1e-12
            upper = frames[f'{side}_upper_arm']
            fore = -upper.T @ frames[f'{side}_forearm'][:, 1]
            assert fore[2] >= -1e-12


def test_proportions_add_up_to_the_stature():
    ankle_height = 0.039  # Drillis and Contini
    parts = ('thigh', 'shank', *SPINE)
    height = ankle_height + sum(PROPORTIONS[part] for part in parts)
    assert height == pytest.approx(1.0, abs=0.01)
