# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a step costs beside its networks, and how fast the rest is.

python tools/analysis_tools/benchmark.py
python tools/analysis_tools/benchmark.py --only alignment data --json out.json
"""

import logging
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from mmpose_mlda.apis import launch
from mmpose_mlda.benchmarks.alignment import Sizes
from mmpose_mlda.benchmarks.growth import growth
from mmpose_mlda.benchmarks.parts import PARTS
from mmpose_mlda.benchmarks.step import FEATURES
from mmpose_mlda.datasets.image_files import list_images
from mmpose_mlda.studies.files import write_json
from mmpose_mlda.visualization.growth_figure import growth_figure

PHOTOGRAPHS = ROOT / '../shared/data/lspet/images'
LAYERS = ('relu2_1', 'relu3_1', 'relu4_1')


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


positive.__name__ = 'number above 0'  # as argparse writes it


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Measure the speed of the parts')
    add = parser.add_argument
    add('--only', nargs='+', choices=PARTS, default=list(PARTS))
    add('--device', help='default: CUDA where there is one')
    add('--threads', type=positive, help="default: torch's")
    add('--batch', type=positive, default=32)
    add('--joints', type=positive, default=16)
    add('--image', type=positive, default=256, help='side in pixels')
    add('--heatmap', type=positive, default=64, help='side in pixels')
    add(
        '--depth',
        type=int,
        choices=FEATURES,
        help='of the ResNet (default: 18, 101 on CUDA)',
    )
    add(
        '--layer',
        choices=LAYERS,
        help='of the style network (default: relu3_1, relu4_1 on CUDA)',
    )
    add('--frame', choices=('canonical', 'student'), default='canonical')
    add('--amp', choices=('float16', 'bfloat16'))
    add('--channels-last', action='store_true')
    add('--compile', action='store_true')
    add('--repeats', type=positive, default=20)
    add('--step-repeats', type=positive, default=3, help='of whole steps')
    add('--photographs', type=Path, help='folder of images')
    add('--num-photographs', type=positive, default=200)
    add('--num-samples', type=positive, default=2000, help='to evaluate')
    add('--json', type=Path, help='write all figures to this file')
    add('--plot', type=Path, help='draw how the alignment grows, as PNG')
    args = parser.parse_args(argv)
    _check(parser, args)
    args.device = args.device or get_device()
    on_gpu = args.device != 'cpu'
    args.depth = args.depth or (101 if on_gpu else 18)
    args.layer = args.layer or ('relu4_1' if on_gpu else 'relu3_1')
    args.sizes = Sizes(args.batch, args.joints, args.image, args.heatmap)
    return args


def _check(parser: ArgumentParser, args: Namespace) -> None:
    if args.image % args.heatmap:
        parser.error(
            f'--image {args.image} is no multiple of --heatmap '
            f'{args.heatmap}; take e.g. --heatmap {max(args.image // 4, 1)}'
        )
    on_gpu = (args.device or '').startswith('cuda')
    if on_gpu and not torch.cuda.is_available():
        parser.error(
            f'--device {args.device}, but torch finds no GPU; leave the '
            'flag out or say cpu'
        )
    device = (args.device or get_device()).split(':')[0]
    if args.amp == 'float16' and device == 'cpu':
        parser.error('--amp float16 needs a GPU; take --amp bfloat16')
    if args.amp and device != get_device():
        parser.error(
            f"--amp is MMEngine's, for {get_device()}, and not for --device "
            f'{args.device}; hide the GPU (CUDA_VISIBLE_DEVICES=) or leave '
            'one of the flags out'
        )
    if args.photographs is None:
        args.photographs = PHOTOGRAPHS if PHOTOGRAPHS.is_dir() else None
    else:
        try:
            list_images(args.photographs)
        except ValueError as error:
            parser.error(f'--photographs: {error}')


def machine(args: Namespace) -> dict:
    """On what it was measured."""
    on_gpu = args.device.startswith('cuda')
    return dict(
        device=(
            torch.cuda.get_device_name(args.device)
            if on_gpu
            else platform.processor() or platform.machine()
        ),
        threads=torch.get_num_threads(),
        cores=os.cpu_count(),
        torch=torch.__version__,
    )


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    MMLogger.get_instance('mmengine').setLevel(logging.ERROR)
    init_default_scope('mmpose')
    found = dict(machine=machine(args))
    print(', '.join(f'{k}: {v}' for k, v in found['machine'].items()))
    print('medians and quartiles')
    with launch.errors_without_traceback():
        for name in args.only:
            found[name] = PARTS[name](args)
            if args.json:  # what is measured is not lost with the rest
                write_json(found, args.json)
    if args.plot:
        found['growth'] = growth(args.sizes, args.device)
        args.plot.parent.mkdir(parents=True, exist_ok=True)
        growth_figure(found['growth']).savefig(args.plot, dpi=120)
        if args.json:
            write_json(found, args.json)


if __name__ == '__main__':
    main()
