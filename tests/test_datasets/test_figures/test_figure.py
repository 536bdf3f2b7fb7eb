# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.figures.camera import Camera
from mmpose_mlda.datasets.figures.dice import Dice
from mmpose_mlda.datasets.figures.figure import frame_figure, visible
from mmpose_mlda.datasets.figures.palette import toy_outfit
from mmpose_mlda.datasets.figures.scene import draw_scene
from mmpose_mlda.datasets.figures.skeleton import (
    Body,
    forward_kinematics,
    rotation,
    within_limits,
)
from mmpose_mlda.datasets.figures.styles import STYLES

LIMB_JOINTS = [
    f'{side}_{joint}'
    for side in ('left', 'right')
    for joint in ('hip', 'knee', 'ankle', 'shoulder', 'elbow', 'wrist')
]
SPREAD = {
    f'{side}_shoulder_elevation': 90.0 for side in ('left', 'right')
}  # a T


def person(heading=0.0, **angles):
    """A figure of the average body, seen from 6 m at its own height."""
    body = Body.average()
    skeleton = forward_kinematics(
        within_limits(angles), body, rotation('y', heading)
    )
    figure, _ = frame_figure(
        skeleton, body, toy_outfit(Dice(1)), Camera.orbit(6.0, 0.0), 0.8,
        (0.5, 0.5),
    )  # fmt: skip
    return figure


def at(figure, joint):
    return figure.joints[joint][0]


def topmost(figure, point, size=2000):
    """Slow reference: paint each part alone, from many points of its discs."""
    turn = np.linspace(0.0, 2.0 * np.pi, 180)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    top = None
    for part, centres, radii in zip(
        figure.parts, figure.centres, figure.radii, strict=True
    ):
        dense = centres[:, None] + radii[:, None, None] * circle
        hull = cv2.convexHull((dense.reshape(-1, 2) * size).astype(np.float32))
        x, y = (point * size).tolist()
        if cv2.pointPolygonTest(hull, (x, y), False) >= 0:
            top = part
    return top


def test_the_right_hand_is_on_the_left_of_who_looks_at_us():
    figure = person(**SPREAD)
    assert at(figure, 'right_wrist')[0] < 0.2 < 0.8
    assert at(figure, 'left_wrist')[0] > 0.8
    back = person(heading=180.0, **SPREAD)
    assert at(back, 'right_wrist')[0] > 0.8
    assert at(back, 'left_wrist')[0] < 0.2


def test_a_head_turned_to_the_person_s_left_looks_right_in_the_picture():
    figure = person(neck_twist=70.0)
    names = [part.name for part in figure.parts]
    nose = figure.centres[names.index('nose')].mean(axis=0)
    assert nose[0] > at(figure, 'head')[0] + 0.005


@pytest.mark.parametrize(
    ('heading', 'present', 'absent'),
    [
        (0.0, {'left_eye', 'right_eye', 'nose', 'mouth', 'neckline'}, set()),
        (180.0, set(), {'left_eye', 'right_eye', 'nose', 'mouth'}),
        # A quarter turn to the person's left: its right side is seen.
        (90.0, {'right_eye'}, {'left_eye', 'neckline'}),
    ],
)
def test_the_face_tells_front_from_back(heading, present, absent):
    names = {part.name for part in person(heading=heading).parts}
    assert present <= names
    assert not absent & names


def test_every_limb_joint_of_a_star_is_seen():
    angles = {f'{s}_hip_abduction': 20.0 for s in ('left', 'right')}
    figure = person(**SPREAD, **angles)
    assert visible(figure, LIMB_JOINTS).all()


def test_the_far_side_is_hidden_in_profile():
    # Turned to the person's left by a quarter, the right side is near.
    arms = {f'{s}_shoulder_elevation': 50.0 for s in ('left', 'right')}
    arms |= {f'{s}_shoulder_plane': 90.0 for s in ('left', 'right')}
    figure = person(heading=90.0, **arms)
    names = ['right_hip', 'right_knee', 'left_hip', 'left_knee', 'left_elbow']
    assert visible(figure, names).tolist() == [True, True] + [False] * 3
    # A hanging near arm hides the near hip too.
    assert not visible(person(heading=90.0), ['right_hip'])[0]
    for name in ('left_shoulder', 'right_shoulder'):
        near = name == 'right_shoulder'
        assert visible(figure, [name])[0] == near


def test_hands_behind_the_back_are_hidden():
    angles = {
        'left_shoulder_plane': -40.0,
        'left_shoulder_elevation': 25.0,
        'left_shoulder_rotation': 80.0,
        'left_elbow_flexion': 80.0,
    }
    assert not visible(person(**angles), ['left_wrist'])[0]
    assert visible(person(heading=180.0, **angles), ['left_wrist'])[0]


def test_objects_hide_joints():
    figure = person(**SPREAD)
    wrist = at(figure, 'left_wrist')
    covers = wrist[None, None], np.array([[0.03]])
    names = ['left_wrist', 'right_wrist']
    assert visible(figure, names, covers).tolist() == [False, True]


@pytest.mark.parametrize('style', [*STYLES])
def test_joints_lie_on_what_is_drawn_there(style):
    """Against a slow test of every part at every joint."""
    hidden = 0
    for index in range(25):
        scene = draw_scene(Dice(99, index), STYLES[style])
        figure = scene.figure
        seen = visible(figure, LIMB_JOINTS)
        for name, is_seen in zip(LIMB_JOINTS, seen, strict=True):
            point = at(figure, name)
            inside = (point >= 0).all() and (point < 1).all()
            top = topmost(figure, point)
            # Each limb joint lies in the flesh.
            assert top is not None
            if is_seen:
                assert inside
                assert name in top.owns
            elif inside:
                hidden += 1
                far = figure.joints[name][1] - figure.depths.mean()
                assert name not in top.owns or far > 0
    assert hidden > 10


def test_parts_are_sorted_from_far_to_near():
    figure = person(left_hip_flexion=90.0, left_knee_flexion=90.0)
    names = [part.name for part in figure.parts]
    # The raised thigh points at the camera.
    assert names.index('left_thigh') > names.index('pelvis')
    assert names.index('nose') > names.index('face') > names.index('skull')
    behind = person(heading=180.0, left_hip_flexion=90.0)
    names = [part.name for part in behind.parts]
    assert names.index('left_thigh') < names.index('pelvis')
    assert names.index('skull') > names.index('face')
