# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Matrices of views, drawn, and applied to one point."""

import numpy as np

from mmpose_mlda.functional.geometry import view_matrix


def apply(matrix, x, y):
    """One point, by the definition of a 3x3 matrix."""
    a = np.asarray(matrix, dtype=np.float64)
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in a)
    return u / w, v / w


def random_view(rng, size, mirror=False, shift=0.2):
    """Canonical input pixels -> pixels of an augmented view."""
    return view_matrix(
        size,
        rotation=rng.uniform(-60, 60),
        shear=rng.uniform(-30, 30),
        scale=rng.uniform(0.6, 1.3),
        translation=[rng.uniform(-shift, shift) * side for side in size],
        mirror=mirror,
    )
