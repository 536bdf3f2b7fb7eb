# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What is learnt when, and from which joints (UDA-Animal).

Legend: B batch, K keypoints, e whole epochs since the adaptation began.
"""

import math

import torch
from torch import Tensor


def cosine_ramp_down(
    epoch: int, start: float, floor: float, period: int
) -> float:
    r"""Weight of the first pseudo-labels.

    .. math:: w(e) = \max\left(\tfrac{s}{2}
        \left(\cos\frac{\pi \min(e, T)}{T} + 1\right),\, f\right)

    Args:
        epoch: e.
        start: Weight s at the beginning, 15 in UDA-Animal.
        floor: Lowest weight f, 8 there.
        period: Epochs T, 15 there.

    Returns:
        float: The weight.
    """
    wave = math.cos(math.pi * min(epoch, period) / period) + 1
    return max(start / 2 * wave, floor)


def sigmoid_ramp_up(epoch: int, peak: float, period: int) -> float:
    r"""Weight of what teacher and student agree on.

    .. math:: w(e) = p \exp\left(-5\,(1 - \min(e, T) / T)^2\right)

    Args:
        epoch: e.
        peak: Weight p at the end, 90 in UDA-Animal.
        period: Epochs T, 10 there.

    Returns:
        float: The weight.
    """
    return peak * math.exp(-5 * (1 - min(epoch, period) / period) ** 2)


def easy_count(epoch: int, joints: int, begin: int, floor: int) -> int:
    r"""Joints of an image to learn from: one fewer each epoch.

    .. math:: n(e) = \max(K - \max(e - e_0, 0),\, f)

    Args:
        epoch: e.
        joints: K, of which no more are taken whatever ``floor`` is.
        begin: Epoch :math:`e_0` from which they get fewer, 2 in UDA-Animal.
        floor: Fewest joints f; 9 of 18 there.

    Returns:
        int: The count.
    """
    return min(max(joints - max(epoch - begin, 0), floor), joints)


def easiest_mean(losses: Tensor, valid: Tensor, count: int) -> Tensor:
    r"""Mean of the smallest losses of each image.

    .. math:: L = \frac{1}{B n} \sum_b \sum_{k \in E_b} l_{bk}

    :math:`E_b` are the n valid joints of image b with the smallest losses,
    or all valid ones if there are fewer; the missing ones then count as 0.

    Args:
        losses: (B, K).
        valid: (B, K), bool.
        count: n, at most K.

    Returns:
        Tensor: Scalar.
    """
    order = torch.where(valid, losses.detach(), torch.inf)
    easiest = order.topk(count, dim=-1, largest=False).indices
    return torch.where(valid, losses, 0).gather(-1, easiest).mean()
