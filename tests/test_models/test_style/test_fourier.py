# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch
from reference.dispatch import ForbidSynchronisation

from mmpose_mlda.models import FourierStyle

MEAN = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
STD = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)


def normalise(levels):
    return (levels - MEAN) / STD


def denormalise(images):
    return images * STD + MEAN


@pytest.mark.parametrize('space', ['unit', 'normalised'])
def test_images_as_fda_makes_them(space):
    """Grey levels in and out; the window holds one cycle an image."""
    rng = np.random.default_rng(0)
    content, style = rng.uniform(80, 170, (2, 1, 3, 20, 30))
    source, target = np.fft.fft2(content), np.fft.fft2(style)
    for u, v in np.ndindex(3, 3):
        source[..., u - 1, v - 1] *= abs(
            target[..., u - 1, v - 1] / source[..., u - 1, v - 1]
        )
    expected = np.fft.ifft2(source).real
    result = FourierStyle(beta=0.05, input_space=space)(
        normalise(torch.from_numpy(content).float()),
        normalise(torch.from_numpy(style).float()),
    )
    np.testing.assert_allclose(denormalise(result), expected, atol=1e-3)


def test_strength_nought_changes_nothing():
    content, style = (normalise(255 * torch.rand(1, 3, 9, 8)) for _ in '12')
    result = FourierStyle()(content, style, 0.0)
    assert torch.allclose(result, content, atol=1e-5)


def test_result_is_a_valid_image():
    content, style = 5 * torch.randn(2, 2, 3, 32, 32)
    levels = denormalise(FourierStyle(beta=0.2)(content, style))
    assert levels.min() >= -1e-3
    assert levels.max() <= 255 + 1e-3


def test_it_has_no_state():
    style = FourierStyle()
    assert style.fingerprint == ''
    assert not style.state_dict()
    images = torch.randn(1, 3, 16, 16, requires_grad=True)
    assert not style(images, images).requires_grad


def test_it_waits_for_no_device():
    images = torch.randn(2, 3, 16, 16)
    style = FourierStyle(beta=0.2)
    with ForbidSynchronisation():
        style(images, images.flip(0), 0.5)


def test_window_must_leave_frequencies():
    with pytest.raises(ValueError, match=r'beta is -0\.1'):
        FourierStyle(beta=-0.1)
