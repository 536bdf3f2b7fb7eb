# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Content, style and what a style network makes of them, as one picture."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from .drawing import enlarge, picture_table, to_images


def style_panel(
    columns: Mapping[str, Tensor],
    mean: Tensor | float,
    std: Tensor | float,
    title: str = '',
    side: int = 192,
) -> np.ndarray:
    """One row a sample, one column a batch of images.

    Args:
        columns: {title: (B, 3, H, W)}, normalised RGB; all of one size.
        mean: Mean of the normalisation, (3, 1, 1).
        std: Standard deviation of the normalisation.
        title: Above all columns.
        side: Longer side of the pictures in pixels.

    Returns:
        np.ndarray: (H', W', 3), uint8 RGB.
    """
    batches = [to_images(batch, mean, std) for batch in columns.values()]
    rows = [
        [enlarge(image, side)[0] for image in row]
        for row in zip(*batches, strict=True)
    ]
    return picture_table(rows, list(columns), title)
