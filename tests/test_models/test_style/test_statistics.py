# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmpose_mlda.models import StatisticsStyle

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def statistics(values):
    mean = sum(values) / len(values)
    squares = sum((v - mean) ** 2 for v in values)
    return mean, math.sqrt(squares / (len(values) - 1) + 1e-5)


@pytest.mark.parametrize('alpha', [0.0, 0.3, 1.0])
@pytest.mark.parametrize('space', ['unit', 'normalised'])
def test_against_a_loop(alpha, space):
    rng = np.random.default_rng(0)
    content = rng.normal(size=(2, 3, 5, 4))
    style = 0.5 * rng.normal(size=(2, 3, 6, 3)) + 1
    result = StatisticsStyle(input_space=space)(
        torch.from_numpy(content), torch.from_numpy(style), alpha
    )
    for b, c in np.ndindex(2, 3):
        scale, shift = STD[c] / 255, MEAN[c] / 255
        source, wanted = content[b, c].ravel(), style[b, c].ravel()
        if space == 'unit':
            source, wanted = (v * scale + shift for v in (source, wanted))
        mu_c, sigma_c = statistics(list(source))
        mu_s, sigma_s = statistics(list(wanted))
        new = [
            alpha * ((v - mu_c) / sigma_c * sigma_s + mu_s) + (1 - alpha) * v
            for v in source
        ]
        if space == 'normalised':
            new = [v * scale + shift for v in new]
        expected = [(min(max(v, 0), 1) - shift) / scale for v in new]
        np.testing.assert_allclose(
            result[b, c].flatten(), expected, rtol=0, atol=1e-6
        )


def test_colours_come_from_the_style():
    """In the valid range mean and deviation are the style's."""
    content = 0.1 * torch.randn(2, 3, 16, 16)
    style = 0.05 * torch.randn(2, 3, 16, 16) + 0.4
    result = StatisticsStyle()(content, style, 1.0)
    for value in (torch.mean, torch.std):
        assert torch.allclose(
            value(result, dim=(2, 3)), value(style, dim=(2, 3)), atol=0.02
        )


def test_result_is_a_valid_image():
    content, style = 5 * torch.randn(2, 2, 3, 8, 8)
    result = StatisticsStyle()(content, style, 0.7)
    mean, std = (torch.tensor(v).view(3, 1, 1) / 255 for v in (MEAN, STD))
    unit = result * std + mean
    assert unit.min() >= -1e-6
    assert unit.max() <= 1 + 1e-6
    assert ((unit < 1e-6) | (unit > 1 - 1e-6)).any()


def test_it_has_no_state():
    style = StatisticsStyle()
    assert style.fingerprint == ''
    assert not style.state_dict()
    assert not list(style.parameters())
    images = torch.randn(1, 3, 4, 4, requires_grad=True)
    assert not style(images, images).requires_grad
