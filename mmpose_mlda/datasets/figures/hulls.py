# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Convex hulls of discs, of which everything in a picture consists.

P hulls, S discs each, M directions, K points, L layers of shading. A hull is
described by its support function h(d) = max_s (c_s . d + r_s): its outline is
the discs' farthest points in M directions, and a point x lies inside where
x . d <= h(d) for each of them.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

DIRECTIONS = 32
_ANGLES = np.arange(DIRECTIONS) * (2.0 * math.pi / DIRECTIONS)
_UNIT = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_SHIFT = 4  # cv2's fixed point: sixteenths of a pixel


def stack(
    centres: Sequence[np.ndarray], radii: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Pad hulls with their own first disc to equal numbers of discs.

    Args:
        centres (list[ndarray]): Per hull (S_p, D).
        radii (list[ndarray]): Per hull (S_p, ).

    Returns:
        tuple[ndarray, ndarray]: Centres (P, S, D) and radii (P, S).
    """
    most = max(len(r) for r in radii)
    points = np.empty((len(radii), most, centres[0].shape[1]))
    sizes = np.empty((len(radii), most))
    for p, (centre, radius) in enumerate(zip(centres, radii, strict=True)):
        count = len(radius)
        points[p, :count], points[p, count:] = centre, centre[0]
        sizes[p, :count], sizes[p, count:] = radius, radius[0]
    return points, sizes


def outlines(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Convex outlines.

    Args:
        centres (ndarray): Disc centres (P, S, 2).
        radii (ndarray): Disc radii (P, S).

    Returns:
        ndarray: Polygons (P, M, 2), clockwise in the picture.
    """
    support = centres @ _UNIT.T + radii[..., None]
    best = support.argmax(axis=1)
    rows = np.arange(len(centres))[:, None]
    return centres[rows, best] + radii[rows, best][..., None] * _UNIT


def contains(
    centres: np.ndarray,
    radii: np.ndarray,
    points: np.ndarray,
    margin: float = 0.0,
) -> np.ndarray:
    """Which hulls cover which points.

    Args:
        centres (ndarray): Disc centres (P, S, 2).
        radii (ndarray): Disc radii (P, S).
        points (ndarray): Points (K, 2).
        margin (float): How far outside still counts as inside.

    Returns:
        ndarray: Booleans (P, K).
    """
    support = (centres @ _UNIT.T + radii[..., None]).max(axis=1)
    along = points @ _UNIT.T
    return (along[None] <= support[:, None] + margin).all(axis=-1)


def shaded(
    centres: np.ndarray,
    radii: np.ndarray,
    steps: Sequence[float],
    drift: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Nested hulls that move towards the light.

    Args:
        centres (ndarray): Disc centres (P, S, 2).
        radii (ndarray): Disc radii (P, S).
        steps (list[float]): Relative radii (L, ) of the layers, from 1 down.
        drift (ndarray): Direction (2, ) to the light in the picture, of
            length 0 (light from the camera) to 1 (from the side).

    Returns:
        tuple[ndarray, ndarray]: Centres (P, L, S, 2) and radii (P, L, S).
    """
    scale = np.asarray(steps)[None, :, None]
    inner = radii[:, None] * scale
    move = (radii[:, None] - inner)[..., None] * drift
    return centres[:, None] + move, inner


def paint(
    image: np.ndarray, polygons: np.ndarray, colours: np.ndarray
) -> None:
    """Fill polygons one after another, with smooth edges.

    Args:
        image (ndarray): Square BGR picture uint8 (S, S, 3), or (S, S), drawn
            in place.
        polygons (ndarray): Convex polygons (P, M, 2) in picture coordinates.
        colours (ndarray): (P, C) colours.
    """
    size = len(image)
    pixels = np.clip(polygons, -8.0, 9.0) * size - 0.5
    fixed = np.rint(pixels * (1 << _SHIFT)).astype(np.int32)
    for polygon, colour in zip(fixed, colours.tolist(), strict=True):
        cv2.fillConvexPoly(image, polygon, colour, cv2.LINE_AA, _SHIFT)


def stencil(
    size: int, polygons: np.ndarray, labels: Sequence[int]
) -> np.ndarray:
    """A map of which polygon lies on top.

    Args:
        size (int): Side of the map in pixels.
        polygons (ndarray): Convex polygons (P, M, 2) in picture coordinates.
        labels (list[int]): Their labels (P, ), 0 to 255.

    Returns:
        ndarray: uint8 (size, size), 0 where there is none.
    """
    labelled = np.zeros((size, size), np.uint8)
    pixels = np.clip(polygons, -8.0, 9.0) * size - 0.5
    fixed = np.rint(pixels * (1 << _SHIFT)).astype(np.int32)
    for polygon, label in zip(fixed, labels, strict=True):
        cv2.fillConvexPoly(labelled, polygon, label, cv2.LINE_8, _SHIFT)
    return labelled
