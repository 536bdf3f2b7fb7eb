# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import pytest
import torch

from mmpose_mlda.functional.disparity import ground_false, spatial_divergence


def test_divergence_by_hand():
    """Two pixels: p = (3/4, 1/4), q = (1/2, 1/2), then (1/5, 4/5)."""
    target = torch.tensor([[[[1.5, 0.5]], [[1.5, 0.5]]]]).double()
    scores = torch.tensor(
        [[[[7, 7]], [[0, math.log(4)]]]], dtype=torch.float64
    )
    got = spatial_divergence(scores, target)
    wanted = [
        0.75 * math.log(1.5) + 0.25 * math.log(0.5),
        0.75 * math.log(3.75) + 0.25 * math.log(0.3125),
    ]
    assert got.shape == (1, 2)
    assert got[0].tolist() == pytest.approx(wanted, rel=1e-12)


def test_divergence_from_itself_is_zero():
    scores = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    target = scores.flatten(2).softmax(-1).view_as(scores)
    got = spatial_divergence(scores + 3, 7 * target)
    torch.testing.assert_close(got, torch.zeros(2, 3).double())


@pytest.mark.parametrize('epsilon', [0.0, 1e-7])
def test_empty_target(epsilon):
    """Nothing to learn without epsilon; with it the uniform distribution."""
    scores = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    target = torch.zeros_like(scores)
    target[0, 0, 1, 2] = 1
    got = spatial_divergence(scores, target, epsilon)
    got.sum().backward()
    assert torch.isfinite(got).all()
    assert scores.grad[0, 0].any()
    assert bool(scores.grad[0, 1].any()) == (epsilon > 0)
    if epsilon:
        log_q = scores.detach()[0, 1].flatten().log_softmax(0)
        assert got[0, 1].item() == pytest.approx(
            -math.log(12) - log_q.mean().item()
        )
    else:
        assert got[0, 1] == 0


def test_gradient_of_the_divergence():
    scores = torch.randn(2, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    target = torch.rand(2, 2, 3, 4, dtype=torch.float64)
    target[0, 0] = 0
    assert torch.autograd.gradcheck(
        lambda y: spatial_divergence(y, target), scores
    )


def test_ground_false_by_hand():
    maps = torch.tensor([[[[1.0, 0.0]], [[0.6, 0.3]], [[0.7, 0.0]]]])
    wanted = [[[1.0, 0.3]], [[1.0, 0.0]], [[1.0, 0.3]]]
    assert torch.allclose(ground_false(maps), torch.tensor([wanted]))


def test_one_joint_has_no_other():
    maps = torch.rand(2, 1, 3, 4)
    assert not ground_false(maps).any()
