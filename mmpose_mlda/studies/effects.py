# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the options do that are not the same in all rows of a study."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.evaluation.bootstrap import percentile_interval

from .table import TableMaker

Levels = Mapping[str, Any]  # value of an option in each row


@dataclass
class Effect:
    """Mean PCK of the rows with one value less that with the other."""

    option: str
    before: Any
    after: Any
    threshold: float
    difference: float  # per cent
    low: float  # ends of its interval
    high: float


def varied_options(results: Sequence[Mapping]) -> dict[str, Levels]:
    """Options that every row sets, but not all of them alike.

    Args:
        results: Of :func:`~mmpose_mlda.studies.table.read_results`.

    Returns:
        dict: {option: {row: value}}.
    """
    rows = {result['row']: result['options'] for result in results}
    shared = set.intersection(*(set(options) for options in rows.values()))
    levels = {
        option: {row: options[option] for row, options in rows.items()}
        for option in next(iter(rows.values()))
        if option in shared
    }
    return {
        option: values
        for option, values in levels.items()
        if len(_distinct(values.values())) > 1
    }


def main_effect(
    maker: TableMaker, option: str, levels: Levels, threshold: float
) -> Effect:
    """Effect of an option of two values, averaged over all the others.

    In a design where each value of an option meets every value of each other
    option equally often, the others cancel.

    Args:
        maker: Of the rows.
        option: Name.
        levels: {row: value}; the value of the first row is ``before``.
        threshold: Of PCK, over all joints.

    Raises:
        OptionError: If the option has more values, or the rows share no
            seed.
    """
    values = _distinct(levels.values())
    if len(values) != 2:
        raise OptionError(f'{option} has the values {values}, not two')
    seeds = set.intersection(*(set(maker.rows[r].errors) for r in levels))
    if not seeds:
        raise OptionError('There is no seed that all rows have')
    samples = {
        row: maker.sample(maker.rows[row], sorted(seeds), threshold)
        for row in levels
    }
    before, after = (
        [sample for row, sample in samples.items() if levels[row] == value]
        for value in values
    )
    gain, resamples = (
        np.mean([sample[part] for sample in after], axis=0)
        - np.mean([sample[part] for sample in before], axis=0)
        for part in (0, 1)
    )
    low, high = percentile_interval(resamples)
    return Effect(option, *values, threshold, gain.mean(), low, high)


def one_at_a_time(
    options: Mapping[str, Levels], base: str
) -> dict[str, list[str]]:
    """Rows that differ from a base row in one option alone.

    Args:
        options: Of :func:`varied_options`.
        base: Name of the row.

    Returns:
        dict: {option: rows with the base among them, by the value}, of the
        options that are numbers.
    """
    curves = {}
    for option, levels in options.items():
        others = [values for name, values in options.items() if name != option]
        rows = [
            row
            for row in levels
            if all(values[row] == values[base] for values in others)
        ]
        if len(rows) > 1 and all(_is_number(levels[row]) for row in rows):
            curves[option] = sorted(rows, key=levels.get)
    return curves


def _distinct(values: Iterable[Any]) -> list[Any]:
    found = []
    for value in values:  # lists among them cannot be put in a set
        if value not in found:
            found.append(value)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
