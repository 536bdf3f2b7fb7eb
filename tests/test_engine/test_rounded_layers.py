# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Half precision by float32 arithmetic, against float64 and against torch."""

import copy
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmpose_mlda.engine import rounded_layers
from mmpose_mlda.engine.rounded_layers import RoundedLayers

DTYPES = [torch.bfloat16, torch.float16]
LAYERS = dict(
    plain=lambda: nn.Conv2d(8, 6, 3, stride=2, padding=1),
    grouped=lambda: nn.Conv2d(8, 8, 3, groups=8, dilation=2, bias=False),
    linear=lambda: nn.Linear(10, 5),
    transposed=lambda: nn.ConvTranspose2d(8, 6, 4, 2, 1, bias=False),
)


def results_of(layer, images, dtype, *modes):
    """Output, and the gradients by the input and by every parameter."""
    layer, images = copy.deepcopy(layer), images.clone().requires_grad_()
    with torch.autocast('cpu', dtype), ExitStack() as stack:
        for mode in modes:
            stack.enter_context(mode)
        output = layer(images)
    assert output.dtype == dtype
    output.float().square().sum().backward()
    gradients = [images.grad, *(p.grad for p in layer.parameters())]
    assert all(g.dtype == torch.float32 for g in gradients)
    return [output.detach().float(), *gradients]


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('name', LAYERS)
def test_results_are_rounded_once(name, dtype):
    """From float64 they are no further than half a step of the format."""
    layer, images = LAYERS[name](), torch.randn(2, 8, 12, 10)
    exact = copy.deepcopy(layer).double()
    for parameter in exact.parameters():
        parameter.data = parameter.data.to(dtype).double()
    exact = exact(images.to(dtype).double())
    mode = RoundedLayers(dtype)
    output, *_ = results_of(layer, images, dtype, mode)
    step = torch.finfo(dtype).eps
    torch.testing.assert_close(
        output.double(), exact, rtol=0.51 * step, atol=1e-6
    )


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('name', LAYERS)
def test_as_torch_computes_it(name, dtype):
    """Torch's own round sums on the way: a few steps of the largest value."""
    layer, images = LAYERS[name](), torch.randn(2, 8, 12, 10)
    ours = results_of(layer, images, dtype, RoundedLayers(dtype))
    torchs = results_of(layer, images, dtype)
    for found, expected in zip(ours, torchs, strict=True):
        limit = 4 * torch.finfo(dtype).eps * expected.abs().max()
        assert (found - expected).abs().max() < limit


def test_gradients_are_rounded():
    layer, images = LAYERS['plain'](), torch.randn(2, 8, 12, 10)
    mode = RoundedLayers(torch.bfloat16)
    _, *gradients = results_of(layer, images, torch.bfloat16, mode)
    for gradient in gradients:
        assert torch.equal(gradient, gradient.bfloat16().float())


def test_other_functions_are_left_alone():
    with (
        torch.autocast('cpu', torch.bfloat16),
        RoundedLayers(torch.bfloat16),
    ):
        third = torch.ones(1) / 3
    assert third.dtype == torch.float32
    assert third.item() == pytest.approx(1 / 3, abs=1e-7)


@pytest.mark.parametrize(
    'product',
    [
        torch.matmul,
        torch.bmm,
        lambda a, b: a @ b,
        lambda a, b: a.matmul(b),
        lambda a, b: a.bmm(b),
        lambda a, b: torch.addmm(torch.ones(()), a[0], b[0])[None],
        lambda a, b: F.conv1d(a.mT, b[0].T[..., None]),
    ],
)
def test_products(product):
    """As those of the rounded numbers, rounded once."""
    a, b = torch.randn(1, 6, 5), torch.randn(1, 5, 7)
    exact = product(a.bfloat16().float(), b.bfloat16().float())
    with (
        torch.autocast('cpu', torch.bfloat16),
        RoundedLayers(torch.bfloat16),
    ):
        found = product(a, b)
    assert torch.equal(found, exact.bfloat16())


def test_float64_is_left_alone():
    layer, images = LAYERS['linear']().double(), torch.randn(2, 10).double()
    with (
        torch.autocast('cpu', torch.bfloat16),
        RoundedLayers(torch.bfloat16),
    ):
        found = layer(images)
    assert torch.equal(found, layer(images))


@pytest.mark.parametrize('device', ['cpu', 'cuda'])
def test_torch_without_onednn(device, monkeypatch):
    """Its operators are not there at all."""
    monkeypatch.setattr(rounded_layers, 'get_device', lambda: device)
    monkeypatch.setattr(torch.backends.mkldnn, 'is_available', lambda: False)
    monkeypatch.setattr(torch.ops, 'mkldnn', SimpleNamespace())
    assert rounded_layers.lacks_bfloat16() == (device == 'cpu')


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_layers_outside_of_autocast_are_left_alone(dtype):
    layer = LAYERS['plain']().to(dtype)
    images = torch.randn(2, 8, 12, 10, dtype=dtype)
    with (
        torch.autocast('cpu', torch.bfloat16),
        RoundedLayers(torch.bfloat16),
        torch.autocast('cpu', enabled=False),
    ):
        found = layer(images)
    assert torch.equal(found, layer(images))
