# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Weighted means of pairs of images or heatmaps (mixup)."""

from torch import Tensor


def mix(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    r"""Mean of two batches, sample by sample.

    .. math:: \lambda_b x_b + (1 - \lambda_b) x'_b

    Args:
        first: (B, ...), x.
        second: (B, ...), x'.
        share: (B,), :math:`\lambda`.

    Returns:
        Tensor: (B, ...).
    """
    share = share.view(-1, *[1] * (first.dim() - 1)).to(first.dtype)
    return share * first + (1 - share) * second
