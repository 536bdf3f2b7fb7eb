# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Agreement of predictions that no label is needed for.

Legend: B batch, V views, K keypoints. A distance is in units of the sides of
the input, i.e. of the box: x in widths, y in heights.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from . import geometry


def side_distances(
    points: Tensor, others: Tensor, size: Sequence[int]
) -> Tensor:
    r"""Distances in units of a frame's sides.

    .. math:: \sqrt{(\Delta x / W)^2 + (\Delta y / H)^2}

    Args:
        points: (..., 2), pixels.
        others: (..., 2), pixels.
        size: (W, H) of the frame.

    Returns:
        Tensor: (...).
    """
    offset = points - others
    return torch.hypot(offset[..., 0] / size[0], offset[..., 1] / size[1])


def view_distances(
    points: Tensor,
    seen: Tensor,
    views: Tensor,
    flip: Tensor,
    size: Sequence[int],
) -> Tensor:
    r"""How far predictions in views are from those in the frame itself.

    .. math:: d_{bvk} = \| P_v\, V_v^{-1} y_{bv\cdot} - x_b \|_k

    with x the points of the frame, y those of the view V, and P the exchange
    of left and right joints where V mirrors.

    Args:
        points: (B, K, 2), pixels of the frame.
        seen: (B, V, K, 2), pixels of each view, in its own order of joints.
        views: (V, 3, 3), pixels of the frame -> of the view.
        flip: (B, K), int64; joint k is called ``flip[k]`` in a mirror.
        size: (W, H) of frame and views in pixels.

    Returns:
        Tensor: (B, V, K), in units of the sides; NaN where the point of the
        frame is outside of the view.
    """
    number, count = seen.shape[:2]
    mirrored = geometry.is_mirrored(views).repeat(number)
    back = geometry.transform_points(geometry.inverse(views), seen)
    back = geometry.swap_sides(
        back.flatten(0, 1), mirrored, flip.repeat_interleave(count, 0)
    ).view(back.shape)
    points = points.unsqueeze(1)
    shown = geometry.inside(geometry.transform_points(views, points), size)
    distances = side_distances(back, points.to(back), size)
    return torch.where(shown, distances, torch.nan)


def agreement(distances: Tensor, threshold: float) -> Tensor:
    """Share of the known distances that are below a threshold.

    Args:
        distances: Any shape; NaN are not known.
        threshold: In the same unit; strictly below counts.

    Returns:
        Tensor: Scalar in [0, 1]; 0 if none is known.
    """
    known = distances.isfinite().sum()
    return (distances < threshold).sum() / known.clamp_min(1)


def guarded(value: Tensor, spread: Tensor, limit: float) -> Tensor:
    r"""A score that a collapsed network does not get.

    .. math:: v \min(1, s / l)

    Args:
        value: Score, e.g. an agreement.
        spread: How far the peaks lie apart
            (:func:`mmpose_mlda.functional.heatmaps.peak_spread`); NaN, of a
            single peak, leaves the score as it is.
        limit: Spread in the same unit from which on nothing is taken off.

    Returns:
        Tensor: The shape of ``value``.
    """
    return value * torch.nan_to_num(spread / limit, nan=1.0).clamp(0, 1)
