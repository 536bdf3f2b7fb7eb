# Copyright (c) mmpose_mlda contributors. All rights reserved.
from collections import Counter

import numpy as np
import pytest

from mmpose_mlda.datasets.figures.dice import Dice
from mmpose_mlda.datasets.figures.poses import ACTIONS, ARMS, sample_pose
from mmpose_mlda.datasets.figures.skeleton import LIMITS
from mmpose_mlda.datasets.figures.styles import STYLES


def draw(style, number):
    look = STYLES[style]
    return [
        sample_pose(Dice(7, i), look.actions, look.frontal)
        for i in range(number)
    ]


@pytest.mark.parametrize('style', [*STYLES])
def test_every_angle_is_within_its_limits(style):
    for pose in draw(style, 200):
        for name, (low, high) in LIMITS.items():
            keys = [k for k in pose.angles if k.endswith(name)]
            assert len(keys) == (1 if name[:4] in ('spin', 'neck') else 2)
            assert all(low <= pose.angles[k] <= high for k in keys)


def test_tables_name_what_exists():
    for action in ACTIONS.values():
        assert set(action.arms) <= set(ARMS)
        for table in (action.lead, action.trail, action.trunk):
            assert set(table) <= set(LIMITS)
    for style in STYLES.values():
        assert set(style.actions) <= set(ACTIONS)


def test_actions_are_drawn_by_weight():
    counts = Counter(pose.action for pose in draw('synthetic', 1000))
    weights = STYLES['synthetic'].actions
    assert counts['reach'] == pytest.approx(1000 * weights['reach'], abs=60)
    assert set(counts) == set(weights)


def test_roots_are_rotations_and_upside_down_people_hang_down():
    for pose in draw('photo', 200):
        np.testing.assert_allclose(
            pose.root @ pose.root.T, np.eye(3), atol=1e-12
        )
        assert np.linalg.det(pose.root) == pytest.approx(1.0)
        if pose.action == 'invert':
            assert pose.root[1, 1] < 0.0  # the body's up points down
        if pose.action == 'stand':
            assert pose.root[1, 1] > 0.9
