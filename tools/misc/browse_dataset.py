# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""See what the networks see, and prove that labels fit the pixels:
python tools/misc/browse_dataset.py CONFIG [--check]."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import mmengine
from mmengine.config import Config

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.browsing import build_loader
from mmpose_mlda.apis.dataset_browser import dataset_sheets
from mmpose_mlda.apis.view_check import LATTICE, ViewCheck
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend

PICTURES, CHECKED = 8, 100


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Save pictures of what each branch of the training sees, '
        'or of the inputs of any other data set, with the labels on top; or '
        'check that the labels lie where the pixels say'
    )
    add = parser.add_argument
    add('config', help='config file')
    add('checkpoint', nargs='?', help='draw the pseudo-labels of this teacher')
    add(
        '--split',
        '--phase',
        choices=['train', 'val', 'test'],
        default='train',
        help='data loader (default: train)',
    )
    add(
        '--num',
        '--number',
        '--max-item-per-dataset',
        type=int,
        help=f'samples (default: {PICTURES}, {CHECKED} to check)',
    )
    add(
        '--out',
        '--output-dir',
        type=Path,
        help='folder (default: work_dirs/<config>/<split>_data)',
    )
    add('--seed', type=int, help="of the samples (default: the config's or 0)")
    add('--check', action='store_true', help='check, and draw nothing')
    add(
        '--tolerance',
        type=float,
        default=0.5,
        help='largest error that passes, pixels of the input (default: 0.5)',
    )
    add(
        '--colour-transforms',
        nargs='+',
        default=[],
        metavar='NAME',
        help="further transforms than MMPose's that change colours alone",
    )
    add('--not-show', action='store_true', help='as ever: opens no window')
    launch.add_cfg_options(
        parser, 'change the config, e.g. model.style_transfer=None'
    )
    args = parser.parse_args(argv)
    if args.num is None:
        args.num = CHECKED if args.check else PICTURES
    if args.num < 1:
        parser.error('--num must be positive')
    if args.check and args.checkpoint:
        parser.error('--check needs no checkpoint')
    if args.out is None:
        folder = f'{args.split}_data'
        args.out = Path('work_dirs', Path(args.config).stem, folder)
    return args


def load_config(args: Namespace) -> Config:
    if args.checkpoint:
        launch.check_checkpoint(args.checkpoint)
    cfg = launch.load_for_looking(args)
    if args.seed is None:
        args.seed = cfg.get('randomness', {}).get('seed') or 0
    return cfg


def draw(cfg: Config, args: Namespace) -> None:
    """Save a picture of each sample."""
    sheets = dataset_sheets(
        cfg, args.num, args.split, args.seed, args.checkpoint
    )
    progress = mmengine.track_iter_progress((sheets, args.num))
    for number, sheet in enumerate(progress):
        _, data = cv2.imencode('.png', sheet[..., ::-1])
        path = args.out / f'sample_{number:03d}.png'
        AtomicLocalBackend().put(data.tobytes(), path)
    print(f'\nsaved in {args.out}')


def check(cfg: Config, args: Namespace) -> bool:
    """Print what was checked; whether all of it holds."""
    loader = build_loader(cfg, args.split, args.seed)
    views = ViewCheck(loader, args.colour_transforms, args.seed)
    for _ in mmengine.track_iter_progress((views.run(args.num), args.num)):
        pass
    print(f'\n\n{"":28}checked  outside   mean px    max px  worst sample')
    for name, row in views.rows.items():
        print(f'{name:28}{len(row.errors):7}  {row.outside:7}', end='')
        if row.errors:
            mean, worst = sum(row.errors) / len(row.errors), row.worst
            print(
                f'{mean:10.4f}{row.errors[worst]:10.4f}  {row.names[worst]}',
                end='',
            )
        print()
    if views.is_pair:
        print(
            f'views of the target: a lattice of {LATTICE} x {LATTICE} places'
        )
    if views.left_out:
        print(f'run without their colours: {", ".join(views.left_out)}')
    return report_failures(views, args.tolerance)


def report_failures(views: ViewCheck, tolerance: float) -> bool:
    """Say what is wrong; whether nothing is."""
    failed = False
    for name, row in views.rows.items():
        if row.passes(tolerance):
            continue
        failed = True
        if not row.errors:
            print(
                f'FAILED {name}: nothing could be read from the pixels; if a '
                'transform changes colours alone, name it by '
                '--colour-transforms'
            )
        elif row.unlabelled:
            print(
                f'FAILED {name}: {row.unlabelled} joints count whose label '
                'does not; are left and right exchanged in keypoints_visible '
                'as in the keypoints?'
            )
        else:
            wrong = sum(not error <= tolerance for error in row.errors)
            print(
                f'FAILED {name}: {wrong} of {len(row.errors)} are more than '
                f'{tolerance:g} px away from where the pixels say'
            )
    if not failed:
        print(f'all within {tolerance:g} px')
    return not failed


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        cfg = load_config(args)
        passed = check(cfg, args) if args.check else draw(cfg, args) or True
    if not passed:
        sys.exit(1)


if __name__ == '__main__':
    main()
