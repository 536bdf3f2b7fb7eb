# Copyright (c) mmpose_mlda contributors. All rights reserved.
r"""Images whose pixels tell which place of an original image they show.

Warped in place of the image, such a field proves where a transform moves each
place, without its matrix: pixel p of the view shows the place
:math:`(u(p), v(p))`, and a label at q lies where :math:`(u, v) = q`.

Legend: K points, H / W height / width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def coordinate_field(size: Sequence[int]) -> Tensor:
    """The field of an image that nothing has moved yet.

    Args:
        size: (W, H) of the image.

    Returns:
        Tensor: (3, H, W), float32: x and y of the pixel's centre, and 1,
        which becomes another number where a view shows anything else.
    """
    y, x = torch.meshgrid(
        torch.arange(size[1]), torch.arange(size[0]), indexing='ij'
    )
    return torch.stack([x, y, torch.ones_like(x)]).float()


def readable(field: Tensor) -> Tensor:
    """Pixels (H, W) that show the image alone, bool.

    Bilinear weights add up to 1 but for rounding; a share of 1/1000 of the
    black around the image is seen.
    """
    return (field[2] - 1).abs() < 1e-3


def readable_at(field: Tensor, points: Tensor) -> Tensor:
    """Whether points (K, 2) of the view fall on readable pixels, (K,)."""
    height, width = field.shape[1:]
    column, row = points.round().nan_to_num(-1).long().unbind(-1)
    within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    mask = readable(field)
    return within & mask[row.clamp(0, height - 1), column.clamp(0, width - 1)]


def locate(
    field: Tensor, points: Tensor, reach: int = 4
) -> tuple[Tensor, Tensor]:
    """Where a view shows places of the original image.

    The readable pixel whose place is nearest is found by looking at all of
    them; an affine map from places to pixels, fitted by least squares to its
    neighbourhood, gives the position. So the fractions of a pixel to which a
    warp is rounded (1/32 in OpenCV) average out, and a place a little beyond
    the view has a position as well.

    Args:
        field: (3, H, W), the warped :func:`coordinate_field`.
        points: (K, 2), places in pixels of the original image.
        reach: Neighbourhood in pixels to each side.

    Returns:
        tuple: Positions (K, 2) in pixels of the view, float64, NaN where
        there is too little to read, and whether the view shows the place,
        (K,): the position is within a pixel of a readable one.
    """
    field, points = field.double(), points.double()
    mask = readable(field)
    if not mask.any():
        nothing = torch.full_like(points, torch.nan)
        return nothing, nothing[:, 0] > 0
    rows, columns = mask.nonzero(as_tuple=True)
    shown = field[:2, rows, columns].T
    exact = 'donot_use_mm_for_euclid_dist'
    nearest = torch.cdist(points, shown, compute_mode=exact).argmin(dim=1)
    pixel = torch.stack([columns[nearest], rows[nearest]], dim=-1)

    steps = torch.arange(-reach, reach + 1, device=field.device)
    window = pixel[:, None] + torch.cartesian_prod(steps, steps)
    height, width = mask.shape
    x, y = window.unbind(-1)
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    use = (within & mask[y, x]).double()[..., None]
    places = field[:2, y, x].permute(1, 2, 0)
    offsets = (window - pixel[:, None]).double()

    # relative to the point, so that the constant of the fit is its position
    design = torch.cat([places - points[:, None], torch.ones_like(use)], -1)
    fit = torch.linalg.pinv(design * use) @ (offsets * use)
    # fewer than three pixels or a single line of them determine no map
    few = torch.linalg.matrix_rank(design * use) < 3
    offset = torch.where(few[:, None], torch.nan, fit[:, 2])
    return pixel + offset, offset.abs().amax(dim=-1) <= 1


def shows_mirror(field: Tensor) -> bool:
    """Whether a view is mirrored, from its readable pixels alone."""
    rows, columns = readable(field).nonzero(as_tuple=True)
    places = field[:2, rows, columns].double()
    pixels = torch.stack([columns, rows]).double()
    places = places - places.mean(dim=1, keepdim=True)
    pixels = pixels - pixels.mean(dim=1, keepdim=True)
    # sign of the determinant of the least squares map; that of the places'
    # own scatter is positive
    return bool(torch.linalg.det(pixels @ places.T) < 0)
