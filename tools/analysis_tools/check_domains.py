# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Look at source, target and evaluation data before training on them.

python tools/analysis_tools/check_domains.py CONFIG [--out DIR]

docs/check_domains.md explains every check. Ends with 1 if there is an error.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.domain_check import check_domains
from mmpose_mlda.apis.domain_output import (
    as_json,
    report_lines,
    save_pictures,
)
from mmpose_mlda.studies.files import write_json


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Check a pair of domains')
    add = parser.add_argument
    add('config', help='config file of an adaptation')
    add(
        '--samples',
        type=int,
        default=500,
        help='samples of each data set, evenly spread (default: 500)',
    )
    add('--out', type=Path, help='folder for pictures and check.json')
    add('--json', type=Path, help='write findings and numbers to this file')
    launch.add_cfg_options(parser, 'change the config')
    args = parser.parse_args(argv)
    if args.samples < 1:
        parser.error('--samples must be positive')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        check = check_domains(launch.load_for_looking(args), args.samples)
    print('\n'.join(report_lines(check)))
    if args.json:
        write_json(as_json(check), args.json)
    if args.out:
        write_json(as_json(check), args.out / 'check.json')
        save_pictures(check, args.out)
        print(f'Pictures and check.json: {args.out}')
    if check.count('error'):
        sys.exit(1)


if __name__ == '__main__':
    main()
