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
    """PCK by group, and the difference to a baseline.

    A table a threshold and part of the images; where there are reported
    values, they stand behind those of their group.

    Args:
        cells: Of :class:`TableMaker`.
        baseline: Title of the row that is compared with.
        network: The one that was asked for; rows of the other say so.
    """
    return '\n\n'.join(
        _section(
            [c for c in cells if (c.threshold, c.part) == table],
            baseline,
            network,
        )
        for table in dict.fromkeys((c.threshold, c.part) for c in cells)
    )


def summary(cells: Sequence[Cell], baseline: str | None, network: str) -> str:
    """One table for all thresholds: PCK of all joints, and the difference.

    One for all images, and one for each part of them.

    Args:
        cells: See :func:`markdown`.
        baseline: See :func:`markdown`.
        network: See :func:`markdown`.
    """
    tables = []
    for part in dict.fromkeys(c.part for c in cells):
        mine = [c for c in cells if (c.part, c.group) == (part, 'All')]
        table = _summary(mine, baseline, network)
        tables.append(f'{part}\n\n{table}' if part else table)
    return '\n\n'.join(tables)


def _summary(cells: list[Cell], baseline: str | None, network: str) -> str:
    thresholds = list(dict.fromkeys(c.threshold for c in cells))
    known = {c.threshold for c in cells if c.is_reported}
    head = [f'against {baseline}' if baseline else '', 'seeds']
    for threshold in thresholds:
        head += [f'PCK@{threshold:g}']
        head += ['reported'] if threshold in known else []
        head += ['difference [95 %]']
    lines = [head]
    for row in dict.fromkeys(c.row for c in cells):
        mine = {c.threshold: c for c in cells if c.row == row}
        first = next(iter(mine.values()))
        line = [_title(first, network), str(len(first.seeds))]
        for threshold in thresholds:
            cell = mine.get(threshold, Cell(row, '', '', threshold, 'All'))
            line += [spread(cell)]
            line += [reported(cell)] if threshold in known else []
            line += [gain(cell)]
        lines.append(line)
    return _table(lines)


def _table(lines: list[list[str]], labels: int = 1) -> str:
    """Lines of Markdown, numbers to the right."""
    width = len(lines[0])
    rule = ['---'] * labels + ['---:'] * (width - labels)
    return '\n'.join(
        f'| {" | ".join(line)} |' for line in [lines[0], rule, *lines[1:]]
    )


def _title(cell: Cell, network: str) -> str:
    if cell.network == network:
        return cell.title
    return f'{cell.title} ({cell.network})'


def _section(cells: list[Cell], baseline: str | None, network: str) -> str:
    groups = list(dict.fromkeys(c.group for c in cells if c.group != 'All'))
    groups.append('All')
    known = {c.group for c in cells if c.is_reported}
    head = ['', 'seeds']
    for group in groups:
        head += [group, 'reported'] if group in known else [group]
    if baseline:
        head += [f'All, against {baseline} [95 %]']
    lines = [head]
    for row in dict.fromkeys(c.row for c in cells):
        mine = {c.group: c for c in cells if c.row == row}
        total = mine['All']
        line = [_title(total, network), str(len(total.seeds))]
        for group in groups:
            cell = mine.get(group, Cell(row, '', '', 0.0, group))
            line += [spread(cell)]
            line += [reported(cell)] if group in known else []
        if baseline:
            line += [gain(total)]
        lines.append(line)
    first = cells[0]
    title = f'PCK@{first.threshold:g}{first.part and ", "}{first.part}'
    return f'{title}, per cent\n\n{_table(lines)}'


def spread(cell: Cell) -> str:
    """Mean and standard deviation over seeds."""
    if np.isnan(cell.mean):
        return '-'
    if np.isnan(cell.std):
        return f'{cell.mean:.1f}'
    return f'{cell.mean:.1f} ± {cell.std:.1f}'


def reported(cell: Cell) -> str:
    """The value of others."""
    return f'{cell.reported:.1f}' if cell.is_reported else '-'


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
    lines = [head]
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
    return _table(lines, labels=3)


def _interval(difference: float, low: float, high: float) -> str:
    text = f'{difference:+.1f} [{low:+.1f}, {high:+.1f}]'
    return text if low > 0 or high < 0 else f'none ({text})'


def to_csv(cells: Sequence[Cell]) -> str:
    """All numbers, one line a cell; empty where there is none."""
    unused = set()  # columns of few studies
    if not any(c.part for c in cells):
        unused.add('part')
    if not any(c.is_reported for c in cells):
        unused.add('reported')
    text = io.StringIO()
    names = [k for k in asdict(cells[0]) if k not in unused]
    writer = csv.DictWriter(
        text, names, extrasaction='ignore', lineterminator='\n'
    )
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
