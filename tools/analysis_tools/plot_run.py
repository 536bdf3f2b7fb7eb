# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Plot runs: python tools/analysis_tools/plot_run.py WORK_DIR --out FILE.

Losses, gradient norms, pseudo-labels, domain head and validation over the
steps, one column a run; the begin of the adaptation is marked. MMPose's
analyze_logs.py draws keys of one file that is logged by epochs, which this
training does not have.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmpose_mlda.apis import launch, run_folder
from mmpose_mlda.visualization import read_curves, run_figure


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Plot the course of runs')
    parser.add_argument('work_dirs', nargs='+', metavar='WORK_DIR', type=Path)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('run.png'),
        help='picture (.png, .pdf, .svg, ...; default: run.png)',
    )
    return parser.parse_args(argv)


def switch_step(work_dir: Path) -> int | None:
    """Steps of source training, by the config that the run has left."""
    try:
        return run_folder.switch_step(run_folder.config_of(work_dir))
    except FileNotFoundError:
        return None


def titles(work_dirs: list[Path]) -> list[str]:
    """Names of the folders, or their paths if names repeat."""
    names = [folder.resolve().name for folder in work_dirs]
    return names if len({*names}) == len(names) else [*map(str, work_dirs)]


def plot(work_dirs: list[Path], out: Path) -> None:
    """Draw the figure and write it whole."""
    names = titles(work_dirs)
    figure = run_figure(
        {n: read_curves(d) for n, d in zip(names, work_dirs, strict=True)},
        {n: switch_step(d) for n, d in zip(names, work_dirs, strict=True)},
    )
    known = figure.canvas.get_supported_filetypes()
    if out.suffix[1:] not in known:
        raise launch.OptionError(
            f'--out {out}: the name must end in one of {", ".join(known)}'
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f'.{out.name}')
    figure.savefig(partial, format=out.suffix[1:], dpi=120)
    partial.replace(out)
    print(f'Picture: {out}')


def main() -> None:
    args = parse_args()
    with launch.errors_without_traceback():
        plot(args.work_dirs, args.out)


if __name__ == '__main__':
    main()
