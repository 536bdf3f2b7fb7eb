# Copyright (c) mmpose_mlda contributors. All rights reserved.
import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmpose_mlda.models import DomainHead


def answering(bias, **kwargs):
    """A head whose logit is ``f + bias`` for one feature channel f."""
    head = DomainHead(1, channels=(), **kwargs)
    nn.init.zeros_(head.layers[0].weight)
    head.layers[0].weight.data[0, 0, 1, 1] = 1
    nn.init.constant_(head.layers[0].bias, bias)
    return head


def softplus(x):
    return math.log1p(math.exp(x))


def test_loss_by_hand():
    head = answering(0.5, loss_weight=0.1)
    source = torch.tensor([[[[-1.0, 2.0]]]])  # logits -0.5, 2.5
    target = torch.tensor([[[[0.0, -3.0, 1.0]]]])  # logits 0.5, -2.5, 1.5
    losses = head.loss(source, target)
    # source is 0: -log(1 - sigmoid(z)); target is 1: -log sigmoid(z)
    expected = (softplus(-0.5) + softplus(2.5)) / 2
    expected += (softplus(-0.5) + softplus(2.5) + softplus(-1.5)) / 3
    assert losses['loss_domain'].item() == pytest.approx(0.1 * expected)
    # right: 1 of 2 source pixels, 2 of 3 target pixels
    assert losses['acc_domain'].item() == pytest.approx(50 * (1 / 2 + 2 / 3))
    assert not losses['acc_domain'].requires_grad
    assert losses['acc_domain_source'].item() == pytest.approx(100 / 2)
    assert losses['acc_domain_target'].item() == pytest.approx(200 / 3)
    assert set(losses) == {
        'loss_domain',
        'acc_domain',
        'acc_domain_source',
        'acc_domain_target',
    }


@pytest.mark.parametrize('coefficient', [1.0, 0.25])
def test_gradients(coefficient):
    """The head descends; the features get the reversed gradient."""
    torch.manual_seed(0)
    head = DomainHead(
        3, (4, 2), dict(coefficient=coefficient), loss_weight=0.1
    ).double()
    shapes = [(2, 3, 5, 4), (3, 3, 5, 4)]
    source, target = (
        torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes
    )
    head.loss(source, target)['loss_domain'].backward()

    copies = [x.detach().clone().requires_grad_() for x in (source, target)]
    parameters = [
        p.detach().clone().requires_grad_() for p in head.parameters()
    ]
    loss = 0
    for x, sign in zip(copies, (1, -1), strict=True):
        for i in range(0, 6, 2):
            x = F.conv2d(x, parameters[i], parameters[i + 1], padding=1)
            x = F.leaky_relu(x, 0.2) if i < 4 else x
        loss = loss + 0.1 * torch.log1p(torch.exp(sign * x)).mean()
    loss.backward()
    for got, plain in zip((source, target), copies, strict=True):
        assert torch.allclose(got.grad, -coefficient * plain.grad, rtol=1e-9)
    for got, plain in zip(head.parameters(), parameters, strict=True):
        assert torch.allclose(got.grad, plain.grad, rtol=1e-9)


def test_layout_of_the_published_code():
    head = DomainHead(256)
    shapes = [tuple(p.shape) for p in head.parameters() if p.dim() == 4]
    assert shapes == [
        (256, 256, 3, 3),
        (128, 256, 3, 3),
        (128, 128, 3, 3),
        (1, 128, 3, 3),
    ]
    slopes = [
        m.negative_slope
        for m in head.modules()
        if hasattr(m, 'negative_slope')
    ]
    assert slopes == [0.2] * 3
    assert head(torch.randn(2, 256, 6, 8)).shape == (2, 1, 6, 8)
    assert head.loss_weight == 0.1
    assert head.reversal.coefficient_at(0) == 1


def test_reversal_schedule_reaches_the_features():
    head = answering(0, reversal=dict(rise=dict(gamma=10, iters=10)))
    grads = []
    for step in (0, 5, 10):
        source = torch.zeros(1, 1, 2, 2, requires_grad=True)
        head.loss(source, torch.zeros(1, 1, 2, 2), step)[
            'loss_domain'
        ].backward()
        grads.append(source.grad.abs().sum().item())
    assert grads[0] == 0
    # d softplus(0) = 1/2, weight 0.1
    assert grads[1] == pytest.approx(0.05 * 0.9866142982)
    assert grads[2] == pytest.approx(0.05 * 0.9999092043)


def test_strides():
    """The classifier of UDA-Animal: one logit for 64 x 64 pixels."""
    head = DomainHead(
        12,
        (4, 8, 16, 32, 64),
        conv=dict(kernel_size=4, stride=2, padding=1, bias=False),
        last=dict(kernel_size=2, stride=1, padding=0),
        slope=0.1,
        init_cfg=dict(type='Normal', layer='Conv2d', std=0.5),
    )
    head.init_weights()
    shapes = [tuple(p.shape) for p in head.parameters()]
    sides = [12, 4, 8, 16, 32, 64]
    hidden = [(b, a, 4, 4) for a, b in itertools.pairwise(sides)]
    assert shapes == [*hidden, (1, 64, 2, 2)]
    spread = torch.cat([p.flatten() for p in head.parameters()]).std()
    assert spread.item() == pytest.approx(0.5, rel=0.02)
    x = torch.randn(2, 12, 64, 64)
    got = head(x)
    assert got.shape == (2, 1, 1, 1)
    *weights, last = head.parameters()
    for weight in weights:
        x = F.conv2d(x, weight, stride=2, padding=1)
        x = torch.where(x > 0, x, 0.1 * x)
    torch.testing.assert_close(got, F.conv2d(x, last))
