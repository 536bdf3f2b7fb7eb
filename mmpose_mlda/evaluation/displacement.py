# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How far edges move when an image is stylised, by template matching.

Labels stay where they are in stylised images, so edges must, too. K points,
(x, y) a point, pixel centres at integers.
"""

import cv2
import numpy as np

# Positions are compared in eighths of a pixel.
SUBPIXELS = 8
# Grey levels a pixel; a patch whose edges deviate less is noise or nothing.
FLAT = 1.0
# A patch that correlates so well with one two pixels beside it cannot tell
# them apart: it holds a straight edge.
STRAIGHT = 0.9


def edge_strength(image: np.ndarray) -> np.ndarray:
    """Magnitude of the gradient of the grey image, finely sampled.

    Args:
        image (np.ndarray): (H, W, 3), RGB, 0-255.

    Returns:
        np.ndarray: (8 H, 8 W), float32, grey levels a pixel. The gradient is
        interpolated, not the image, since interpolation has kinks that would
        draw edges to whole pixels, and before the magnitude is taken, which
        is not linear.
    """
    grey = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY)
    slopes = (
        cv2.resize(
            cv2.Sobel(grey, cv2.CV_32F, *axes, scale=1 / 8),
            None,
            fx=SUBPIXELS,
            fy=SUBPIXELS,
            interpolation=cv2.INTER_CUBIC,
        )
        for axes in ((1, 0), (0, 1))
    )
    return np.hypot(*slopes)


def _cut(edges: np.ndarray, point: np.ndarray, side: float) -> np.ndarray:
    """Square around a point; smaller where it leaves the image."""
    centre = np.round((np.asarray(point) + 0.5) * SUBPIXELS - 0.5).astype(int)
    half = round(side * SUBPIXELS) // 2
    low, high = np.maximum(centre - half, 0), centre + half + 1
    return edges[low[1] : high[1], low[0] : high[0]]


def _correlate(
    edges: np.ndarray,
    other: np.ndarray,
    point: np.ndarray,
    side: float,
    reach: float,
) -> np.ndarray:
    """Normalised cross-correlation for all shifts up to the reach."""
    return cv2.matchTemplate(
        _cut(other, point, side + 2 * reach),
        _cut(edges, point, side),
        cv2.TM_CCOEFF_NORMED,
    )


def patch_texture(
    edges: np.ndarray, points: np.ndarray, side: float, reach: float
) -> list[str]:
    """Whether a displacement can be measured at points.

    Args:
        edges (np.ndarray): Of :func:`edge_strength`.
        points (np.ndarray): (K, 2), pixels.
        side (float): Side of the patches in pixels.
        reach (float): Largest displacement in pixels.

    Returns:
        list[str]: ``'textured'``, ``'flat'``, ``'straight'`` (an edge that
        can slide along itself) or ``'border'`` (the patch does not lie in
        the image with all its displacements).
    """
    whole = 2 * (round((side + 2 * reach) * SUBPIXELS) // 2) + 1
    beside = np.ones((2 * round(reach * SUBPIXELS) + 1,) * 2, bool)
    middle = round(reach * SUBPIXELS)
    near = slice(middle - 2 * SUBPIXELS + 1, middle + 2 * SUBPIXELS)
    beside[near, near] = False
    result = []
    for point in points:
        if _cut(edges, point, side + 2 * reach).shape != (whole, whole):
            result.append('border')
        elif _cut(edges, point, side).std() < FLAT:
            result.append('flat')
        else:
            itself = _correlate(edges, edges, point, side, reach)
            straight = itself[beside].max() > STRAIGHT
            result.append('straight' if straight else 'textured')
    return result


def edge_displacement(
    edges: np.ndarray,
    stylised: np.ndarray,
    points: np.ndarray,
    side: float,
    reach: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Shift of the edges around points that correlates best.

    Args:
        edges (np.ndarray): Of the original, by :func:`edge_strength`.
        stylised (np.ndarray): Of the stylised image.
        points (np.ndarray): (K, 2), where :func:`patch_texture` says
            ``'textured'``.
        side (float): Side of the patches in pixels.
        reach (float): Largest displacement in pixels, along x and y.

    Returns:
        tuple: Shifts (K, 2) in pixels and their correlations (K,).
    """
    shifts, heights = np.zeros((len(points), 2)), np.zeros(len(points))
    for k, point in enumerate(points):
        surface = _correlate(edges, stylised, point, side, reach)
        _, heights[k], _, peak = cv2.minMaxLoc(surface)
        middle = (np.array(surface.shape[::-1]) - 1) / 2
        shifts[k] = (peak - middle) / SUBPIXELS
    return shifts, heights


def summarize_displacement(
    shifts: np.ndarray, correlations: np.ndarray
) -> dict[str, float]:
    """Statistics of the displacements of many points.

    Args:
        shifts (np.ndarray): (N, 2), pixels.
        correlations (np.ndarray): (N,).

    Returns:
        dict: Of the lengths ``median``, ``p90``, ``p95`` in pixels and
        ``within_1px`` per one; ``mean_x`` and ``mean_y``, which are not 0 if
        whole images are shifted; ``correlation``, its median, and ``weak``,
        the share below 0.5, where edges have changed so much that the shift
        says little.
    """
    if len(shifts) == 0:
        raise ValueError(
            'No patch at a joint has texture, so no displacement can be '
            'measured; take more images or larger patches'
        )
    lengths = np.hypot(*shifts.T)
    return dict(
        median=float(np.median(lengths)),
        p90=float(np.percentile(lengths, 90)),
        p95=float(np.percentile(lengths, 95)),
        within_1px=float((lengths <= 1).mean()),
        mean_x=float(shifts[:, 0].mean()),
        mean_y=float(shifts[:, 1].mean()),
        correlation=float(np.median(correlations)),
        weak=float((correlations < 0.5).mean()),
    )
