# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Entropies of distributions over positions.

Legend: B batch, K keypoints, N positions (bins of an axis or pixels).
"""

import torch
from torch import Tensor


def entropy(probabilities: Tensor) -> Tensor:
    r"""Entropy over the last dimension, in nats.

    .. math:: H(p) = -\sum_n p_n \log p_n, \quad 0 \log 0 = 0

    with a finite gradient also where a probability underflows to zero.

    Args:
        probabilities: (..., N), non-negative, summing to one.

    Returns:
        Tensor: (...).
    """
    tiny = torch.finfo(probabilities.dtype).tiny
    return -(probabilities * probabilities.clamp_min(tiny).log()).sum(dim=-1)


def conditional_entropy(
    probabilities: Tensor, weights: Tensor, total: Tensor
) -> Tensor:
    r"""Weighted mean entropy of single predictions.

    .. math:: \frac{1}{W} \sum_{b,k} w_{bk} H(p_{bk})

    Small when every prediction is certain.

    Args:
        probabilities: (B, K, N).
        weights: (B, K).
        total: The sum W of all weights (of all processes), scalar. Where it
            is zero the result is zero.

    Returns:
        Tensor: Scalar, in nats.
    """
    return (weights * entropy(probabilities)).sum() / total.clamp_min(1e-12)


def marginal_entropy(mass: Tensor, counts: Tensor) -> Tensor:
    r"""Mean entropy of the average prediction of each joint.

    .. math:: \sum_k \frac{n_k}{\sum_j n_j} H\left(\frac{m_k}{n_k}\right),
        \quad m_k = \sum_b w_{bk}\, p_{bk}, \quad n_k = \sum_b w_{bk}

    Large when the predictions of a joint differ between images. Minus
    :func:`conditional_entropy` it is the mutual information between image
    and position, hence never smaller.

    Args:
        mass: (K, N), the weighted sums m of the predictions of each joint.
        counts: (K,), the sums n of their weights. Joints without any weight
            do not count.

    Returns:
        Tensor: Scalar, in nats.
    """
    mean = mass / counts.clamp_min(1e-12).unsqueeze(-1)
    return (counts * entropy(mean)).sum() / counts.sum().clamp_min(1e-12)
