# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Values with intervals, side by side or along an option."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Bar = tuple[float, float, float]  # value, lower and upper end
Point = tuple[float, float, float, float]  # its place, then as a bar


def plot_intervals(
    titles: Sequence[str],
    panels: Mapping[str, Sequence[Bar | None]],
    path: str | Path,
    zero: Sequence[str] = (),
) -> None:
    """Draw one panel beside the other, rows from top to bottom.

    Args:
        titles: Of the rows.
        panels: {title: value and interval of each row, None for a gap}.
        path: Picture to write.
        zero: Panels with a line at 0, i.e. of differences.
    """
    size = (2.5 + 3 * len(panels), 1 + 0.32 * len(titles))
    figure = Figure(size, layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (title, bars) in zip(axes, panels.items(), strict=True):
        axis.set_title(title, fontsize=10)
        if title in zero:
            axis.axvline(0, color='0.6', linewidth=1)
        for place, bar in enumerate(bars):
            if bar is None:
                continue
            value, low, high = bar
            # an interval of percentiles need not contain the value
            axis.plot([low, high], [place, place], color='C0', linewidth=1.5)
            axis.plot(value, place, 'o', color='C0', markersize=5)
        axis.grid(axis='x', alpha=0.3)
    axes[0].set_yticks(range(len(titles)), titles)
    axes[0].set_ylim(len(titles) - 0.5, -0.5)
    figure.savefig(path, dpi=120)


def plot_sensitivity(
    curves: Mapping[str, Mapping[str, Sequence[Point]]],
    path: str | Path,
) -> None:
    """Draw one panel an option, values over a logarithmic axis.

    Args:
        curves: {option: {title of the curve: (option's value, value, lower
            and upper end) of each point}}; ends may be NaN.
        path: Picture to write.
    """
    figure = Figure((3.6 * len(curves), 3.4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axis, (option, lines) in zip(axes, curves.items(), strict=True):
        for number, (title, points) in enumerate(lines.items()):
            x, y, low, high = zip(*points, strict=True)
            colour = f'C{number}'
            axis.plot(x, y, 'o-', color=colour, markersize=4, label=title)
            axis.vlines(x, low, high, color=colour, alpha=0.6)
        axis.set_xscale('log')
        axis.set_xlabel(option, fontsize=9)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel('PCK, per cent')
    handles, titles = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, titles, loc='outside upper center', ncols=len(titles)
    )
    figure.savefig(path, dpi=120)
