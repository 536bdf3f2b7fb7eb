# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The course of runs in one figure."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .run_scalars import Curves

COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')


class Line(NamedTuple):
    """One curve and how it is drawn."""

    label: str
    curve: dict[int, float]
    colour: int = 0
    style: str = '-'


class Panel(NamedTuple):
    """One kind of values."""

    title: str
    pick: Callable[[Curves], list[Line]]
    log: bool = False
    level: float | None = None


def _terms(curves: Curves) -> list[str]:
    """Loss terms in the order of their first value, for the colours."""
    names = (re.fullmatch(r'loss_(\w+)|grad_norm/(\w+).*', n) for n in curves)
    return list(dict.fromkeys(n[1] or n[2] for n in names if n))


def losses(curves: Curves) -> list[Line]:
    """Magnitudes, as the information maximisation is negative."""
    lines = []
    for colour, term in enumerate(_terms(curves)):
        curve = curves.get(f'loss_{term}', {})
        negative = any(value < 0 for value in curve.values())
        label = f'|{term}|' if negative else term
        size = {step: abs(value) for step, value in curve.items()}
        lines.append(Line(label, size, colour))
    return lines


def gradient_norms(curves: Curves) -> list[Line]:
    """By the student solid, by other parts dashed."""
    lines = []
    for colour, term in enumerate(_terms(curves)):
        start = f'grad_norm/{term}'
        for name, curve in curves.items():
            if name == start:
                lines.append(Line(term, curve, colour))
            elif name.startswith(f'{start}/'):
                label = name.removeprefix('grad_norm/')
                lines.append(Line(label, curve, colour, '--'))
    return lines


def pseudo_labels(curves: Curves) -> list[Line]:
    """Precision of kept ones solid, of dropped ones dotted."""
    lines = []
    for name, label, style in (
        ('pseudo_kept', 'kept', '-'),
        ('pseudo_confidence', 'mean confidence', '--'),
        ('pseudo_agreement', 'student agrees', '-.'),
    ):
        percent = {s: 100 * v for s, v in curves.get(name, {}).items()}
        lines.append(Line(label, percent, 0, style))
    pattern = r'teacher/pseudo/precision_(kept|dropped)@(.+)'
    found = [m for m in (re.fullmatch(pattern, n) for n in curves) if m]
    limits = list(dict.fromkeys(match[2] for match in found))
    for match in found:
        style = '-' if match[1] == 'kept' else ':'
        label = f'right within {match[2]}, {match[1]}'
        colour = 1 + limits.index(match[2])
        lines.append(Line(label, curves[match[0]], colour, style))
    return lines


def discriminator(curves: Curves) -> list[Line]:
    """Accuracy of the domain head, in all and by domain."""
    return [
        Line('both domains', curves.get('acc_domain', {}), 0),
        Line('source', curves.get('acc_domain_source', {}), 1, ':'),
        Line('target', curves.get('acc_domain_target', {}), 2, ':'),
    ]


def validation(curves: Curves) -> list[Line]:
    """Means over all joints; the student dashed."""
    pattern = r'(?:(teacher|student)/([^/]+)|()(PCK@[^/]+))'
    found = [m for m in (re.fullmatch(pattern, n) for n in curves) if m]
    metrics = list(dict.fromkeys(m[2] or m[4] for m in found))
    return [
        Line(
            match[0].replace('/', ', '),
            curves[match[0]],
            metrics.index(match[2] or match[4]),
            '--' if match[1] == 'student' else '-',
        )
        for match in found
    ]


PANELS = (
    Panel('losses, weighted', losses, log=True),
    Panel('gradient norms', gradient_norms, log=True),
    Panel('pseudo-labels, %', pseudo_labels),
    Panel('accuracy of the domain head, %', discriminator, level=50),
    Panel('validation', validation),
)


def run_figure(
    runs: Mapping[str, Curves], switches: Mapping[str, int | None]
) -> Figure:
    """Draw one column a run and one row a kind of values.

    Rows share their axis, so that runs compare. A row without any value is
    left out.

    Args:
        runs: {title: see :func:`read_curves`}.
        switches: {title: step after which the adaptation began}; drawn as a
            dashed vertical line unless it is 0 or None.

    Returns:
        Figure: To be saved by ``savefig``.

    Raises:
        ValueError: If no run has any value that is drawn.
    """
    rows = []
    for panel in PANELS:
        lines = {name: _filled(panel, run) for name, run in runs.items()}
        if any(lines.values()):
            rows.append((panel, lines))
    if not rows:
        raise ValueError(
            f'{", ".join(runs)}: nothing to draw, neither losses nor metrics'
        )
    figure = Figure(
        (6.4 * len(runs) + 1, 2.6 * len(rows) + 0.6), layout='constrained'
    )
    grid = figure.subplots(
        len(rows), len(runs), sharex=True, sharey='row', squeeze=False
    )
    for (panel, lines), axes_row in zip(rows, grid, strict=True):
        for name, axes in zip(runs, axes_row, strict=True):
            _draw(axes, panel, lines[name], switches.get(name))
        axes_row[0].set_ylabel(panel.title)
    for name, top, bottom in zip(runs, grid[0], grid[-1], strict=True):
        top.set_title(name)
        bottom.set_xlabel('step')
    return figure


def panel_figures(curves: Curves, switch: int | None) -> dict[str, Figure]:
    """The same, one small figure a kind of values; empty ones are left out.

    Args:
        curves: See :func:`read_curves`.
        switch: See :func:`run_figure`.

    Returns:
        dict: {title: figure}.
    """
    figures = {}
    for panel in PANELS:
        lines = _filled(panel, curves)
        if lines:
            figure = Figure((5.2, 3.6), layout='constrained')
            axes = figure.subplots()
            _draw(axes, panel, lines, switch)
            axes.set_xlabel('step')
            axes.set_ylabel(panel.title)
            axes.legend(
                fontsize=8,
                frameon=False,
                ncols=2,
                loc='lower center',
                bbox_to_anchor=(0.5, 1),
            )
            figures[panel.title] = figure
    return figures


def _filled(panel: Panel, curves: Curves) -> list[Line]:
    return [line for line in panel.pick(curves) if line.curve]


def _draw(
    axes: Axes, panel: Panel, lines: list[Line], switch: int | None
) -> None:
    if panel.log:
        axes.set_yscale('log')
    for line in lines:
        mark = '.' if line.style == '-' else 'x'
        axes.plot(
            list(line.curve),
            list(line.curve.values()),
            line.style,
            color=COLOURS[line.colour % len(COLOURS)],
            label=line.label,
            marker=mark if len(line.curve) < 40 else None,
            markersize=5,
            linewidth=1.4,
        )
    if panel.level is not None:
        axes.axhline(panel.level, color='0.6', linewidth=0.8)
    if switch:
        axes.axvline(switch, color='0.3', linestyle='--', linewidth=0.9)
    axes.grid(alpha=0.25)
    axes.spines[['top', 'right']].set_visible(False)
    if lines:
        axes.legend(
            fontsize=7, frameon=False, loc='upper left', bbox_to_anchor=(1, 1)
        )
