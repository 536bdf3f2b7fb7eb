# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
from test_apis.report_kit import outcome

from mmpose_mlda.apis.report_change import (
    change,
    joint_changes,
    joint_shares,
)

NEAR, FAR = 0.01, 9.0


def random_pair(images, seed=0, share=0.5):
    """Distances (N, 2) of two networks that are right at random."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random((2, images, 2)) < share, NEAR, FAR)


def test_by_hand():
    """The third joint is not averaged; 3 of 4 right against 1 of 4."""
    joints = [0, 1]
    after = outcome([[0.01, 0.01, 9], [0.01, 9, 9]], joints=joints)
    before = outcome([[0.01, 9, 0], [9, 9, 0]], joints=joints)
    found = change(after, before, 0.05)
    assert found.value == pytest.approx(75 - 25)
    # each image gains one joint of two, whichever are drawn
    assert (found.low, found.high) == pytest.approx((50, 50))
    assert str(found) == '+50.0 [+50.0, +50.0]'


def test_no_change_has_no_width():
    same = outcome([[0.01, 9, 0], [9, 9, 0]])
    found = change(same, same, 0.05)
    assert (found.value, found.low, found.high) == (0, 0, 0)


# ---------------------------------------------------- several bodies an image
def test_four_bodies_with_the_same_errors_are_no_four_images():
    once = [outcome(d) for d in random_pair(40)]
    images = [f'{i:04d}.jpg' for i in range(40) for _ in range(4)]
    copies = [
        outcome(d.repeat(4, axis=0), images=images) for d in random_pair(40)
    ]
    apart = [outcome(d.repeat(4, axis=0)) for d in random_pair(40)]
    expected = change(*once, 0.05)
    found = change(*copies, 0.05)
    assert found.value == pytest.approx(expected.value)
    assert found.low == pytest.approx(expected.low)
    assert found.high == pytest.approx(expected.high)
    # taken for four images each, the interval would be half as wide
    narrow = change(*apart, 0.05)
    width = found.high - found.low
    assert narrow.high - narrow.low == pytest.approx(width / 2, rel=0.2)


def test_images_are_told_by_their_path():
    """Not by the file's name alone; without a path each is its own."""
    paths = ['a/1.jpg', 'b/1.jpg', 'a/1.jpg', '', '']
    found = outcome(np.zeros((5, 2)), images=paths).images.tolist()
    assert found[0] == found[2]
    assert len(set(found)) == 4


# ------------------------------------------------------------ joint by joint
def test_shares_and_changes_of_joints():
    number = 40
    before = np.full((number, 4), FAR)
    before[:30, 0] = before[:10, 1] = before[:20, 2] = NEAR
    after = np.full((number, 4), FAR)
    after[10:20, 0] = after[:30, 1] = after[:20, 2] = NEAR
    scored = np.ones((number, 4), bool)
    scored[:, 3] = False
    networks = [outcome(d, scored) for d in (after, before)]
    np.testing.assert_allclose(
        joint_shares(networks[1], 0.05), [75, 25, 50, math.nan]
    )
    lost, gained, same, nothing = joint_changes(*networks, 0.05)
    assert lost.value == pytest.approx(-50)
    assert lost.low < -50 < lost.high < 0
    assert gained.value == pytest.approx(50)
    assert 0 < gained.low < 50 < gained.high
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert math.isnan(nothing.value)
    assert not nothing.high < 0


def test_joints_of_equal_networks_are_seldom_lost():
    """2.5 % of trials may name one of 10 joints, 22 % if uncorrected."""
    wrong = 0
    for seed in range(30):
        right = np.random.default_rng(seed).random((2, 60, 10)) < 0.5
        found = joint_changes(
            *(outcome(np.where(r, NEAR, FAR)) for r in right), 0.05
        )
        wrong += any(one.high < 0 for one in found)
    assert wrong <= 3


def test_a_joint_with_few_labels_is_not_judged():
    """Both of its two labels are lost, in whichever images are drawn."""
    before, after = np.full((2, 50, 2), NEAR)
    after[:2, 0] = FAR
    scored = np.ones((50, 2), bool)
    scored[2:, 0] = False
    found = joint_changes(
        outcome(after, scored), outcome(before, scored), 0.05
    )
    assert found[0].value == pytest.approx(-100)
    assert math.isnan(found[0].high)
