# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Disparity of two heads (RegDA).

Legend: B batch, K keypoints, H / W heatmap height / width.
"""

import torch
from torch import Tensor


def spatial_divergence(
    scores: Tensor, targets: Tensor, epsilon: float = 0.0
) -> Tensor:
    r"""Kullback-Leibler divergence of heatmaps as distributions of a place.

    .. math:: \mathrm{KL}(p \| q) = \sum_n p_n \log \frac{p_n}{q_n}, \quad
        p = \frac{g + \epsilon}{\sum_n (g_n + \epsilon)}, \quad
        q = \mathrm{softmax}(y)

    over the pixels n of a map; 0 where the target is empty and epsilon 0.

    Args:
        scores: (B, K, H, W), what a head answers, y.
        targets: (B, K, H, W), non-negative, g.
        epsilon: Added to every pixel of the targets.

    Returns:
        Tensor: (B, K), in nats.
    """
    targets = targets.flatten(2) + epsilon
    mass = targets.sum(dim=-1, keepdim=True)
    p = targets / torch.where(mass > 0, mass, 1)
    log_q = scores.flatten(2).log_softmax(dim=-1)
    return (torch.xlogy(p, p) - p * log_q).sum(dim=-1)


def ground_false(heatmaps: Tensor) -> Tensor:
    r"""Where a joint may be mistaken to be: at all the others.

    .. math:: F_k = \min\Big(\sum_{j \ne k} G_j,\, 1\Big)

    Args:
        heatmaps: (B, K, H, W), a Gaussian G for each joint.

    Returns:
        Tensor: (B, K, H, W).
    """
    others = heatmaps.sum(dim=1, keepdim=True) - heatmaps
    return others.clamp(0, 1)
