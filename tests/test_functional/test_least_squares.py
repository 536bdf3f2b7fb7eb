# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import torch
import torch.nn.functional as F

from mmpose_mlda.functional.least_squares import (
    regression_moments,
    solve_convolution,
)


def fit(batches, kernel, size, ridge=1e-9):
    """Add up the moments of batches at all positions, and solve."""
    moments = [
        regression_moments(x, y, kernel, torch.arange(size))
        for x, y in batches
    ]
    gram, cross = (sum(parts) for parts in zip(*moments, strict=True))
    return solve_convolution(gram, cross, kernel, ridge)


def test_a_convolution_is_found_again():
    weight, bias = torch.randn(4, 3, 3, 3), torch.randn(4)
    batches = [
        (x, F.conv2d(x, weight, bias)) for x in torch.randn(3, 2, 3, 9, 8)
    ]
    found, offset = fit(batches, 3, 7 * 6)
    assert torch.allclose(found, weight, atol=1e-4)
    assert torch.allclose(offset, bias, atol=1e-4)


def test_against_numpy():
    """Targets that no convolution gives; rows collected pixel by pixel."""
    x, y = torch.randn(2, 2, 5, 6), torch.randn(2, 3, 3, 4)
    rows, wanted = [], []
    for b, i, j in np.ndindex(2, 3, 4):
        patch = x[b, :, i : i + 3, j : j + 3].flatten().tolist()
        rows.append([*patch, 1.0])
        wanted.append(y[b, :, i, j].tolist())
    expected = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0]
    weight, bias = fit([(x, y)], 3, 12, ridge=1e-12)
    assert np.allclose(weight.flatten(1).T, expected[:-1], atol=1e-3)
    assert np.allclose(bias, expected[-1], atol=1e-3)


def test_positions():
    """Pixels that are not asked for do not count."""
    weight = torch.randn(1, 1, 3, 3)
    x = torch.randn(1, 1, 12, 12)
    y = F.conv2d(x, weight)
    y.view(-1)[50:] = 1000.0
    moments = regression_moments(x, y, 3, torch.arange(50))
    found, bias = solve_convolution(*moments, 3, 1e-9)
    assert torch.allclose(found, weight, atol=1e-3)
    assert bias.abs() < 1e-3


def test_what_never_varies_has_no_weight():
    """A dead channel: the damping keeps the system solvable."""
    x = torch.randn(2, 2, 6, 6)
    x[:, 1] = 0
    weight, _ = fit([(x, F.conv2d(x, torch.ones(1, 2, 3, 3)))], 3, 16, 1e-6)
    assert torch.allclose(weight[:, 0], torch.ones(3, 3), atol=1e-3)
    assert weight[:, 1].abs().max() < 1e-3
