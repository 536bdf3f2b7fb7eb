# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Errors of single joints as small text, from which PCK follows exactly.

S seeds, N images, K keypoints.
"""

from collections.abc import Sequence

import numpy as np

UNITS = 1000  # errors are counted in thousandths of PCK's side
UNSCORED = -1


def encode_errors(distance: np.ndarray, scored: np.ndarray) -> list[str]:
    """Distances as integers, one line of text an image.

    They are rounded down, so that ``distance < thr`` is ``error < 1000 thr``
    for every threshold that is a multiple of 0.001.

    Args:
        distance (np.ndarray): (N, K), in units of the side.
        scored (np.ndarray): (N, K) bool.

    Returns:
        list[str]: N lines of K integers, -1 where not scored.
    """
    errors = np.floor(distance * UNITS)
    # where the product was rounded over a whole number
    errors -= errors / UNITS > distance
    errors += (errors + 1) / UNITS <= distance
    errors = np.where(scored, errors, UNSCORED).astype(int)
    return [' '.join(map(str, row)) for row in errors]


def decode_errors(lines: Sequence[str]) -> np.ndarray:
    """The inverse of :func:`encode_errors`: (N, K), int64."""
    return np.array([line.split() for line in lines], dtype=np.int64)


def correct_and_scored(
    errors: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which joints are correct, and which are scored.

    Args:
        errors (np.ndarray): (..., N, K), of :func:`decode_errors`.
        threshold (float): In units of the side, a multiple of 0.001.

    Returns:
        tuple[np.ndarray, np.ndarray]: Two masks of that shape.

    Raises:
        ValueError: If the threshold is finer than the errors.
    """
    limit = round(threshold * UNITS)
    if limit < 1 or abs(limit - threshold * UNITS) > 1e-6:
        raise ValueError(
            f'The threshold {threshold} is no multiple of {1 / UNITS}, the '
            'unit in which errors are stored'
        )
    scored = errors >= 0
    return scored & (errors < limit), scored
