# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Peaks, Gaussians and projections of heatmaps, and which peaks to trust.

Legend: B batch, K keypoints, H / W heatmap height / width. Points are (x, y)
in heatmap pixels unless said otherwise.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def peaks(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Arg-max and maximum of every heatmap.

    A map without a positive value has its peak at (0, 0), as in the papers'
    code.

    Args:
        heatmaps: (B, K, H, W).

    Returns:
        tuple: points (B, K, 2) and confidences (B, K), without gradient, in
        the dtype of the maps but at least float32.
    """
    heatmaps = heatmaps.detach()
    heatmaps = heatmaps.to(torch.promote_types(heatmaps.dtype, torch.float32))
    heatmaps = heatmaps.contiguous()  # those of channels-last networks
    # the highest row first: an arg-max is slow, a maximum is not
    confidence, y = heatmaps.amax(dim=-1).max(dim=-1)
    first = torch.arange(y.numel(), device=y.device) * heatmaps.shape[-2]
    rows = heatmaps.flatten(0, 2).index_select(0, first + y.flatten())
    x = rows.argmax(dim=-1).view_as(y)
    points = torch.stack([x, y], dim=-1) * (confidence > 0).unsqueeze(-1)
    return points.to(heatmaps.dtype), confidence


def peak_agreement(
    points: Tensor, others: Tensor, counted: Tensor, limit: float
) -> Tensor:
    """Share of the counted points that lie nearer than ``limit`` to others.

    Args:
        points: (B, K, 2).
        others: (B, K, 2).
        counted: (B, K), bool.
        limit: In the unit of the points.

    Returns:
        Tensor: Scalar in [0, 1]; 0 if none is counted.
    """
    near = (points - others).square().sum(-1) < limit**2
    return (near & counted).sum() / counted.sum().clamp_min(1)


def peak_spread(points: Tensor) -> Tensor:
    r"""How far peaks lie apart, 0 if a network has collapsed.

    .. math::
        \min\Big(
        \sqrt{\tfrac{1}{BK} \sum_{b,k} |x_{bk} - \bar{x}_{\cdot k}|^2},
        \sqrt{\tfrac{1}{BK} \sum_{b,k} |x_{bk} - \bar{x}_{b \cdot}|^2}
        \Big)

    The first is 0 if all images get the same answer, the second if all
    joints of an image do. With one image, or one joint, that is left out.

    Args:
        points: (B, K, 2).

    Returns:
        Tensor: Scalar, in the unit of the points; NaN of a single point.
    """
    spreads = [
        (points - points.mean(axis, keepdim=True)).square().sum(-1).mean()
        for axis, count in enumerate(points.shape[:2])
        if count > 1
    ]
    if not spreads:
        return points.new_tensor(torch.nan)
    return torch.stack(spreads).min().sqrt()


def quarter_shift(heatmaps: Tensor, points: Tensor) -> Tensor:
    """Move peaks a quarter of a pixel towards the higher neighbour.

    In x and in y. Peaks on the border of the map stay, as in the code of the
    stacked hourglass network, and so do ties.

    Args:
        heatmaps: (B, K, H, W).
        points: (B, K, 2), pixels of the peaks.

    Returns:
        Tensor: (B, K, 2), without gradient.
    """
    height, width = heatmaps.shape[-2:]
    maps = heatmaps.detach().flatten(2)
    x, y = points.long().unbind(-1)
    inner = (x > 0) & (x < width - 1) & (y > 0) & (y < height - 1)
    index = (y * width + x).unsqueeze(-1)

    def slope(step: int) -> Tensor:
        # the limits concern peaks that stay
        ahead = maps.gather(2, (index + step).clamp_max(height * width - 1))
        behind = maps.gather(2, (index - step).clamp_min(0))
        return torch.sign(ahead - behind).squeeze(-1)

    shift = torch.stack([slope(1), slope(width)], dim=-1)
    return points + 0.25 * torch.where(inner.unsqueeze(-1), shift, 0)


def round_half_up(points: Tensor) -> Tensor:
    """The pixel that MMPose's codecs take for a point: trunc(p + 0.5)."""
    return torch.trunc(points + 0.5)


def gaussians(
    points: Tensor,
    size: Sequence[int],
    sigma: float,
    radius: float,
    centres: Tensor | None = None,
) -> Tensor:
    r"""Gaussians of height 1 at sub-pixel points.

    .. math:: G(q) = \exp\left(-\frac{\|q - p\|^2}{2\sigma^2}\right)
        \quad\text{for}\quad \|q - c\|_\infty \le r,
        \quad\text{else } 0

    Args:
        points: (..., 2), in pixels of the map.
        size: (W, H) of the maps.
        sigma: Standard deviation in pixels.
        radius: Half side r of the window in pixels; the papers use 3 sigma.
        centres: (..., 2), middle c of the window. Defaults to the rounded
            point.

    Returns:
        Tensor: (..., H, W) in the dtype of ``points``.
    """
    if centres is None:
        centres = round_half_up(points)

    def profile(axis: int) -> Tensor:
        pixels = torch.arange(
            size[axis], dtype=points.dtype, device=points.device
        )
        outside = (pixels - centres[..., axis, None]).abs() > radius
        # of infinity, as the tails are denormal numbers, which are slow
        offset = pixels - points[..., axis, None]
        offset = offset.masked_fill(outside, torch.inf)
        return torch.exp(-(offset**2) / (2 * sigma**2))

    return profile(1).unsqueeze(-1) * profile(0).unsqueeze(-2)


def projections(
    heatmaps: Tensor, reduction: str = 'mean'
) -> tuple[Tensor, Tensor]:
    """Projections of heatmaps on the x and on the y axis.

    Args:
        heatmaps: (B, K, H, W).
        reduction: ``'mean'`` or ``'max'`` over the other axis.

    Returns:
        tuple: (B, K, W) and (B, K, H).
    """
    if reduction == 'mean':
        return heatmaps.mean(dim=-2), heatmaps.mean(dim=-1)
    if reduction == 'max':
        return heatmaps.amax(dim=-2), heatmaps.amax(dim=-1)
    raise ValueError(
        f"reduction is {reduction!r}, but must be 'mean' or 'max'"
    )


def share_threshold(confidence: Tensor, valid: Tensor, share: float) -> Tensor:
    """Confidence below which the given share of the valid peaks lies.

    The m-th smallest of the n valid confidences, m = floor(share * n), or
    minus infinity for m = 0; computed on the device, whatever n is.

    Args:
        confidence: Any shape.
        valid: The same shape, bool; the others do not count.
        share: In [0, 1].

    Returns:
        Tensor: Scalar. Peaks *strictly* above it are to be kept.
    """
    ordered = torch.where(valid, confidence, torch.inf).flatten().sort().values
    rank = (valid.sum(dtype=torch.float64) * share).floor().long()
    threshold = ordered.gather(0, (rank - 1).clamp_min(0).view(1)).squeeze(0)
    return torch.where(rank > 0, threshold, -torch.inf)
