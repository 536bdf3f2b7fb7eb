# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Figures of a report, small enough to be read on a telephone.

N images, K keypoints.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from .drawing import draw_pose, enlarge
from .run_figure import COLOURS

_SIZE = (5.2, 3.6)
_SIDE = 200  # pixels of a pose
Bins = tuple[np.ndarray, np.ndarray, np.ndarray]


def accuracy_figure(rows: Mapping[str, Mapping[str, float]]) -> Figure:
    """Bars of networks, in groups.

    Args:
        rows: {network: {group: per cent}}; a group that is missing is a gap.
    """
    groups = list(dict.fromkeys(g for row in rows.values() for g in row))
    figure, axes = _figure((_SIZE[0], 1.4 + 0.3 * len(rows) * len(groups)))
    height = 0.8 / len(rows)
    for number, (name, row) in enumerate(rows.items()):
        places = np.arange(len(groups)) + (number + 0.5) * height - 0.4
        values = [row.get(group, np.nan) for group in groups]
        colour = COLOURS[number % len(COLOURS)]
        bars = axes.barh(places, values, height, color=colour, label=name)
        texts = ['' if v != v else f'{v:.1f}' for v in values]
        axes.bar_label(bars, texts, padding=2, fontsize=8)
    axes.set_yticks(range(len(groups)), groups)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel('per cent')
    axes.grid(axis='y', visible=False)
    _legend(axes, len(rows))
    return figure


def reliability_figure(bins: Bins, threshold: float | None = None) -> Figure:
    """Share of correct predictions by confidence, and how many they are.

    Args:
        bins: Counts, mean confidences and shares, (n,) each.
        threshold: Confidence above which the mask keeps predictions.
    """
    counts, confidence, correct = bins
    figure = Figure(_SIZE, layout='constrained')
    axes, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    axes.plot([0, 1], [0, 1], color='0.6', linewidth=1, label='calibrated')
    full = counts > 0
    axes.plot(
        confidence[full], correct[full], 'o-', color=COLOURS[0], label='found'
    )
    edges = np.linspace(0, 1, len(counts) + 1)
    below.bar(
        edges[:-1], counts, 1 / len(counts), align='edge', color=COLOURS[0]
    )
    for panel in (axes, below):
        _plain(panel)
        if threshold is not None and 0 <= threshold <= 1:
            label = 'threshold' if panel is axes else None
            panel.axvline(
                threshold, color=COLOURS[1], linestyle='--', label=label
            )
    axes.set_ylabel('correct')
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_ylim(0, 1)
    below.set_ylabel('keypoints')
    below.set_xlabel('confidence')
    below.set_xlim(0, 1)
    _legend(axes, 3)
    return figure


def embedding_figure(
    source: np.ndarray, target: np.ndarray, names: tuple[str, str]
) -> Figure:
    """Features of both domains as points.

    Args:
        source: (N, 2).
        target: (M, 2).
        names: Of the axes.
    """
    figure, axes = _figure((_SIZE[0], 4.4))
    for number, (name, points) in enumerate(
        (('source', source), ('target', target))
    ):
        # another shape too, for those who do not tell the colours
        axes.scatter(
            *points.T,
            s=14,
            marker='o^'[number],
            color=COLOURS[number],
            alpha=0.55,
            linewidths=0,
            label=name,
        )
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    axes.set_xticks([])
    axes.set_yticks([])
    _legend(axes, 2)
    return figure


def pose_pair(
    image: np.ndarray,
    poses: Sequence[np.ndarray],
    meta: dict,
    shown: Sequence[np.ndarray | None],
) -> np.ndarray:
    """An image once for each of several poses, beside each other.

    Args:
        image: (H, W, 3), uint8 RGB.
        poses: (K, 2) each, pixels of the image.
        meta: Keypoint table, see :func:`draw_pose`.
        shown: (K,) bool each, joints to draw, or None for all.

    Returns:
        np.ndarray: (h, w, 3), uint8 RGB.
    """
    picture, scale = enlarge(image, _SIDE)
    gap = np.full((len(picture), 4, 3), 255, np.uint8)
    parts = []
    for pose, mask in zip(poses, shown, strict=True):
        pixels = (pose + 0.5) * scale - 0.5
        parts += [gap, draw_pose(picture, pixels, meta, shown=mask)]
    return np.hstack(parts[1:])


def _figure(size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(size, layout='constrained')
    axes = figure.subplots()
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(
        fontsize=8,
        frameon=False,
        markerscale=1.6,
        ncols=columns,
        loc='lower center',
        bbox_to_anchor=(0.5, 1),
    )
