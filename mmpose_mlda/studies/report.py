# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A study's table as Markdown and CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from .effects import Effect
from .table import Cell


def markdown(cells: Sequence[Cell], baseline: str | None, network: str) -> str:
    """A table a threshold: PCK by group, and the difference to a baseline.

    Args:
        cells: Of :class:`TableMaker`.
        baseline: Title of the row that is compared with.
        network: The one that was asked for; rows of the other say so.
    """
    return '\n\n'.join(
        _section([c for c in cells if c.threshold == t], baseline, network)
        for t in dict.fromkeys(c.threshold for c in cells)
    )


def summary(cells: Sequence[Cell], baseline: str, network: str) -> str:
    """One table for all thresholds: PCK of all joints, and the difference.

    Args:
        cells: See :func:`markdown`.
        baseline: See :func:`markdown`.
        network: See :func:`markdown`.
    """
    cells = [c for c in cells if c.group == 'All']
    thresholds = list(dict.fromkeys(c.threshold for c in cells))
    head = [f'against {baseline}', 'seeds']
    for threshold in thresholds:
        head += [f'PCK@{threshold:g}', 'difference [95 %]']
    lines = [head, ['---', *['---:'] * (len(head) - 1)]]
    for row in dict.fromkeys(c.row for c in cells):
        mine = {c.threshold: c for c in cells if c.row == row}
        line = [_title(mine[thresholds[0]], network)]
        line += [str(len(mine[thresholds[0]].seeds))]
        for threshold in thresholds:
            line += [spread(mine[threshold]), gain(mine[threshold])]
        lines.append(line)
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _title(cell: Cell, network: str) -> str:
    if cell.network == network:
        return cell.title
    return f'{cell.title} ({cell.network})'


def _section(cells: list[Cell], baseline: str | None, network: str) -> str:
    groups = list(dict.fromkeys(c.group for c in cells if c.group != 'All'))
    head = ['', 'seeds', *groups, 'All']
    if baseline:
        head += [f'All, against {baseline} [95 %]']
    lines = [head, ['---', *['---:'] * (len(head) - 1)]]
    for row in dict.fromkeys(c.row for c in cells):
        mine = {c.group: c for c in cells if c.row == row}
        total = mine['All']
        line = [_title(total, network), str(len(total.seeds))]
        line += [spread(mine[g]) if g in mine else '-' for g in groups]
        line += [spread(total)]
        if baseline:
            line += [gain(total)]
        lines.append(line)
    body = '\n'.join(f'| {" | ".join(line)} |' for line in lines)
    return f'PCK@{cells[0].threshold:g}, per cent\n\n{body}'


def spread(cell: Cell) -> str:
    """Mean and standard deviation over seeds."""
    if np.isnan(cell.mean):
        return '-'
    if np.isnan(cell.std):
        return f'{cell.mean:.1f}'
    return f'{cell.mean:.1f} ± {cell.std:.1f}'


def gain(cell: Cell) -> str:
    """The difference and its interval; "none" if that contains 0."""
    if not cell.compared:
        return '-'
    text = _interval(
        cell.difference, cell.difference_low, cell.difference_high
    )
    if len(cell.common) < len(cell.seeds):
        text += f', {len(cell.common)} seeds'
    return text


def effects_markdown(effects: Sequence[Effect]) -> str:
    """One row an option, one column a threshold."""
    thresholds = list(dict.fromkeys(e.threshold for e in effects))
    head = ['option', 'from', 'to', *(f'PCK@{t:g} [95 %]' for t in thresholds)]
    lines = [head, ['---', '---', '---', *['---:'] * len(thresholds)]]
    for option in dict.fromkeys(e.option for e in effects):
        mine = {e.threshold: e for e in effects if e.option == option}
        first = next(iter(mine.values()))
        lines.append(
            [f'`{option}`', f'`{first.before!r}`', f'`{first.after!r}`']
            + [
                _interval(mine[t].difference, mine[t].low, mine[t].high)
                for t in thresholds
            ]
        )
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _interval(difference: float, low: float, high: float) -> str:
    text = f'{difference:+.1f} [{low:+.1f}, {high:+.1f}]'
    return text if low > 0 or high < 0 else f'none ({text})'


def to_csv(cells: Sequence[Cell]) -> str:
    """All numbers, one line a cell; empty where there is none."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(asdict(cells[0])), lineterminator='\n')
    writer.writeheader()
    for cell in cells:
        writer.writerow({k: _entry(v) for k, v in asdict(cell).items()})
    return text.getvalue()


def _entry(value) -> str:
    if isinstance(value, list):
        return ' '.join(map(str, value))
    if isinstance(value, float):
        return '' if np.isnan(value) else f'{value:.6g}'
    return str(value)
