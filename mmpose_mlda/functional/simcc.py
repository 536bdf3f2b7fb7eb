# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Coordinates as classes: a score for each bin of the x and of the y axis.

Legend: B batch, K keypoints, N bins of an axis. Positions are in bins; the
centre of bin n is n.
"""

import math

import torch
from torch import Tensor


def axis_gaussians(
    positions: Tensor, bins: int, sigma: float, normalise: bool
) -> Tensor:
    r"""Gaussians along an axis, without a window.

    .. math:: g(n) = c \exp\left(-\frac{(n - p)^2}{2\sigma^2}\right), \quad
        c = \frac{1}{\sigma \sqrt{2\pi}} \text{ or } 1

    Args:
        positions: (...), in bins.
        bins: Number N of bins.
        sigma: Standard deviation in bins.
        normalise: Whether their sum is about 1, or else their height.

    Returns:
        Tensor: (..., N) in the dtype of ``positions``.
    """
    places = torch.arange(bins, dtype=positions.dtype, device=positions.device)
    offset = places - positions.unsqueeze(-1)
    gaussians = torch.exp(-(offset**2) / (2 * sigma**2))
    return gaussians / (sigma * math.sqrt(2 * math.pi) if normalise else 1)


def axis_peaks(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Arg-max of both axes, and the lower of both maxima.

    As in MMPose, a joint without a positive score on one of the axes is at
    (-1, -1), outside.

    Args:
        x: (B, K, N), scores of the bins.
        y: (B, K, N'), likewise.

    Returns:
        tuple: positions (B, K, 2) and confidences (B, K), without gradient,
        in the dtype of the scores but at least float32.
    """
    dtype = torch.promote_types(x.dtype, torch.float32)
    (height_x, x), (height_y, y) = (
        axis.detach().to(dtype).max(dim=-1) for axis in (x, y)
    )
    confidence = torch.minimum(height_x, height_y)
    positions = torch.stack([x, y], dim=-1).to(dtype)
    seen = (confidence > 0).unsqueeze(-1)
    return torch.where(seen, positions, -1.0), confidence
