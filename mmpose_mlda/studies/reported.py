# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""PCK that others report, beside that of a study's own runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmpose_mlda.apis.launch import OptionError

from .table import Cell, Column, column_name


def reported_columns(
    values: Mapping[str, Any], place: str = ''
) -> dict[Column, float]:
    """The values of a row by part of the test set and group of joints.

    Args:
        values: ``{group: per cent}``, or ``{part: {group: per cent}}``.
        place: Where they stand, for messages.

    Raises:
        OptionError: If a value is not in [0, 100].
    """
    columns = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            columns |= {(name, group): v for group, v in value.items()}
        else:
            columns['', name] = value
    for column, value in columns.items():
        if not isinstance(value, int | float) or not 0 <= value <= 100:
            raise OptionError(
                f'{place}: reported {column_name(column)} is {value!r}, but '
                'must be PCK in per cent, 0 to 100'
            )
    return columns


def has_reported(study: Mapping[str, Any]) -> bool:
    """Whether any row of a study has reported values."""
    return any('reported' in row for row in study['rows'].values())


def with_reported(
    cells: Sequence[Cell],
    study: Mapping[str, Any],
    network: str,
    thresholds: Sequence[float],
) -> list[Cell]:
    """Write reported values into cells, and add the rows without results.

    Args:
        cells: Of :class:`~mmpose_mlda.studies.table.TableMaker`; there may be
            none.
        study: Of :func:`~mmpose_mlda.studies.study.load_study`.
        network: The one that was asked for.
        thresholds: Those of the table. Without the study's
            ``reported_threshold`` among them nothing changes.

    Returns:
        list[Cell]: In the order of the study.

    Raises:
        OptionError: If a group is not one of the results.
    """
    threshold = study.get('reported_threshold')
    if threshold not in thresholds or not has_reported(study):
        return list(cells)
    known = {cell.column for cell in cells}
    found = list(cells)
    for name, row in study['rows'].items():
        columns = reported_columns(row.get('reported', {}))
        if known and (unknown := columns.keys() - known):
            raise OptionError(
                f'{study["name"]}: row {name} reports '
                f'{sorted(map(column_name, unknown))}, but the results have '
                f'{sorted(map(column_name, known))}'
            )
        own = [c for c in cells if c.row == name]
        if not own:
            own = _cells_without_results(
                name, row['title'], network, threshold, columns
            )
            found += own
        for cell in own:
            if cell.threshold == threshold:
                cell.reported = columns.get(cell.column, np.nan)
    order = list(study['rows'])
    return sorted(found, key=lambda cell: order.index(cell.row))


def _cells_without_results(
    row: str,
    title: str,
    network: str,
    threshold: float,
    columns: Mapping[Column, float],
) -> list[Cell]:
    parts = dict.fromkeys(part for part, _ in columns)
    groups = dict.fromkeys(['All', *(group for _, group in columns)])
    return [
        Cell(row, title, network, threshold, group, part=part)
        for part in parts
        for group in groups
        if group == 'All' or (part, group) in columns
    ]
