# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmpose_mlda.functional.style import (
    adaptive_instance_norm,
    channel_statistics,
    mix_amplitudes,
    psnr,
    squared_error,
    statistics_loss,
    style_loss,
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


def slow_amplitudes(content, style, beta, alpha):
    """One channel, from the definition, with numpy's full spectrum."""
    height, width = content.shape
    half = math.floor(beta * min(height, width))
    source, target = np.fft.fft2(content), np.fft.fft2(style)
    result = source.copy()
    for u in range(-half, half + 1):
        for v in range(-half, half + 1):
            own, other = abs(source[u, v]), abs(target[u, v])
            mixed = (1 - alpha) * own + alpha * other
            result[u, v] = mixed * np.exp(1j * np.angle(source[u, v]))
    image = np.fft.ifft2(result)
    assert abs(image.imag).max() < 1e-12
    return image.real


@pytest.mark.parametrize('size', [(8, 8), (9, 7), (6, 11), (10, 5)])
@pytest.mark.parametrize('beta', [0, 0.2, 0.49])
@pytest.mark.parametrize('alpha', [0.3, 1.0])
def test_amplitudes_against_numpy(size, beta, alpha):
    rng = np.random.default_rng(0)
    content, style = rng.uniform(0, 1, (2, 2, 3, *size))
    result = mix_amplitudes(
        torch.from_numpy(content), torch.from_numpy(style), beta, alpha
    )
    for b, c in np.ndindex(2, 3):
        expected = slow_amplitudes(content[b, c], style[b, c], beta, alpha)
        np.testing.assert_allclose(result[b, c], expected, atol=1e-12)


def test_amplitudes_by_hand():
    # a cosine and a sine of one cycle: the sine's amplitude and constant,
    # the cosine's phase
    x = torch.arange(8) * 2 * math.pi / 8
    content = (0.5 + 0.25 * torch.cos(x)).expand(1, 1, 8, 8)
    style = (0.3 + 0.125 * torch.sin(x)).expand(1, 1, 8, 8)
    expected = (0.3 + 0.125 * torch.cos(x)).expand(1, 1, 8, 8)
    result = mix_amplitudes(content, style, beta=0.125)
    assert torch.allclose(result, expected, atol=1e-6)


def test_amplitudes_of_the_same_image_or_strength_nought():
    content, style = torch.rand(2, 2, 3, 12, 17)
    assert torch.equal(mix_amplitudes(content, content, 0.3), content)
    assert torch.equal(mix_amplitudes(content, style, 0.3, 0.0), content)


@pytest.mark.parametrize('beta', [0, 0.1, 0.4])
def test_amplitudes_take_over_the_mean_colour(beta):
    content, style = torch.rand(2, 3, 16, 20), 0.5 * torch.rand(2, 3, 16, 20)
    result = mix_amplitudes(content, style, beta)
    assert torch.allclose(result.mean((2, 3)), style.mean((2, 3)), atol=1e-6)
    if beta == 0:  # and nothing else
        difference = result - content
        assert difference.std((2, 3)).max() < 1e-6


def test_amplitudes_above_the_window_are_kept():
    content, style = torch.rand(2, 1, 1, 16, 12)
    before, after = (
        np.fft.fft2(image[0, 0].double())
        for image in (content, mix_amplitudes(content, style, 0.25))
    )
    outside = np.ones((16, 12), bool)
    index = np.arange(-3, 4)
    outside[np.ix_(index, index)] = False
    np.testing.assert_allclose(before[outside], after[outside], atol=1e-4)
    assert abs(before - after)[~outside].min() > 1e-3


def test_amplitudes_of_a_style_of_another_size():
    """One pattern, sampled coarsely or finely, is one style."""

    def pattern(height, width):
        y, x = torch.meshgrid(
            torch.arange(height, dtype=torch.float64) / height,
            torch.arange(width, dtype=torch.float64) / width,
            indexing='ij',
        )
        waves = torch.cos(2 * math.pi * (2 * x - y)) + torch.sin(
            2 * math.pi * (x + 2 * y) + 1
        )
        return (0.5 + 0.2 * waves)[None, None]

    content = torch.rand(1, 1, 10, 13, dtype=torch.float64)
    small, same, large = (
        mix_amplitudes(content, pattern(*size), 0.2)
        for size in [(7, 5), (10, 13), (32, 21)]
    )
    assert torch.allclose(small, same, atol=1e-12)
    assert torch.allclose(large, same, atol=1e-12)


def test_amplitudes_of_a_constant():
    """Nothing to give a phase to: the mean alone, black or not."""
    style = torch.rand(1, 1, 9, 9)
    for value in (0.0, 0.7):
        result = mix_amplitudes(torch.full((1, 1, 9, 9), value), style, 0.4)
        assert torch.allclose(result, style.mean().expand(9, 9), atol=1e-2)


def test_amplitudes_commute_with_the_normalisation():
    content, style = torch.rand(2, 1, 3, 9, 8, dtype=torch.float64)
    expected = (mix_amplitudes(content, style, 0.3) - 0.4) / 0.2
    result = mix_amplitudes((content - 0.4) / 0.2, (style - 0.4) / 0.2, 0.3)
    assert torch.allclose(result, expected, atol=1e-12)


def test_amplitudes_in_half_precision():
    content, style = torch.rand(2, 1, 3, 9, 10).half()
    with torch.autocast('cpu', torch.bfloat16):
        result = mix_amplitudes(content, style, 0.3)
    assert result.dtype == torch.float32
    expected = mix_amplitudes(content.double(), style.double(), 0.3)
    assert torch.allclose(result.double(), expected, atol=1e-5)


def test_amplitudes_gradcheck():
    content = torch.rand(1, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    style = torch.rand(1, 2, 7, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda c, s: mix_amplitudes(c, s, 0.4, 0.7), (content, style)
    )


def test_amplitudes_refuse_what_they_cannot_do():
    images = torch.rand(2, 3, 16, 16)
    with pytest.raises(ValueError, match=r'beta is 0\.5'):
        mix_amplitudes(images, images, 0.5)
    with pytest.raises(ValueError, match=r'\(16, 8\) pixels.*up to 4'):
        mix_amplitudes(images, images[..., :8], 0.25)
    with pytest.raises(ValueError, match='batch size'):
        mix_amplitudes(images, images[:1], 0.1)


# ------------------------------------------------------------------ losses
def slow_statistics_loss(features, style):
    """Of one image, channel by channel."""
    total = 0.0
    for own, wanted in zip(features, style, strict=True):
        pairs = zip(
            slow_statistics(own, 1e-5),
            slow_statistics(wanted, 1e-5),
            strict=True,
        )
        total += sum((a - b) ** 2 for a, b in pairs)
    return total / len(features)


def test_style_loss_against_a_loop():
    """Layers of other channels and sizes; the style's sizes are its own."""
    layers = [torch.randn(2, 3, 5, 4).double(), torch.randn(2, 6, 2, 3)]
    styles = [torch.rand(2, 3, 7, 2).double(), torch.rand(2, 6, 3, 3) * 2]
    found = style_loss(layers, styles)
    assert found.shape == (2,)
    for b in range(2):
        expected = sum(
            slow_statistics_loss(own[b], wanted[b])
            for own, wanted in zip(layers, styles, strict=True)
        )
        assert found[b].item() == pytest.approx(expected, rel=1e-5)


def test_style_loss_by_hand():
    """Means 1 and 4, the same spread."""
    features = torch.tensor([[[[0.0, 2]]]])
    assert statistics_loss(features, features + 3).item() == pytest.approx(9)
    assert statistics_loss(features, features).item() == 0


def test_style_loss_does_not_see_places():
    features = torch.randn(1, 2, 4, 4)
    moved = features.flip(-1).transpose(-1, -2)
    assert statistics_loss(features, moved).item() < 1e-10


def test_style_loss_refuses_other_layers():
    layers = [torch.randn(1, 2, 4, 4)]
    with pytest.raises(ValueError, match='zip'):
        style_loss(layers, layers * 2)


def test_squared_error_by_hand():
    values = torch.tensor([[[1.0, 2]], [[0.0, 0]]])
    assert squared_error(values, values - 2).tolist() == [4, 4]
    assert squared_error(values.half(), values.half()).dtype == torch.float32


def test_psnr_by_hand():
    """An error of 0.1 everywhere is 20 dB, of one pixel in 100 is 40 dB."""
    reference = torch.full((3, 1, 10, 10), 0.5)
    images = reference.clone()
    images[0] += 0.1
    images[1, 0, 3, 4] -= 0.1
    assert psnr(images, reference).tolist() == pytest.approx([20, 40, 100])
