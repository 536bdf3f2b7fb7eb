# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A pose model for unlabelled photographs: labelled images in, model out.

python tools/adapt.py --source coco.json --source-images RENDERINGS \
    --target-images PHOTOGRAPHS --out adapted

checks the pair, trains on the source and then adapts, exports a plain model
of MMPose, and leaves a report. Repeat the command to go on after an
interruption.
"""

import sys
import warnings
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.adapt import MODEL, REPORT, RESULT, adapt
from mmpose_mlda.apis.own_data import OwnData

FOLDER = dict(type=Path, metavar='DIR')


def add_data_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        '--source',
        type=Path,
        nargs='+',
        required=True,
        metavar='COCO_JSON',
        help='labelled keypoints of the source, one or several files',
    )
    add('--source-images', **FOLDER, required=True, help='their images')
    add('--target-images', **FOLDER, required=True, help='unlabelled images')
    add(
        '--target-boxes',
        type=Path,
        metavar='JSON',
        help="boxes in them, COCO annotations or a detector's results "
        '(default: a photograph is one box)',
    )
    add(
        '--target-score',
        type=float,
        default=OwnData.target_score,
        metavar='SCORE',
        help="smallest score of a detector's box (default: "
        f'{OwnData.target_score})',
    )
    add(
        '--target-category',
        type=int,
        metavar='ID',
        help='category_id of the boxes, where there are several',
    )
    add(
        '--target-val',
        type=Path,
        metavar='COCO_JSON',
        help='labelled photographs of the target, to evaluate on only',
    )
    add(
        '--target-val-images',
        **FOLDER,
        help='folder of these (default: --target-images)',
    )


def add_training_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        '--model',
        type=Path,
        metavar='CONFIG',
        help='top-down config of MMPose whose estimator is trained '
        '(default: EfficientNet-Lite0 with ImageNet weights, 128 px)',
    )
    add(
        '--weights',
        type=Path,
        metavar='CHECKPOINT',
        help='of that estimator, trained on the source: no source stage',
    )
    add(
        '--max-iters',
        type=int,
        default=OwnData.max_iters,
        help=f'steps of both stages (default: {OwnData.max_iters})',
    )
    add('--seed', type=int, default=OwnData.seed, help='default: 0')
    launch.add_cfg_options(parser, 'change the config of the training')


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Adapt a pose model to unlabelled photographs'
    )
    add_data_arguments(parser)
    add_training_arguments(parser)
    add = parser.add_argument
    add('--out', type=Path, required=True, help='folder of all results')
    add(
        '--dry-run',
        action='store_true',
        help='check the data and end; nothing is written',
    )
    add(
        '--force',
        action='store_true',
        help='train in spite of errors of the check',
    )
    args = parser.parse_args(argv)
    if args.max_iters < 2:
        parser.error(f'--max-iters {args.max_iters}: must be 2 or more')
    return args


def main() -> None:
    args = vars(parse_args())
    warnings.filterwarnings('ignore')
    out, dry_run = args.pop('out'), args.pop('dry_run')
    force, changes = args.pop('force'), args.pop('cfg_options')
    with launch.errors_without_traceback():
        data = OwnData(**args, changes=dict(changes))
        result = adapt(data, out, dry_run, force)
    if result is None:
        return
    for network, metrics in result['metrics'].items():
        values = ', '.join(
            f'{name} {value:.1f}'
            for name, value in metrics.items()
            if name.count('/') == 0
        )
        print(f'{network}: {values}')
    for name in (MODEL, REPORT, RESULT):
        print(out / name)


if __name__ == '__main__':
    main()
