# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style as channel statistics or as low-frequency amplitudes.

Legend: B batch, C channels, H / W height / width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def channel_statistics(
    features: Tensor, eps: float = 1e-5
) -> tuple[Tensor, Tensor]:
    r"""Mean and standard deviation of every channel of every image.

    .. math:: \mu = \mathrm{mean}_{HW}(f), \quad
        \sigma = \sqrt{\mathrm{var}_{HW}(f) + \epsilon}

    with the unbiased variance, as in the code of the AdaIN paper.

    Args:
        features: (B, C, H, W) with at least two pixels.
        eps: Added to the variance. 1e-5 is the value of the AdaIN code.

    Returns:
        tuple: Both (B, C, 1, 1), at least float32.
    """
    if features.shape[-2] * features.shape[-1] < 2:
        raise ValueError(
            'Channel statistics need at least two pixels, but the features '
            f'are {tuple(features.shape)}; use a larger input or an earlier '
            'layer'
        )
    features = features.to(torch.promote_types(features.dtype, torch.float32))
    variance, mean = torch.var_mean(features, dim=(-2, -1), keepdim=True)
    return mean, torch.sqrt(variance + eps)


def _check_pair(content: Tensor, style: Tensor) -> None:
    if content.shape[:2] != style.shape[:2]:
        raise ValueError(
            'Content and style must agree in batch size and channels, but '
            f'are {tuple(content.shape)} and {tuple(style.shape)}'
        )


def adaptive_instance_norm(
    content: Tensor, style: Tensor, alpha: float = 1.0, eps: float = 1e-5
) -> Tensor:
    r"""Give features the channel statistics of other features (Eq. 1).

    .. math:: t = \alpha \left( \frac{f_c - \mu_c}{\sigma_c} \sigma_s +
        \mu_s \right) + (1 - \alpha) f_c

    Args:
        content: (B, C, H, W).
        style: (B, C, H', W'), style i is for content i.
        alpha: Strength in [0, 1].
        eps: See :func:`channel_statistics`.

    Returns:
        Tensor: (B, C, H, W), at least float32.
    """
    _check_pair(content, style)
    content = content.to(torch.promote_types(content.dtype, torch.float32))
    content_mean, content_std = channel_statistics(content, eps)
    style_mean, style_std = channel_statistics(style, eps)
    stylised = (content - content_mean) / content_std * style_std + style_mean
    return alpha * stylised + (1 - alpha) * content


def mix_amplitudes(
    content: Tensor, style: Tensor, beta: float, alpha: float = 1.0
) -> Tensor:
    r"""Give images low-frequency amplitudes of others (FDA).

    .. math:: A(u, v) = (1 - \alpha) |F_c(u, v)| + \alpha |F_s(u, v)| \quad
        \text{where } \max(|u|, |v|) \le \lfloor \beta \min(H, W) \rfloor,
        \quad x = F^{-1}(A\, e^{i \angle F_c})

    Phases and all other frequencies stay the content's, so at
    :math:`\alpha = 0` it is returned bit by bit. Frequencies count cycles per
    image and amplitudes are per pixel, hence sizes may differ. The constant
    (u = v = 0) is taken over with its sign: for images without negative
    values this is FDA's, and normalised images come out the same.

    Args:
        content: (B, C, H, W).
        style: (B, C, H', W'), style i is for content i.
        beta: Half-width of the window relative to the shorter side, in
            [0, 0.5). At 0 the window holds the mean alone, as in the code of
            FDA (Yang and Soatto 2020).
        alpha: Strength in [0, 1]; FDA has 1.

    Returns:
        Tensor: (B, C, H, W), at least float32.
    """
    _check_pair(content, style)
    if not 0 <= beta < 0.5:
        raise ValueError(f'beta is {beta}, but must lie in [0, 0.5)')
    half = int(beta * min(content.shape[-2:]))
    if min(style.shape[-2:]) <= 2 * half:
        raise ValueError(
            f'A style of {tuple(style.shape[-2:])} pixels lacks some of the '
            f'frequencies up to {half}, which beta={beta} takes from it; use '
            'a larger style or a smaller beta'
        )
    content = content.to(torch.promote_types(content.dtype, torch.float32))
    target = _low_frequencies(style.to(content.dtype), half)
    spectrum = _low_frequencies(content, half)
    amplitude = spectrum.abs()
    # What is below rounding has no phase: it is left as it is.
    phase = spectrum / amplitude.clamp(min=1e-6)
    change = phase * (target.abs() - amplitude)
    change[..., half, 0] = (target - spectrum)[..., half, 0]
    return content + alpha * _from_low_frequencies(change, content)


def _low_frequencies(images: Tensor, half: int) -> Tensor:
    """Spectrum (B, C, 2 half + 1, half + 1); the first axis from -half on."""
    rows = torch.arange(-half, half + 1, device=images.device)
    return torch.fft.rfft2(images, norm='forward')[..., : half + 1][
        ..., rows, :
    ]


def _from_low_frequencies(spectrum: Tensor, like: Tensor) -> Tensor:
    """Inverse of :func:`_low_frequencies`, an image as large as ``like``."""
    height, width = like.shape[-2:]
    half = spectrum.shape[-1] - 1
    whole = spectrum.new_zeros(*like.shape[:2], height, width // 2 + 1)
    rows = torch.arange(-half, half + 1, device=like.device)
    whole[..., rows, : half + 1] = spectrum
    return torch.fft.irfft2(whole, s=(height, width), norm='forward')


def statistics_loss(features: Tensor, style: Tensor) -> Tensor:
    r"""Distance of the channel statistics of two feature maps.

    .. math:: \frac{1}{C} \sum_c (\mu_c - \mu'_c)^2 +
        (\sigma_c - \sigma'_c)^2

    Its mean over the batch is the sum of the two mean squared errors of the
    AdaIN paper (Eq. 13).

    Args:
        features: (B, C, H, W).
        style: (B, C, H', W').

    Returns:
        Tensor: (B,), at least float32.
    """
    return sum(
        (own - wanted).square().flatten(1).mean(1)
        for own, wanted in zip(
            channel_statistics(features),
            channel_statistics(style),
            strict=True,
        )
    )


def style_loss(features: Sequence[Tensor], style: Sequence[Tensor]) -> Tensor:
    """Sum of :func:`statistics_loss` over the layers of an encoder, (B,)."""
    return sum(
        statistics_loss(own, wanted)
        for own, wanted in zip(features, style, strict=True)
    )


def squared_error(values: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of every sample, (B, ...) -> (B,), in float32."""
    dtype = torch.promote_types(values.dtype, torch.float32)
    return (values.to(dtype) - target).square().flatten(1).mean(1)


def psnr(images: Tensor, reference: Tensor) -> Tensor:
    r"""Peak signal-to-noise ratio of every image in dB.

    .. math:: -10 \log_{10} \mathrm{mean}_{CHW} (x - y)^2

    Args:
        images: (B, C, H, W) with values in [0, 1].
        reference: Likewise.

    Returns:
        Tensor: (B,), at most 100 dB.
    """
    return -10 * squared_error(images, reference).clamp(min=1e-10).log10()
