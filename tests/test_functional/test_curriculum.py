# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import pytest
import torch

from mmpose_mlda.functional.curriculum import (
    cosine_ramp_down,
    easiest_mean,
    easy_count,
    sigmoid_ramp_up,
)


@pytest.mark.parametrize(
    ('epoch', 'wanted'),
    [
        (0, 15.0),
        (3, 7.5 * (1 + 0.809016994374947)),  # cos 36 degrees
        (5, 11.25),  # cos 60 degrees = 1/2
        (7, 7.5 * (1 + 0.104528463267653)),  # cos 84 degrees: 8.28
        (8, 8.0),  # 6.7 without the floor
        (15, 8.0),
        (80, 8.0),
    ],
)
def test_weight_of_pseudo_labels(epoch, wanted):
    got = cosine_ramp_down(epoch, start=15, floor=8, period=15)
    assert got == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ('epoch', 'wanted'),
    [
        (0, 90 * math.exp(-5)),
        (5, 90 * math.exp(-1.25)),
        (8, 90 * math.exp(-0.2)),
        (10, 90),
        (79, 90),
    ],
)
def test_weight_of_the_teacher(epoch, wanted):
    got = sigmoid_ramp_up(epoch, peak=90, period=10)
    assert got == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ('epoch', 'count'), [(0, 18), (2, 18), (3, 17), (10, 10), (11, 9), (60, 9)]
)
def test_joints_get_fewer(epoch, count):
    assert easy_count(epoch, 18, begin=2, floor=9) == count
    assert easy_count(epoch, 7, begin=2, floor=9) == 7


def test_easiest_by_hand():
    losses = torch.tensor(
        [[4.0, 1.0, 3.0, 0.5], [2.0, 8.0, 0.1, 6.0], [5.0, 0.0, 0.0, 0.0]]
    ).requires_grad_()
    valid = torch.tensor(
        [[1, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0]], dtype=torch.bool
    )
    # 1 + 3 of the first, 0.1 + 2 of the second, 5 of the third
    got = easiest_mean(losses, valid, 2)
    assert got.item() == pytest.approx((4 + 2.1 + 5) / 6)
    got.backward()
    wanted = torch.tensor(
        [[0, 1, 1, 0], [1, 0, 1, 0], [1.0, 0, 0, 0]],
    )
    torch.testing.assert_close(losses.grad, wanted / 6)


def test_easiest_of_all_is_the_mean_and_of_none_zero():
    losses = torch.rand(3, 5, requires_grad=True)
    every = torch.ones(3, 5, dtype=torch.bool)
    torch.testing.assert_close(easiest_mean(losses, every, 5), losses.mean())
    nothing = easiest_mean(losses, ~every, 2)
    nothing.backward()
    assert nothing == 0
    assert not losses.grad.any()


def test_an_invalid_joint_may_be_infinite():
    losses = torch.tensor([[math.inf, 2.0]], requires_grad=True)
    got = easiest_mean(losses, torch.tensor([[False, True]]), 2)
    got.backward()
    assert got.item() == 1
    assert losses.grad.tolist() == [[0, 0.5]]
