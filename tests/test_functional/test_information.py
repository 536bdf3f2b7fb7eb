# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmpose_mlda.functional.information import (
    conditional_entropy,
    entropy,
    marginal_entropy,
)


def slow_entropy(probabilities):
    return -sum(p * math.log(p) for p in probabilities if p > 0)


def distributions(*shape, seed=0):
    logits = np.random.default_rng(seed).normal(size=shape) * 3
    return torch.softmax(torch.from_numpy(logits), dim=-1)


def test_entropy_by_hand():
    p = torch.tensor(
        [[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25] * 4], dtype=torch.float64
    )
    assert entropy(p).tolist() == pytest.approx(
        [math.log(2), 0, math.log(4)], abs=1e-15
    )


def test_entropy_against_a_loop():
    p = distributions(3, 4, 7)
    result = entropy(p)
    for b, k in np.ndindex(3, 4):
        assert result[b, k].item() == pytest.approx(slow_entropy(p[b, k]))


def test_entropy_gradient_stays_finite():
    # exp(-300) underflows in float32
    logits = torch.tensor([[0.0, 300.0, -300.0]], requires_grad=True)
    p = torch.softmax(logits, dim=-1)
    assert (p == 0).sum() == 2
    entropy(p).sum().backward()
    assert torch.equal(logits.grad, torch.zeros(1, 3))
    p = torch.tensor([1.0, 0.0], requires_grad=True)
    entropy(p).backward()
    assert p.grad.isfinite().all()


def test_conditional_entropy():
    p = distributions(3, 2, 5)
    weights = torch.tensor([[1, 0], [1, 1], [0, 0]], dtype=torch.float64)
    expected = sum(slow_entropy(p[i]) for i in [(0, 0), (1, 0), (1, 1)]) / 3
    result = conditional_entropy(p, weights, weights.sum())
    assert result.item() == pytest.approx(expected)
    # the total may be that of several processes
    half = conditional_entropy(p, weights, 2 * weights.sum())
    assert half.item() == pytest.approx(expected / 2)


def test_marginal_entropy():
    p = distributions(4, 3, 5, seed=1)
    weights = torch.tensor(
        [[1, 0, 0], [1, 0, 1], [0, 0, 1], [1, 0, 1]], dtype=torch.float64
    )
    expected, total = 0.0, weights.sum().item()
    for k in range(3):
        kept = [b for b in range(4) if weights[b, k]]
        if kept:
            mean = [
                sum(p[b, k, n] for b in kept) / len(kept) for n in range(5)
            ]
            expected += len(kept) / total * slow_entropy(mean)
    result = marginal_entropy((weights[..., None] * p).sum(0), weights.sum(0))
    assert result.item() == pytest.approx(expected)


def test_nothing_kept_is_zero_with_a_gradient():
    logits = torch.randn(2, 3, 4, requires_grad=True)
    p, weights = torch.softmax(logits, -1), torch.zeros(2, 3)
    loss = conditional_entropy(p, weights, weights.sum()) + marginal_entropy(
        (weights[..., None] * p).sum(0), weights.sum(0)
    )
    assert loss.item() == 0
    loss.backward()
    assert torch.equal(logits.grad, torch.zeros(2, 3, 4))


def information(p, weights):
    mass = (weights[..., None] * p).sum(0)
    return marginal_entropy(mass, weights.sum(0)) - conditional_entropy(
        p, weights, weights.sum()
    )


def test_mutual_information_bounds():
    for seed in range(20):
        p = distributions(5, 3, 6, seed=seed)
        weights = (torch.rand(5, 3) < 0.6).double()
        value = information(p, weights).item()
        assert -1e-12 <= value <= math.log(5) + 1e-12
    # equal predictions say nothing about the image
    same = distributions(1, 3, 6).expand(5, 3, 6)
    ones = torch.ones(5, 3, dtype=torch.float64)
    assert information(same, ones).item() == pytest.approx(0, abs=1e-12)
    # certain and all different: everything
    certain = torch.eye(6, dtype=torch.float64)[:, None].expand(6, 3, 6)
    ones = torch.ones(6, 3, dtype=torch.float64)
    assert information(certain, ones).item() == pytest.approx(math.log(6))


def test_gradcheck():
    logits = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([[1, 0], [1, 1], [0.5, 1]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda z: entropy(torch.softmax(z, -1)), logits
    )
    assert torch.autograd.gradcheck(
        lambda z: information(torch.softmax(z, -1), weights), logits
    )
