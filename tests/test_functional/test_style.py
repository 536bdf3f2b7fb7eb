# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmpose_mlda.functional.style import (
    adaptive_instance_norm,
    channel_statistics,
)


def slow_statistics(channel, eps):
    """Of one channel of one image, from the definition."""
    values = [float(v) for v in np.asarray(channel).ravel()]
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(variance + eps)


def test_statistics_by_hand():
    # mean 3, squared deviations 4 + 0 + 0 + 4 over 3
    mean, std = channel_statistics(
        torch.tensor([[[[1.0, 3], [3, 5]]]]), eps=1 / 3
    )
    assert mean.shape == std.shape == (1, 1, 1, 1)
    assert mean.item() == 3
    assert std.item() == pytest.approx(math.sqrt(8 / 3 + 1 / 3))


@pytest.mark.parametrize('shape', [(3, 4, 5, 6), (1, 1, 1, 2), (2, 3, 7, 1)])
def test_statistics_against_a_loop(shape):
    features = torch.randn(shape, dtype=torch.float64) * 3 + 1
    mean, std = channel_statistics(features)
    for b, c in np.ndindex(shape[:2]):
        expected = slow_statistics(features[b, c], 1e-5)
        assert mean[b, c].item() == pytest.approx(expected[0], abs=1e-12)
        assert std[b, c].item() == pytest.approx(expected[1], abs=1e-12)


def test_statistics_of_half_precision():
    features = (torch.randn(1, 2, 64, 64) * 10 + 300).half()
    mean, std = channel_statistics(features)
    assert mean.dtype == std.dtype == torch.float32
    reference = channel_statistics(features.double())
    assert torch.allclose(mean.double(), reference[0], rtol=1e-5)
    assert torch.allclose(std.double(), reference[1], rtol=1e-4)


def test_statistics_need_two_pixels():
    with pytest.raises(ValueError, match=r'two pixels.*\(2, 3, 1, 1\)'):
        channel_statistics(torch.ones(2, 3, 1, 1))


@pytest.mark.parametrize('alpha', [0.0, 0.3, 1.0])
def test_adain_against_a_loop(alpha):
    content = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    style = 2 * torch.randn(2, 3, 3, 7, dtype=torch.float64) - 1
    result = adaptive_instance_norm(content, style, alpha)
    for b, c in np.ndindex(2, 3):
        mu_c, sigma_c = slow_statistics(content[b, c], 1e-5)
        mu_s, sigma_s = slow_statistics(style[b, c], 1e-5)
        for y, x in np.ndindex(5, 4):
            value = content[b, c, y, x].item()
            new = (value - mu_c) / sigma_c * sigma_s + mu_s
            expected = alpha * new + (1 - alpha) * value
            assert result[b, c, y, x].item() == pytest.approx(
                expected, abs=1e-12
            )


def test_adain_takes_over_the_statistics():
    content, style = torch.randn(2, 4, 9, 9), 5 + 3 * torch.randn(2, 4, 8, 7)
    result = adaptive_instance_norm(content, style)
    for got, wanted in zip(
        channel_statistics(result), channel_statistics(style), strict=True
    ):
        assert torch.allclose(got, wanted, rtol=1e-4)
    # of itself it takes over nothing
    same = adaptive_instance_norm(content, content)
    assert torch.allclose(same, content, atol=1e-5)


def test_adain_of_a_constant():
    flat = torch.full((1, 1, 3, 3), 7.0)
    style = torch.tensor([[[[1.0, 3], [1, 3]]]])
    # nothing to scale up: the style's mean
    assert torch.equal(
        adaptive_instance_norm(flat, style), torch.full((1, 1, 3, 3), 2.0)
    )


def test_adain_gradcheck():
    content = torch.randn(2, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    style = torch.randn(2, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    for alpha in (0.4, 1.0):
        assert torch.autograd.gradcheck(
            lambda c, s, a=alpha: adaptive_instance_norm(c, s, a),
            (content, style),
        )


def test_adain_refuses_other_batches():
    with pytest.raises(ValueError, match=r'\(2, 3, 4, 4\) and \(1, 3, 4, 4\)'):
        adaptive_instance_norm(torch.ones(2, 3, 4, 4), torch.ones(1, 3, 4, 4))
