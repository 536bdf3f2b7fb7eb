# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch
from mmpose.codecs.utils import get_simcc_maximum

from mmpose_mlda.functional.simcc import axis_gaussians, axis_peaks


def test_gaussian_by_hand():
    """sigma 2 at 1.5: offsets -1.5, -0.5, 0.5, 1.5; o^2 / 8."""
    (row,) = axis_gaussians(torch.tensor([1.5]), 4, 2.0, normalise=False)
    outer, inner = math.exp(-2.25 / 8), math.exp(-0.25 / 8)
    expected = torch.tensor([outer, inner, inner, outer])
    torch.testing.assert_close(row, expected)
    (scaled,) = axis_gaussians(torch.tensor([1.5]), 4, 2.0, normalise=True)
    torch.testing.assert_close(scaled, expected / 5.0132565)  # 2 sqrt(2 pi)


@pytest.mark.parametrize('sigma', [1.0, 5.66])
def test_normalised_gaussians_sum_to_one_inside(sigma):
    places = torch.linspace(40, 60, 7, dtype=torch.float64)
    sums = axis_gaussians(places, 100, sigma, normalise=True).sum(-1)
    torch.testing.assert_close(sums, torch.ones(7, dtype=torch.float64))


def test_gaussians_have_the_gradient_of_their_place():
    places = torch.tensor([[1.3, -2.0], [7.9, 4.0]], dtype=torch.float64)
    torch.autograd.gradcheck(
        lambda p: axis_gaussians(p, 8, 1.7, normalise=True),
        places.requires_grad_(),
    )


def test_peaks_by_hand():
    x = torch.tensor([[[0.0, 3.0, 1.0], [-1.0, -2.0, -3.0]]])
    y = torch.tensor([[[0.5, 0.25, 0.0, 2.0], [9.0, 0.0, 0.0, 0.0]]])
    positions, confidence = axis_peaks(x, y)
    assert positions.tolist() == [[[1, 3], [-1, -1]]]
    assert confidence.tolist() == [[2.0, -1.0]]


def test_peaks_are_those_of_mmpose():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5, 30)).astype(np.float32) - 1.5
    y = rng.normal(size=(40, 5, 20)).astype(np.float32) - 1.5
    expected, values = get_simcc_maximum(x.copy(), y.copy())
    assert 0 < (values <= 0).sum() < values.size
    positions, confidence = axis_peaks(
        torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)
    )
    assert not positions.requires_grad
    assert not confidence.requires_grad
    np.testing.assert_array_equal(positions, expected)
    np.testing.assert_array_equal(confidence, values)


def test_peaks_of_bfloat16_are_float32():
    x = torch.rand(2, 3, 600).bfloat16()
    positions, confidence = axis_peaks(x, x)
    assert positions.dtype == confidence.dtype == torch.float32
    assert torch.equal(positions[..., 0].long(), x.argmax(-1))
