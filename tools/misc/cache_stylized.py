# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Stylise the source images of a config once, as files:
python tools/misc/cache_stylized.py CONFIG --out DIR."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.style_cache import StyleCache
from mmpose_mlda.converters.cli import resumable_work


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Save the source images of a config in the style of its '
        'target images, for mmpose_mlda.LoadStylized. The same command goes '
        'on after an interruption'
    )
    add = parser.add_argument
    add('config', help='config file of an adaptation')
    add('--out', type=Path, required=True, help='folder of the cache')
    add(
        '--styles-per-image',
        type=int,
        default=1,
        help='versions of each image, each in the style of another target '
        'image (default: 1)',
    )
    add(
        '--alpha',
        nargs=2,
        type=float,
        metavar=('LOW', 'HIGH'),
        help="range of the strength (default: the config's)",
    )
    add('--seed', type=int, default=0, help='of all draws (default: 0)')
    add('--device', default='cpu', help="'cpu' (default) or e.g. 'cuda'")
    add(
        '--processes',
        type=int,
        help='workers of one thread each (default: all cores; 1 with a GPU)',
    )
    add('--rank', type=int, default=0, help='number of this shard, from 0')
    add('--world-size', type=int, default=1, help='number of shards')
    launch.add_cfg_options(
        parser, 'change the config, e.g. model.style_transfer.decoder=FILE'
    )
    args = parser.parse_args(argv)
    low, high = args.alpha or (0, 1)
    if not 0 <= low <= high <= 1:
        parser.error(f'--alpha {low} {high}: 0 <= LOW <= HIGH <= 1 must hold')
    if args.processes is None:
        args.processes = os.cpu_count() if args.device == 'cpu' else 1
    if args.processes < 1 or not 0 <= args.rank < args.world_size:
        parser.error(
            '--processes must be 1 or more, --rank 0 to --world-size less 1'
        )
    if args.styles_per_image < 1:
        parser.error('--styles-per-image must be 1 or more')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    torch.set_num_threads(1)  # threads would not survive the fork
    with resumable_work(args.out), launch.errors_without_traceback():
        cache = StyleCache(
            launch.load_for_looking(args),
            args.out,
            args.styles_per_image,
            args.alpha,
            args.seed,
            args.device,
        )
        left = cache.run(args.processes, args.rank, args.world_size)
    if left:
        print(f'{left} images are left to other shards')
    else:
        print(f'{args.out} is complete')


if __name__ == '__main__':
    main()
