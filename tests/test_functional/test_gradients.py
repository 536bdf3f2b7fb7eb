# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch

from mmpose_mlda.functional.gradients import gradient_norms


def leaves():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([[2.0]], requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    return w, v, b


def test_by_hand():
    w, v, b = leaves()
    losses = {
        # d/dw = (3, 4 v) = (3, 8), d/dv = 4 w_1 = 8
        'mixed': 3 * w[0] + 4 * w[1] * v.sum(),
        'alone': b**2,  # d/db = 10
    }
    norms = gradient_norms(losses, {'one': [w, v], 'two': [b]})
    values = {key: norm.item() for key, norm in norms.items()}
    assert values == {
        ('mixed', 'one'): pytest.approx((9 + 64 + 64) ** 0.5),
        ('mixed', 'two'): 0,
        ('alone', 'one'): 0,
        ('alone', 'two'): pytest.approx(10),
    }
    assert w.grad is v.grad is b.grad is None


def test_scale_is_taken_out():
    """A gradient below fp16's smallest number survives with the scale."""
    w = torch.ones(4, dtype=torch.half, requires_grad=True)
    loss = (w.float() * 2e-8).sum()
    lost = gradient_norms({'a': loss}, {'': [w]})
    found = gradient_norms({'a': loss}, {'': [w]}, scale=2.0**16)
    assert lost['a', ''] < 1e-10
    assert found['a', ''].item() == pytest.approx(4e-8, rel=1e-3)


def test_loss_without_graph():
    w, *_ = leaves()
    norms = gradient_norms({'none': torch.tensor(3.0)}, {'': [w]})
    assert norms['none', ''] == 0
    assert gradient_norms({}, {'': [w]}) == {}


def test_large_values_in_half():
    """The sum of squares is not taken in fp16, where it overflows."""
    w = torch.ones(2, dtype=torch.half, requires_grad=True)
    norms = gradient_norms({'a': (300 * w).sum()}, {'': [w]})
    assert norms['a', ''].item() == pytest.approx(300 * 2**0.5)
