# Copyright (c) mmpose_mlda contributors. All rights reserved.
r"""Matrices between pixel frames, points, and batched warps.

Every view of an image is described by one 3x3 matrix that takes homogeneous
pixel coordinates :math:`(x, y, 1)` of one frame to another. Going from frame
a to frame c over b is ``c_from_b @ b_from_a``.

Pixel convention, here and everywhere in this package: integer coordinates
are pixel centres, as in OpenCV and in MMPose's affine transforms. A heatmap
pixel corresponds to an input pixel by the scale of the codec (see
:func:`heatmap_matrix`).

Legend: B batch, K keypoints, C channels, H / W height / width.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .kept import can_be_counted, kept_rows, put_rows, take_rows


def view_matrix(
    size: Sequence[int],
    rotation: float = 0.0,
    shear: float = 0.0,
    scale: float = 1.0,
    translation: Sequence[float] = (0.0, 0.0),
    mirror: bool = False,
) -> Tensor:
    r"""Matrix of an augmented view of a frame, about the frame's centre.

    .. math:: x' = c + t + R(\theta)\, s
        \begin{pmatrix} 1 & -\tan\phi \\ 0 & 1 \end{pmatrix} F (x - c)

    with :math:`c = (W/2, H/2)` and F the left-right reflection.

    Args:
        size: (W, H) of the frame in pixels.
        rotation: Angle :math:`\theta` in degrees, clockwise on the screen.
        shear: Angle :math:`\phi` of the x axis in degrees, in (-90, 90).
        scale: Magnification s.
        translation: Shift t = (tx, ty) in pixels.
        mirror: Whether to reflect left and right first.

    Returns:
        Tensor: (3, 3), float64.
    """
    angle, slope = math.radians(rotation), math.tan(math.radians(shear))
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    side = -1.0 if mirror else 1.0
    a, b = side * cos, -sin - slope * cos
    c, d = side * sin, cos - slope * sin
    x, y = size[0] / 2, size[1] / 2
    rows = [
        [a, b, x + translation[0] - (a * x + b * y)],
        [c, d, y + translation[1] - (c * x + d * y)],
        [0.0, 0.0, 1.0],
    ]
    return torch.from_numpy(np.array(rows))  # torch reads lists slowly


def heatmap_matrix(
    input_size: Sequence[int],
    heatmap_size: Sequence[int],
    corners_aligned: bool = False,
) -> Tensor:
    """Matrix from input pixels to heatmap pixels, in the codec's convention.

    Args:
        input_size: (W, H) of the network's input.
        heatmap_size: (W, H) of the heatmaps.
        corners_aligned: False for ``MSRAHeatmap``, where a heatmap pixel i
            is the input pixel i * stride; True for ``UDPHeatmap``, where the
            centres of the corner pixels coincide.

    Returns:
        Tensor: (3, 3), float64.
    """
    source = torch.tensor(input_size, dtype=torch.float64)
    target = torch.tensor(heatmap_size, dtype=torch.float64)
    if corners_aligned:
        source, target = source - 1, target - 1
    return torch.diag(torch.cat([target / source, torch.ones(1)]))


def reduction_matrix(
    size: Sequence[int], factor: int, from_end: Sequence[bool] = (False, False)
) -> Tensor:
    r"""Matrix from an image to the same image decoded at 1 / factor.

    A pixel of the reduced image is the mean of factor x factor pixels,
    counted from the first stored one:

    .. math:: u = (x + 1/2) / f - 1/2

    Along an axis that is turned around after the decoding, the part of a
    pixel by which the last mean is short comes first:
    :math:`u + \lceil W / f \rceil - W / f`.

    Args:
        size: (W, H) of the whole image, upright, in pixels.
        factor: The reduction f.
        from_end: Whether x and y of the upright image count from the end of
            the stored one.

    Returns:
        Tensor: (3, 3), float64.
    """
    matrix = torch.eye(3, dtype=torch.float64)
    for axis, (length, turned) in enumerate(zip(size, from_end, strict=True)):
        matrix[axis, axis] = 1 / factor
        matrix[axis, 2] = 0.5 / factor - 0.5
        if turned:
            matrix[axis, 2] += -(-length // factor) - length / factor
    return matrix


def inverse(matrices: Tensor) -> Tensor:
    """Inverse of (..., 3, 3) matrices, without a host synchronisation.

    A singular matrix gives non-finite entries instead of an error.
    """
    return torch.linalg.inv_ex(matrices).inverse


def transform_points(matrices: Tensor, points: Tensor) -> Tensor:
    """Apply affine matrices to points.

    Args:
        matrices: (..., 3, 3).
        points: (..., K, 2), the same leading dimensions or broadcastable.

    Returns:
        Tensor: (..., K, 2) in the wider of both dtypes.
    """
    dtype = torch.promote_types(matrices.dtype, points.dtype)
    matrices, points = matrices.to(dtype), points.to(dtype)
    linear, offset = matrices[..., :2, :2], matrices[..., None, :2, 2]
    return points @ linear.transpose(-1, -2) + offset


def is_mirrored(matrices: Tensor) -> Tensor:
    """Whether (..., 3, 3) matrices exchange left and right, (...) bool."""
    a, b = matrices[..., 0, 0], matrices[..., 0, 1]
    c, d = matrices[..., 1, 0], matrices[..., 1, 1]
    return a * d < b * c


def swap_sides(values: Tensor, mirrored: Tensor, flip: Tensor) -> Tensor:
    """Exchange left and right joints in the mirrored samples of a batch.

    A network that sees a mirrored person calls the left hand the right one.

    Args:
        values: (B, K, ...), one entry a joint.
        mirrored: (B,), bool.
        flip: (B, K), int64; joint k is called ``flip[k]`` in a mirror.

    Returns:
        Tensor: (B, K, ...).
    """
    rows = torch.arange(flip.numel(), device=flip.device).view_as(flip)
    swapped = rows[:, :1] + flip
    rows = torch.where(mirrored.unsqueeze(-1), swapped, rows).flatten()
    return take_rows(values, rows).view_as(values)


def inside(points: Tensor, size: Sequence[int]) -> Tensor:
    """Whether points fall on a pixel of a frame after rounding.

    Args:
        points: (..., 2), pixels.
        size: (W, H) of the frame.

    Returns:
        Tensor: (...) bool; -0.5 <= x < W - 0.5, likewise y.
    """
    x, y = points.unbind(-1)
    return (
        (x >= -0.5) & (x < size[0] - 0.5) & (y >= -0.5) & (y < size[1] - 0.5)
    )


def warp(
    maps: Tensor,
    matrices: Tensor,
    size: Sequence[int] | None = None,
    keep: Tensor | None = None,
) -> Tensor:
    """Resample a batch of maps in other frames, bilinear, zero outside.

    The value at output pixel p is that of the input at ``inverse(M) p``, as
    in ``cv2.warpAffine``; beyond the border the input is zero, and between
    the last pixel and the zeros it is interpolated. Differentiable in
    ``maps``.

    Args:
        maps: (B, C, H, W).
        matrices: (B, 3, 3), pixels of ``maps`` -> output pixels.
        size: (W, H) of the output. Defaults to that of ``maps``.
        keep: (B, C), bool, the maps to resample; the others become zero.
            Defaults to all.

    Returns:
        Tensor: (B, C, size[1], size[0]), float32 or float64.
    """
    in_size = maps.shape[-1], maps.shape[-2]
    out_size = in_size if size is None else size
    dtype = torch.promote_types(maps.dtype, torch.float32)
    rows = inverse(matrices)[:, :2].unbind(dim=1)
    rows = [
        _unit_row(row, side, out_size)
        for row, side in zip(rows, in_size, strict=True)
    ]
    # in float64, which autocast leaves alone
    grid = F.affine_grid(
        torch.stack(rows, dim=1).double(),
        (*maps.shape[:2], out_size[1], out_size[0]),
        align_corners=False,
    )
    maps, grid = maps.to(dtype), grid.to(dtype)
    if keep is None:
        return _sample(maps, grid)
    if can_be_counted(keep):
        return _sample_kept(maps, grid, keep)
    # not by a product: what is not finite must not spread
    return _sample(maps.masked_fill(~keep[..., None, None], 0), grid)


def _sample(maps: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(maps, grid, 'bilinear', 'zeros', False)


def _sample_kept(maps: Tensor, grid: Tensor, keep: Tensor) -> Tensor:
    """No work for the maps (B, C) that become zero."""
    rows = kept_rows(keep)
    kept = take_rows(maps, rows).unsqueeze(1)
    kept = _sample(kept, grid.index_select(0, rows // keep.shape[1]))
    return put_rows(kept.squeeze(1), rows, keep.shape)


def _unit_row(row: Tensor, side: int, out_size: Sequence[int]) -> Tensor:
    """A row of an affine map of pixels, as ``grid_sample`` counts.

    To it, -1 and 1 are the outer edges of an image.

    Args:
        row: (B, 3), gives an input coordinate of an output pixel.
        side: Of the input along this coordinate.
        out_size: (W, H) of the output.

    Returns:
        Tensor: (B, 3).
    """
    a, b, offset = row.unbind(dim=-1)
    width, height = out_size
    centre = a * (width - 1) / 2 + b * (height - 1) / 2 + offset
    row = torch.stack([a * width, b * height, 2 * centre + 1 - side], dim=-1)
    return row / side
