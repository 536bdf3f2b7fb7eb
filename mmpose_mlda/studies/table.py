# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From the results of a study to means, spreads and intervals."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.evaluation.bootstrap import (
    Resamples,
    draw_resamples,
    percentile_interval,
    pooled_pck,
    resampled_pck,
)
from mmpose_mlda.evaluation.errors import (
    UNSCORED,
    correct_and_scored,
    decode_errors,
)

Column = tuple[str, str]  # part of the images, '' for all; group of joints


def column_name(column: Column) -> str:
    """As ``PCK`` calls it: ``'All'``, ``'Sld'``, ``'horse'``, ..."""
    part, group = column
    if part and group == 'All':
        return part
    return '/'.join(filter(None, column))


@dataclass
class Row:
    """The finished runs of a row, of one network."""

    name: str
    title: str
    network: str
    errors: dict[int, np.ndarray] = field(default_factory=dict)  # seed: (N, K)
    groups: dict[str, list[int]] = field(default_factory=dict)
    parts: dict[str, np.ndarray] = field(default_factory=dict)  # masks (N,)

    def stack(self, seeds: Iterable[int]) -> np.ndarray:
        """Errors of these seeds, (S, N, K)."""
        return np.stack([self.errors[seed] for seed in seeds])

    def columns(self) -> list[Column]:
        """All groups of all images, then of each part."""
        return [(p, g) for p in ('', *self.parts) for g in self.groups]

    def select(self, errors: np.ndarray, column: Column) -> np.ndarray:
        """Errors (..., N, J) of a column; elsewhere nothing is scored."""
        part, group = column
        errors = errors[..., self.groups[group]]
        if not part:
            return errors
        return np.where(self.parts[part][:, None], errors, UNSCORED)


@dataclass
class Cell:
    """PCK of a row for a threshold and a group, per cent."""

    row: str
    title: str
    network: str
    threshold: float
    group: str
    seeds: list[int] = field(default_factory=list)
    mean: float = np.nan
    std: float = np.nan  # over seeds, with S - 1; NaN of one seed
    low: float = np.nan  # ends of the interval of the mean
    high: float = np.nan
    common: list[int] = field(default_factory=list)  # with the baseline
    difference: float = np.nan
    difference_low: float = np.nan
    difference_high: float = np.nan
    part: str = ''  # of the images
    reported: float = np.nan  # by others

    @property
    def column(self) -> Column:
        """Part and group."""
        return self.part, self.group

    @property
    def is_reported(self) -> bool:
        """Whether others report a value."""
        return not np.isnan(self.reported)

    @property
    def compared(self) -> bool:
        """Whether there is a difference to a baseline."""
        return not np.isnan(self.difference)


def read_results(folder: str | Path) -> list[dict[str, Any]]:
    """All results in a folder.

    Raises:
        OptionError: If one cannot be read.
    """
    results = []
    for path in sorted(Path(folder).glob('*-seed*.json')):
        try:
            results.append(json.loads(path.read_text()))
        except ValueError as error:
            raise OptionError(f'{path} is no result: {error}') from error
    return results


def make_rows(results: Sequence[dict], network: str) -> dict[str, Row]:
    """Collect the seeds of each row.

    Args:
        results: Of :func:`read_results`.
        network: Which one; a row without it is taken with the other one.

    Raises:
        OptionError: If results are of different test sets or disagree with
            the metrics in them.
    """
    rows: dict[str, Row] = {}
    reference = None
    for result in results:
        name, seed, networks = (
            result[key] for key in ('row', 'seed', 'networks')
        )
        used = network if network in networks else next(iter(networks))
        errors = decode_errors(networks[used]['errors'])
        groups = {
            group: [result['joints'].index(joint) for joint in joints]
            for group, joints in result['groups'].items()
        }
        row = rows.setdefault(
            name, Row(name, result['title'], used, groups=groups)
        )
        row.errors[seed] = errors
        row.parts = masks_of_parts(result.get('parts', []))
        _check_metrics(f'{name}-seed{seed}', row, seed, networks[used])
        tested = (errors < 0).tolist(), result.get('parts')
        reference = tested if reference is None else reference
        if tested != reference:
            raise OptionError(
                f'{name}-seed{seed} was tested on other images or labels '
                'than the results before it; collect them apart'
            )
    return rows


def masks_of_parts(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Which images (N,) belong to each part, of their names (N,)."""
    return {
        part: np.array([name == part for name in names])
        for part in dict.fromkeys(names)
    }


def _check_metrics(name: str, row: Row, seed: int, network: dict) -> None:
    columns = {column_name(column): column for column in row.columns()}
    for metric, value in network['metrics'].items():
        threshold, _, column = metric.removeprefix('PCK@').partition('/')
        column = column or 'All'
        if not metric.startswith('PCK@') or column not in columns:
            continue
        errors = row.select(row.stack([seed]), columns[column])
        own = pck(errors, float(threshold))[0]
        if abs(own - value) > 1e-4:
            raise OptionError(
                f'{name}: {metric} is {value}, but {own:.6f} by the errors; '
                'the file has been changed, or its metrics are another PCK'
            )


def pck(errors: np.ndarray, thr: float) -> np.ndarray:
    """PCK of each seed, (S,), per cent, of errors (S, N, J)."""
    return pooled_pck(*correct_and_scored(errors, thr))[0]


class TableMaker:
    """Makes cells; one draw serves all rows with as many seeds.

    Args:
        rows: Of :func:`make_rows`, in the order of the table.
        baseline: The row with which the others are compared, over the seeds
            that both have.
        num_resamples: Of the bootstrap.
    """

    def __init__(
        self,
        rows: dict[str, Row],
        baseline: str | None = None,
        num_resamples: int = 4000,
    ) -> None:
        self.rows = rows
        self.baseline = rows.get(baseline)
        self.num_resamples = num_resamples
        self._draws: dict[int, Resamples] = {}
        self._samples: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}

    def cells(self, thresholds: Sequence[float]) -> list[Cell]:
        """Every number of the table."""
        return [
            self.cell(row, threshold, group, part)
            for row in self.rows.values()
            for threshold in thresholds
            for part, group in row.columns()
        ]

    def cell(
        self, row: Row, threshold: float, group: str, part: str = ''
    ) -> Cell:
        """One number, its spread and its intervals."""
        seeds = sorted(row.errors)
        values, resamples = self.sample(row, seeds, threshold, group, part)
        cell = Cell(
            row=row.name,
            title=row.title,
            network=row.network,
            threshold=threshold,
            group=group,
            seeds=seeds,
            mean=float(values.mean()),
            std=float(values.std(ddof=1)) if len(seeds) > 1 else np.nan,
            part=part,
        )
        cell.low, cell.high = percentile_interval(resamples)
        if self.baseline is not None and row is not self.baseline:
            self._compare(cell, row)
        return cell

    def sample(
        self,
        row: Row,
        seeds: Sequence[int],
        threshold: float,
        group: str = 'All',
        part: str = '',
    ) -> tuple[np.ndarray, np.ndarray]:
        """PCK of a row by seed (S,), and in every resample (R,).

        Rows are resampled alike, so that differences may be taken.
        """
        asked = row.name, *seeds, threshold, group, part
        if asked not in self._samples:
            self._samples[asked] = self._sample(
                row, seeds, threshold, group, part
            )
        return self._samples[asked]

    def _sample(
        self,
        row: Row,
        seeds: Sequence[int],
        threshold: float,
        group: str,
        part: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        errors = row.select(row.stack(seeds), (part, group))
        masks = correct_and_scored(errors, threshold)
        if len(seeds) not in self._draws:
            self._draws[len(seeds)] = draw_resamples(
                errors.shape[1], len(seeds), self.num_resamples
            )
        draw = self._draws[len(seeds)]
        return pooled_pck(*masks)[0], resampled_pck(*masks, draw)

    def _compare(self, cell: Cell, row: Row) -> None:
        base = self.baseline
        cell.common = sorted(row.errors.keys() & base.errors.keys())
        if not cell.common:
            return
        own, other = (
            self.sample(r, cell.common, cell.threshold, cell.group, cell.part)
            for r in (row, base)
        )
        cell.difference = float((own[0] - other[0]).mean())
        cell.difference_low, cell.difference_high = percentile_interval(
            own[1] - other[1]
        )
