# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Report on a run: python tools/analysis_tools/report.py WORK_DIR.

One HTML file that needs no other: whether the adaptation helped, whether the
pseudo-labels can be trusted, features of both domains, the worst images, the
course of the run, and what to do next. Also of a run that is still training,
or of CONFIG CHECKPOINT.
"""

import sys
import warnings
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmpose_mlda.apis import launch, run_folder
from mmpose_mlda.apis.run_report import (
    SAMPLES,
    collect_report_sections,
    run_summary,
)
from mmpose_mlda.visualization.report import write_report


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Report on a run, as one HTML file')
    parser.add_argument(
        'run', metavar='WORK_DIR|CONFIG', help='work folder, or config file'
    )
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help="checkpoint file (default: the work folder's last one)",
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='HTML file (default: report.html in the work folder, or here)',
    )
    parser.add_argument(
        '--samples',
        type=int,
        default=SAMPLES,
        help='images of each domain for features and agreement '
        f'(default: {SAMPLES})',
    )
    parser.add_argument(
        '--before',
        help='checkpoint of the model before the adaptation (default: what '
        'StageSwitchHook has kept in the work folder)',
    )
    launch.add_cfg_options(parser, 'change the config, e.g. paths of data')
    args = parser.parse_args(argv)
    if args.samples < 1:
        parser.error(f'--samples {args.samples}: must be 1 or more')
    return args


def report(args: Namespace) -> Path:
    """Write the report; gives its path."""
    cfg, checkpoint, work_dir = run_folder.run_and_checkpoint(
        args.run, args.checkpoint
    )
    cfg.merge_from_dict(args.cfg_options)
    out = args.out or Path(work_dir or '.', 'report.html')
    sections = collect_report_sections(
        cfg, checkpoint, work_dir, args.samples, args.before
    )
    name = (work_dir or checkpoint).resolve().name
    summary = run_summary(cfg, checkpoint)
    write_report(out, f'Report: {name}', summary, sections)
    print(f'Report: {out}')
    return out


def main() -> None:
    args = parse_args()
    warnings.filterwarnings('ignore')
    with launch.errors_without_traceback():
        report(args)


if __name__ == '__main__':
    main()
