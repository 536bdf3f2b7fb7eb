# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Random views of images, over which predictions are averaged.

Legend: B batch, V views.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .random import uniform


def random_views(
    keys: Tensor,
    count: int,
    size: Sequence[int],
    scale: float = 0.25,
    rotation: float = 30.0,
) -> Tensor:
    r"""Matrices of the views that CC-SSL averages its pseudo-labels over.

    The first view is the image itself. The others show a crop about its
    centre :math:`(W/2, H/2)`, of s times its side and turned by
    :math:`\theta`,

    .. math:: s = 1 + \mathrm{clip}(a\, n,\, \pm a), \quad
        \theta = \mathrm{clip}(b\, n',\, \pm 2 b)

    with n, n' standard normal, a = ``scale``, b = ``rotation``. The defaults
    are those of the published code.

    Args:
        keys: (B,), int64, one key an image; see
            :func:`mmpose_mlda.functional.random.uniform`.
        count: Number V of views, the first one included.
        size: (W, H) of the images in pixels.
        scale: Standard deviation and limit of the crop's relative side.
        rotation: Standard deviation of the angle in degrees; the limit is
            twice as much.

    Returns:
        Tensor: (B, V, 3, 3), float64, pixels of the image -> of the view.
    """
    draws = uniform(keys, 'views', 2 * (count - 1)).double()
    first, second = draws.view(len(keys), 2, count - 1).unbind(1)
    # Box and Muller (1958): two normals of two uniforms in (0, 1]
    radius = torch.sqrt(-2 * torch.log1p(-first))
    side = 1 + (scale * radius * torch.cos(2 * math.pi * second)).clamp(
        -scale, scale
    )
    angle = (rotation * radius * torch.sin(2 * math.pi * second)).clamp(
        -2 * rotation, 2 * rotation
    )
    angle = torch.deg2rad(angle)
    cos, sin = torch.cos(angle) / side, torch.sin(angle) / side

    x, y = size[0] / 2, size[1] / 2
    matrices = torch.eye(3, dtype=torch.float64, device=keys.device)
    matrices = matrices.repeat(len(keys), count, 1, 1)
    views = matrices[:, 1:]
    views[..., 0, 0], views[..., 0, 1] = cos, -sin
    views[..., 1, 0], views[..., 1, 1] = sin, cos
    views[..., 0, 2] = x - cos * x + sin * y
    views[..., 1, 2] = y - sin * x - cos * y
    return matrices
