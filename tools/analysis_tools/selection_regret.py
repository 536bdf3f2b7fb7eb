# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What choosing a checkpoint by each score costs, in points of PCK.

python tools/analysis_tools/selection_regret.py WORK_DIR [WORK_DIR ...]
python tools/analysis_tools/selection_regret.py docs/results/runs/selection

Takes folders of trainings whose validation has `mmpose_mlda.PCK` beside
`mmpose_mlda.LabelFreeScore`, results of a study with `curves = True`, what
score_models.py writes, or a folder of such files. There the choice is among
the checkpoints of a run, of score_models.py among the models of a file.
docs/selection.md tells more.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np

from mmpose_mlda.apis import launch
from mmpose_mlda.evaluation import selection
from mmpose_mlda.visualization import read_curves

SCORES = 'label_free/'
LAST, RANDOM = 'last checkpoint', 'random choice'


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Regret of choosing by each score')
    parser.add_argument(
        'runs',
        nargs='+',
        type=Path,
        help='work folders, results of a study, or a folder of results',
    )
    parser.add_argument(
        '--truth',
        default='PCK@0.1',
        help='value that the choice should maximise (default: %(default)s)',
    )
    parser.add_argument(
        '--network',
        choices=('teacher', 'student'),
        default='teacher',
        help='whose values, where both are logged (default: %(default)s)',
    )
    parser.add_argument('--names', nargs='+', help='only runs of these names')
    parser.add_argument(
        '--json',
        action='store_true',
        help='all numbers, those of each run too, in place of the tables',
    )
    return parser.parse_args(argv)


def find_runs(paths: list[Path]) -> dict[str, dict]:
    """Curves {name: {step: value}} of each run, by the run's name."""
    files = []
    for path in (path.resolve() for path in paths):
        results = sorted(path.glob('*-seed*.json')) if path.is_dir() else []
        files += results or [path]
    files = list(dict.fromkeys(files))
    names = tell_apart(
        [
            file.with_suffix('').parts if file.is_file() else file.parts
            for file in files
        ]
    )
    return {
        name: read_result(file) if file.is_file() else read_curves(file)
        for name, file in zip(names, files, strict=True)
    }


def tell_apart(paths: list[tuple[str, ...]]) -> list[str]:
    """The last part of each path, and of equal ones the folders before it."""
    names = [path[-1] for path in paths]
    for depth in range(2, max(map(len, paths)) + 1):
        taken = Counter(names)
        names = [
            name if taken[name] == 1 else '/'.join(path[-depth:])
            for name, path in zip(names, paths, strict=True)
        ]
    return names


def read_result(file: Path) -> dict[str, dict]:
    """Curves of a study's run; of models {name: {model: value}}."""
    result = json.loads(file.read_text())
    if 'models' in result:
        models = result['models']
        names = next(iter(models.values())).keys() - {'network'}
        return {
            name: {model: models[model][name] for model in models}
            for name in sorted(names)
        }
    if 'curves' not in result:
        raise launch.OptionError(
            f'{file} has no curves: run its study with curves = True'
        )
    return {
        name: {int(step): value for step, value in curve.items()}
        for name, curve in result['curves'].items()
    }


def align(curves: dict, args: Namespace, run: str) -> dict[str, np.ndarray]:
    """Scores and truth at the steps that have both, higher is better."""
    own = f'{args.network}/'
    if f'{own}{args.truth}' in curves:
        curves = {
            name.removeprefix(own): curve
            for name, curve in curves.items()
            if name.startswith(own)
        }
    scores = [name for name in curves if name.startswith(SCORES)]
    if args.truth not in curves or not scores:
        raise launch.OptionError(
            f'{run} needs {args.truth} and {SCORES}... in its validation, but '
            f'has {sorted(curves)[:20]}; see docs/selection.md'
        )
    steps = [
        step
        for step in curves[args.truth]
        if all(step in curves[name] for name in scores)
    ]
    if len(steps) < 2:
        raise launch.OptionError(
            f'{run} has {len(steps)} validations with all scores: there is '
            'nothing to choose; set a shorter train_cfg.val_interval'
        )
    values = {
        name: np.array([curves[name][step] for step in steps], np.float64)
        for name in (args.truth, *scores)
    }
    for name in scores:
        if name.endswith('_distance'):
            values[name] *= -1
    return values | {'steps': np.array(steps)}


def rate_run(values: dict[str, np.ndarray], truth: str) -> dict[str, dict]:
    """Regret and correlations of each score in one run."""
    accuracy, steps = values[truth], values['steps']
    rated = {RANDOM: dict(regret=selection.random_regret(accuracy))}
    if is_run(values):
        rated[LAST] = dict(regret=selection.regret(steps, accuracy))
    for name in scores_of(values):
        rated[name] = dict(
            regret=selection.regret(values[name], accuracy),
            chosen=steps[selection.choose(values[name])].item(),
            spearman=selection.rank_correlation(values[name], accuracy),
            weighted=selection.weighted_correlation(values[name], accuracy),
        )
    return rated


def is_run(values: dict) -> bool:
    """Whether the choice is among steps, not among models."""
    return values['steps'].dtype.kind == 'i'


def scores_of(values: dict) -> list[str]:
    """Names of the scores among a run's values."""
    return [name for name in values if name.startswith(SCORES)]


def rate_all(runs: dict[str, dict], truth: str) -> dict[str, dict]:
    """Means over runs of what :func:`rate_run` finds."""
    rated = {name: rate_run(values, truth) for name, values in runs.items()}
    common = [
        name
        for name in next(iter(rated.values()))
        if all(name in run for run in rated.values())
    ]
    summary = {}
    for name in common:
        columns = {
            key: np.array(
                [run[name].get(key, np.nan) for run in rated.values()]
            )
            for key in ('regret', 'spearman', 'weighted')
        }
        summary[name] = {
            key: selection.mean_over_runs(column)._asdict()
            for key, column in columns.items()
        } | dict(worst=float(columns['regret'].max()))
    return dict(mean=summary, runs=rated)


def rate_between(runs: dict[str, dict], truth: str) -> dict[str, dict]:
    """Choosing one of the runs by its last checkpoint's scores."""
    last = {
        key: np.array([values[key][-1] for values in runs.values()])
        for key in (truth, *scores_of(next(iter(runs.values()))))
        if all(key in values for values in runs.values())
    }
    names = list(runs)
    return {
        name: dict(
            chosen=names[selection.choose(last[name])],
            regret=selection.regret(last[name], last[truth]),
            spearman=selection.rank_correlation(last[name], last[truth]),
        )
        for name in scores_of(last)
    } | {RANDOM: dict(regret=selection.random_regret(last[truth]))}


def number(value: float | None) -> str:
    """As in the tables."""
    return '-' if value is None or np.isnan(value) else f'{value:.2f}'


def interval(mean: dict[str, float]) -> str:
    """A dash for a single run, whose interval nobody knows."""
    low, high = number(mean['low']), number(mean['high'])
    return '-' if low == high == '-' else f'[{low}, {high}]'


def markdown(result: dict, runs: dict[str, dict], truth: str) -> str:
    """Both tables, and what there was to choose from."""
    lines = [
        f'| choice by | regret of {truth} [95 %] | worst run | Spearman | '
        'weighted tau |',
        '| --- | ---: | ---: | ---: | ---: |',
    ]
    for name, row in result['mean'].items():
        regret = row['regret']
        lines.append(
            f'| {name} | {number(regret["value"])} {interval(regret)} | '
            f'{number(row["worst"])} | '
            f'{number(row["spearman"]["value"])} | '
            f'{number(row["weighted"]["value"])} |'
        )
    lines += ['', '| run | candidates | first | best | last |']
    lines += ['| --- | ---: | ---: | ---: | ---: |']
    for name, values in runs.items():
        curve = values[truth]
        lines.append(
            f'| {name} | {len(curve)} | {number(curve[0])} | '
            f'{number(curve.max())} | {number(curve[-1])} |'
        )
    if 'between' in result:
        lines += [
            '',
            '| last checkpoint of the run chosen by | regret | Spearman |',
        ]
        lines += ['| --- | ---: | ---: |']
        for name, row in result['between'].items():
            lines.append(
                f'| {name} | {number(row["regret"])} | '
                f'{number(row.get("spearman"))} |'
            )
    return '\n'.join(lines)


def run(args: Namespace) -> None:
    found = find_runs(args.runs)
    if args.names:
        if unknown := set(args.names) - set(found):
            raise launch.OptionError(
                f'there are no runs {sorted(unknown)}, only {sorted(found)}'
            )
        found = {name: found[name] for name in args.names}
    runs = {n: align(curves, args, n) for n, curves in found.items()}
    result = dict(truth=args.truth, **rate_all(runs, args.truth))
    if len(runs) > 1 and all(map(is_run, runs.values())):
        result['between'] = rate_between(runs, args.truth)
    if args.json:
        text = json.dumps(result, indent=1).replace('NaN', 'null')
    else:
        text = markdown(result, runs, args.truth)
    print(text)


def main() -> None:
    with launch.errors_without_traceback():
        run(parse_args())


if __name__ == '__main__':
    main()
