# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One image in several styles and strengths, and what they do to edges."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .drawing import draw_pose, enlarge, picture_table


def style_sheet(
    content: np.ndarray,
    style: np.ndarray,
    stylised: Mapping[str, Sequence[np.ndarray]],
    alphas: Sequence[float],
    points: np.ndarray,
    shown: np.ndarray,
    meta: dict,
    side: int = 224,
) -> np.ndarray:
    """A row a style, a column a strength, after content and style.

    Args:
        content: (H, W, 3), uint8 RGB.
        style: (H', W', 3), drawn without labels.
        stylised: {name of the style: one image a strength, as the content}.
        alphas: The strengths.
        points: (K, 2), labels in pixels of the content.
        shown: (K,), whether a joint is labelled.
        meta: Metainfo of the data set.
        side: Longer side of each picture in pixels.

    Returns:
        np.ndarray: (H'', W'', 3), uint8 RGB.
    """

    def labelled(image: np.ndarray) -> np.ndarray:
        image, scale = enlarge(image, side)
        # from pixel centre to pixel centre
        return draw_pose(image, (points + 0.5) * scale - 0.5, meta, shown)

    first = [labelled(content), enlarge(style, side)[0]]
    return picture_table(
        [[*first, *map(labelled, row)] for row in stylised.values()],
        ['content', 'style', *(f'alpha {alpha:g}' for alpha in alphas)],
        row_titles=list(stylised),
    )


def displacement_figure(
    lengths: Mapping[str, Mapping[float, np.ndarray]], reach: float
) -> Figure:
    """Distribution of how far edges at joints move.

    Args:
        lengths: {style: {strength: lengths of all displacements, pixels}}.
        reach: Right end of the axis in pixels.

    Returns:
        Figure: A panel a style, a line a strength.
    """
    figure = Figure(figsize=(3.4 * len(lengths), 3.2), layout='constrained')
    panels = figure.subplots(1, len(lengths), sharey=True, squeeze=False)[0]
    for panel, (name, rows) in zip(panels, lengths.items(), strict=True):
        for place, (alpha, values) in enumerate(rows.items()):
            # from light to dark
            colour = str(0.8 * (1 - (place + 1) / len(rows)))
            panel.ecdf(values, label=f'alpha {alpha:g}', color=colour)
        panel.axvline(1, color='tab:red', linewidth=0.8)
        panel.set(title=name, xlabel='displacement in px', xlim=(0, reach))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel('share of joints')
    panels[-1].legend(loc='lower right')
    return figure
