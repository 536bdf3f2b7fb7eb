# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Tables and plots of a study, with intervals.

python tools/analysis_tools/collect_results.py configs/studies/figures_lspet.py
python tools/analysis_tools/collect_results.py \
    configs/studies/figures_lspet_factorial.py --options
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np

from mmpose_mlda.apis import launch
from mmpose_mlda.studies.effects import (
    main_effect,
    one_at_a_time,
    varied_options,
)
from mmpose_mlda.studies.plan import make_plan
from mmpose_mlda.studies.report import (
    effects_markdown,
    markdown,
    summary,
    to_csv,
)
from mmpose_mlda.studies.reported import with_reported
from mmpose_mlda.studies.study import NETWORKS, load_study, select_rows
from mmpose_mlda.studies.table import Row, TableMaker, make_rows, read_results
from mmpose_mlda.visualization.intervals import (
    plot_intervals,
    plot_sensitivity,
)

RUNS = 'docs/results/runs'
NO_RESULTS = 'no results yet; run_table.py makes them'


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Collect the results of a study')
    parser.add_argument('study', help="a study's file, or a folder of results")
    parser.add_argument(
        '--runs',
        default=RUNS,
        help=f"folder of all studies' results (default: {RUNS})",
    )
    parser.add_argument('--rows', nargs='+', help='only these, in this order')
    parser.add_argument(
        '--baseline', help='row to compare with (default: the first one)'
    )
    parser.add_argument(
        '--thresholds', type=float, nargs='+', default=[0.05, 0.1, 0.2]
    )
    parser.add_argument('--network', choices=NETWORKS, default='teacher')
    parser.add_argument(
        '--summary',
        action='store_true',
        help='all joints together, one table for all thresholds',
    )
    parser.add_argument(
        '--options',
        action='store_true',
        help='what the options do that differ between rows: effects of those '
        'with two values, a curve of those that one row at a time changes',
    )
    parser.add_argument('--resamples', type=int, default=4000)
    parser.add_argument(
        '--out',
        type=Path,
        help='folder for table.md, table.csv, table.png (and options.*)',
    )
    return parser.parse_args(argv)


def choose_study(args: Namespace) -> dict | None:
    """The study with the rows that are asked for; none of a folder."""
    if not Path(args.study).is_dir():
        study = load_study(args.study)
        return select_rows(study, args.rows) if args.rows else study
    if args.rows:
        raise launch.OptionError(
            f"--rows needs a study's file, but {args.study} is a folder"
        )
    return None


def find_results(
    study: dict | None, args: Namespace
) -> tuple[list[dict], list[str]]:
    """Results in the order of the study, and what is missing or old."""
    if study is None:
        return read_results(args.study), []
    found = read_results(Path(args.runs, study['name']))
    order = list(study['rows'])
    found = [r for r in found if r['row'] in order]
    if not found:
        return [], [NO_RESULTS]
    found.sort(key=lambda r: (order.index(r['row']), r['seed']))
    jobs = make_plan(study, args.runs, 'work_dirs/studies')
    present = {f'{r["row"]}-seed{r["seed"]}' for r in found}
    notes = []
    for job in jobs:
        if not job.is_stage and job.name not in present:
            notes.append(f'missing: {job.name}')
        elif not job.is_stage and job.state() == 'changed':
            notes.append(f'not of the study as it is now: {job.name}')
    return found, notes


def plot(maker: TableMaker, args: Namespace, path: Path) -> None:
    """PCK of all joints, and the differences to the baseline."""
    rows, base = list(maker.rows.values()), maker.baseline
    panels = {}
    for threshold in args.thresholds:
        cells = [maker.cell(row, threshold, 'All') for row in rows]
        panels[f'PCK@{threshold:g}'] = [(c.mean, c.low, c.high) for c in cells]
    zero = f'PCK@{args.thresholds[0]:g}, against {base.title}'
    panels[zero] = [
        (c.difference, c.difference_low, c.difference_high)
        if not np.isnan(c.difference)
        else None
        for c in (maker.cell(r, args.thresholds[0], 'All') for r in rows)
    ]
    plot_intervals([row.title for row in rows], panels, path, zero=[zero])


def paired_bar(
    maker: TableMaker, row: str, threshold: float
) -> tuple[float, float, float]:
    """Mean, and the interval of the difference around the baseline's mean."""
    cell = maker.cell(maker.rows[row], threshold, 'All')
    base = cell.mean - cell.difference
    return cell.mean, base + cell.difference_low, base + cell.difference_high


def tell_options(
    maker: TableMaker, results: list[dict], args: Namespace
) -> str:
    """Table of the effects; draws the curves."""
    options = varied_options(results)
    effects = [
        main_effect(maker, option, levels, threshold)
        for option, levels in options.items()
        if len({repr(value) for value in levels.values()}) == 2
        for threshold in args.thresholds
    ]
    curves = {
        option: {
            f'PCK@{threshold:g}': [
                (options[option][row], *paired_bar(maker, row, threshold))
                for row in rows
            ]
            for threshold in args.thresholds
        }
        for option, rows in one_at_a_time(options, maker.baseline.name).items()
    }
    if args.out and curves:
        plot_sensitivity(curves, args.out / 'options.png')
    return effects_markdown(effects) if effects else ''


def choose_baseline(rows: dict[str, Row], name: str | None) -> str | None:
    if name is not None and name not in rows:
        raise launch.OptionError(
            f'--baseline {name}: there are results of {list(rows)}'
        )
    return name or next(iter(rows), None)


def run(args: Namespace) -> None:
    study = choose_study(args)
    results, notes = find_results(study, args)
    rows = make_rows(results, args.network)
    baseline = choose_baseline(rows, args.baseline)
    maker = TableMaker(rows, baseline, args.resamples)
    cells = maker.cells(args.thresholds)
    if study:
        cells = with_reported(cells, study, args.network, args.thresholds)
    if not cells or (args.options and not results):
        raise launch.OptionError(f'{args.study}: {NO_RESULTS}')
    if 'reported_from' in (study or {}) and any(c.is_reported for c in cells):
        notes.insert(0, f'reported: {study["reported_from"]}')
    make_table = summary if args.summary else markdown
    title = rows[baseline].title if rows else None
    text = make_table(cells, title, args.network)
    if notes:
        text += '\n\n' + '\n'.join(f'- {note}' for note in notes)
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        Path(args.out, 'table.md').write_text(text + '\n')
        Path(args.out, 'table.csv').write_text(to_csv(cells))
        if rows:
            plot(maker, args, args.out / 'table.png')
    if args.options:
        text = tell_options(maker, results, args)
        print(f'\n{text}')
        if args.out:
            Path(args.out, 'options.md').write_text(text + '\n')


def main() -> None:
    with launch.errors_without_traceback():
        run(parse_args())


if __name__ == '__main__':
    main()
