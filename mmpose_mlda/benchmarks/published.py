# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The alignment of a step as the published program goes about it.

One sample after the other: three warps by the nearest pixel instead of one,
a loop over all joints for the pseudo-labels, and an image that is warped to
the canonical frame and back to hide a joint. For comparisons of time alone;
:class:`~mmpose_mlda.models.MLDA` is what this package trains.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class View:
    """How one sample was augmented, about the middle of the image."""

    rotation: float  # degrees
    translation: tuple[float, float]  # pixels of the input
    shear: float  # degrees
    scale: float


def affine(
    maps: Tensor,
    rotation: float = 0.0,
    translation: Sequence[float] = (0.0, 0.0),
    scale: float = 1.0,
    shear: float = 0.0,
) -> Tensor:
    """Warp one sample about its centre by the nearest pixel.

    Args:
        maps: (C, H, W).
        rotation: Degrees.
        translation: Pixels (x, y).
        scale: Magnification.
        shear: Degrees, of the x axis.

    Returns:
        Tensor: (C, H, W).
    """
    angle, slant = math.radians(rotation), math.tan(math.radians(shear))
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    # inverse of scale * rotation @ [[1, -slant], [0, 1]]
    a, b, c, d = cos - slant * sin, sin + slant * cos, -sin, cos
    x, y = translation
    height, width = maps.shape[-2:]
    # grid_sample measures in halves of the sides
    theta = torch.tensor(
        [
            [
                a,
                b * height / width,
                -2 * (a * x + b * y) / width,
            ],
            [
                c * width / height,
                d,
                -2 * (c * x + d * y) / height,
            ],
        ],
        dtype=maps.dtype,
        device=maps.device,
    )
    grid = F.affine_grid(theta[None], (1, *maps.shape), align_corners=False)
    return F.grid_sample(
        maps[None], grid, 'nearest', 'zeros', align_corners=False
    )[0]


def to_canonical(maps: Tensor, view: View, ratio: float = 1.0) -> Tensor:
    """Undo a view in three warps, (C, H, W).

    Args:
        maps: (C, H, W).
        view: Of the sample.
        ratio: Pixels of the input in one of ``maps``.
    """
    x, y = view.translation
    maps = affine(maps, translation=(-x / ratio, -y / ratio))
    maps = affine(maps, rotation=-view.rotation, scale=1 / view.scale)
    return affine(maps, shear=-view.shear)


def from_canonical(maps: Tensor, view: View) -> Tensor:
    """The view itself, in one warp, (C, H, W)."""
    return affine(
        maps, view.rotation, view.translation, view.scale, view.shear
    )


def window(sigma: float) -> Tensor:
    """Gaussian of height 1 in a square of 6 sigma + 1 pixels."""
    reach = int(3 * sigma)
    offset = torch.arange(-reach, reach + 1, dtype=torch.float32)
    squares = offset**2 + offset[:, None] ** 2
    return torch.exp(-squares / (2 * sigma**2))


def rectify(heatmaps: Tensor, sigma: float) -> Tensor:
    """Gaussians at the peaks, joint by joint, (B, K, H, W)."""
    num, joints, height, width = heatmaps.shape
    highest, index = heatmaps.flatten(2).max(dim=-1)
    patch, reach = window(sigma), int(3 * sigma)
    targets = torch.zeros_like(heatmaps)
    for b in range(num):
        for k in range(joints):
            y, x = divmod(int(index[b, k]), width)
            if highest[b, k] <= 0:
                x = y = 0
            left, right = max(x - reach, 0), min(x + reach + 1, width)
            top, bottom = max(y - reach, 0), min(y + reach + 1, height)
            targets[b, k, top:bottom, left:right] = patch[
                top - y + reach : bottom - y + reach,
                left - x + reach : right - x + reach,
            ].to(heatmaps.device)
    return targets


def hide_joint(
    image: Tensor,
    heatmaps: Tensor,
    view: View,
    prob: float,
    threshold: float,
    size: int,
) -> Tensor:
    """Paste a square over a confident joint in the canonical frame.

    Args:
        image: (C, H, W), the student's view.
        heatmaps: (K, h, w), the teacher's in the canonical frame.
        view: Of the image.
        prob: Probability.
        threshold: Confidence from which a joint is a candidate.
        size: Side of the square in pixels of the image.

    Returns:
        Tensor: (C, H, W), resampled twice where a joint is hidden.
    """
    confidence, index = heatmaps.flatten(1).max(dim=-1)
    candidates = confidence >= threshold
    if not candidates.sum() > 0 or torch.rand(()) > prob:
        return image
    chosen = torch.multinomial(candidates.float(), 1)
    width = heatmaps.shape[-1]
    ratio = image.shape[-1] // width
    y, x = (ratio * value for value in divmod(int(index[chosen]), width))
    canonical = to_canonical(image, view).clone()
    sides = canonical.shape[-2:]
    half = size // 2
    top, left = max(y - half, 0), max(x - half, 0)
    height = min(y + half, sides[0]) - top
    width = min(x + half, sides[1]) - left
    row = int(torch.randint(sides[0] - height + 1, ()))
    column = int(torch.randint(sides[1] - width + 1, ()))
    patch = canonical[:, row : row + height, column : column + width].clone()
    canonical[:, top : top + height, left : left + width] = patch
    return from_canonical(canonical, view)


def consistency(
    student: Tensor, teacher: Tensor, share: float, sigma: float
) -> Tensor:
    """Loss of the student's maps against rectified pseudo-labels.

    Args:
        student: (B, K, H, W), canonical frame.
        teacher: Likewise.
        share: Of the peaks that are dropped.
        sigma: Of the pseudo-labels.
    """
    confidence = teacher.flatten(2).max(dim=-1).values
    rank = max(int(share * confidence.numel()), 1)
    threshold = confidence.flatten().kthvalue(rank).values.item()
    keep = (confidence > threshold)[..., None, None]
    return (keep * (student - rectify(teacher, sigma)) ** 2).mean()


def align_step(
    images: Tensor,
    teacher: Tensor,
    student: Tensor,
    teacher_views: Sequence[View],
    student_views: Sequence[View],
    sigma: float = 2.0,
    share: float = 0.5,
    prob: float = 0.5,
    threshold: float = 0.9,
    size: int = 20,
) -> tuple[Tensor, Tensor]:
    """All that a step does between its networks, for both views.

    Args:
        images: (B, 3, H, W), the student's views.
        teacher: (B, K, h, w), heatmaps of the teacher's views.
        student: (B, K, h, w), heatmaps of the student's views.
        teacher_views: Of the B samples.
        student_views: Likewise.
        sigma: Of the pseudo-labels, in pixels of the heatmaps.
        share: See :func:`consistency`.
        prob: See :func:`hide_joint`.
        threshold: Likewise.
        size: Likewise.

    Returns:
        tuple: Images (B, 3, H, W) with hidden joints, and the loss.
    """
    ratio = images.shape[-1] / teacher.shape[-1]
    canonical = torch.zeros(teacher.shape)  # on the host, as published
    for b, view in enumerate(teacher_views):
        canonical[b] = to_canonical(teacher[b], view, ratio).cpu()
    canonical = canonical.to(teacher.device)
    hidden = torch.stack(
        [
            hide_joint(image, maps, view, prob, threshold, size)
            for image, maps, view in zip(
                images, canonical, student_views, strict=True
            )
        ]
    )
    moved = torch.stack(
        [
            to_canonical(maps, view, ratio)
            for maps, view in zip(student, student_views, strict=True)
        ]
    )
    return hidden, consistency(moved, canonical, share, sigma)
