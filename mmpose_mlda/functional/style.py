# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style as channel statistics.

Legend: B batch, C channels, H / W height / width.
"""

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
    if content.shape[:2] != style.shape[:2]:
        raise ValueError(
            'Content and style must agree in batch size and channels, but '
            f'are {tuple(content.shape)} and {tuple(style.shape)}'
        )
    content_mean, content_std = channel_statistics(content, eps)
    style_mean, style_std = channel_statistics(style, eps)
    stylised = (content - content_mean) / content_std * style_std + style_mean
    return alpha * stylised + (1 - alpha) * content
