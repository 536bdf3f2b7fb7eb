# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a step costs beside its networks, and how fast the rest is.

python tools/analysis_tools/benchmark.py
python tools/analysis_tools/benchmark.py --only alignment data --json out.json
"""

import logging
import os
import platform
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from mmpose_mlda.apis import launch
from mmpose_mlda.benchmarks import alignment, data, ema, step, style
from mmpose_mlda.benchmarks.alignment import Sizes
from mmpose_mlda.benchmarks.timing import Timing, measure, speedup
from mmpose_mlda.studies.files import write_json

PHOTOGRAPHS = ROOT / '../shared/data/lspet/images'


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Measure the speed of the parts')
    add = parser.add_argument
    add('--only', nargs='+', choices=PARTS, default=list(PARTS))
    add('--device', default=None, help='default: CUDA where there is one')
    add('--threads', type=int, help="default: torch's")
    add('--batch', type=int, default=32)
    add('--joints', type=int, default=16)
    add('--image', type=int, default=256, help='side in pixels')
    add('--heatmap', type=int, default=64, help='side in pixels')
    add('--depth', type=int, help='ResNet (default: 18, 101 on CUDA)')
    add('--layer', help='style (default: relu3_1, relu4_1 on CUDA)')
    add('--frame', choices=('canonical', 'student'), default='canonical')
    add('--amp', choices=('float16', 'bfloat16'))
    add('--channels-last', action='store_true')
    add('--compile', action='store_true')
    add('--repeats', type=int, default=20)
    add('--step-repeats', type=int, default=3, help='of whole steps')
    add('--photographs', type=Path, default=PHOTOGRAPHS)
    add('--num-photographs', type=int, default=200)
    add('--json', type=Path, help='write all figures to this file')
    args = parser.parse_args(argv)
    args.device = args.device or get_device()
    on_gpu = args.device != 'cpu'
    args.depth = args.depth or (101 if on_gpu else 18)
    args.layer = args.layer or ('relu4_1' if on_gpu else 'relu3_1')
    args.sizes = Sizes(args.batch, args.joints, args.image, args.heatmap)
    return args


def table(title: str, times: dict[str, Timing], reference: str) -> None:
    """Print the times, and how they compare to one of them."""
    print(f'\n{title}')
    for name, timing in times.items():
        line = f'  {name:26} {timing!s:34}'
        if name != reference:
            line += f' {speedup(times[reference], timing):6.2f} times faster'
        print(line, flush=True)


def run_alignment(args: Namespace) -> dict:
    """(a) What happens between the networks."""
    batch = alignment.make_batch(args.sizes, args.device)
    functions = dict(
        published=alignment.published(args.sizes, batch),
        canonical=alignment.ours(args.sizes, batch, 'canonical'),
        student=alignment.ours(args.sizes, batch, 'student'),
    )
    times = measure(functions, args.repeats, device=args.device)
    table('alignment of a step, without networks', times, 'published')
    found = dict(reference_ms=times['published'].median)
    for frame in ('canonical', 'student'):
        calls = alignment.count_operators(functions[frame])
        print(f'  {frame}: {calls} operator calls')
        found[frame] = dict(
            ms=times[frame].median,
            speedup=speedup(times['published'], times[frame]),
            operators=calls,
        )
    return found


def run_step(args: Namespace) -> dict:
    """(b) A whole step against its networks."""
    setting = step.Setting(
        depth=args.depth,
        layer=args.layer,
        frame=args.frame,
        amp=args.amp,
        channels_last=args.channels_last,
        compile=args.compile,
    )
    with tempfile.TemporaryDirectory() as folder:
        bench = step.StepBenchmark(
            args.sizes, setting, Path(folder), args.device
        )
    functions: dict[str, Callable] = {}
    for stylised, name in ((False, 'plain'), (True, 'stylised')):
        functions[f'networks, {name}'] = bench.networks(stylised)
        functions[f'train_step, {name}'] = bench.whole(stylised)
    times = measure(functions, args.step_repeats, 1, args.device)
    table('a training step', times, 'networks, plain')
    whole, bare = (
        sum(t.median for n, t in times.items() if n.startswith(start))
        for start in ('train_step', 'networks')
    )
    print(f'  train_step over networks: {whole / bare:.3f}')
    return dict(
        over_networks=whole / bare,
        ms={name: t.median for name, t in times.items()},
    )


def run_style(args: Namespace) -> dict:
    """(c) Style transfer against three encodings."""
    functions = style.functions(
        args.batch, args.image, args.layer, args.device
    )
    times = measure(functions, args.step_repeats, 1, args.device)
    table(f'style transfer at {args.layer}', times, 'published')
    return dict(speedup=speedup(times['published'], times['ours']))


def run_data(args: Namespace) -> dict:
    """(d) Pairs of target views, on one core."""
    with tempfile.TemporaryDirectory() as folder:
        images = args.photographs
        if not images.is_dir():
            print(f'\n{images} does not exist: made-up photographs')
            images = Path(folder)
            data.write_photographs(images, args.num_photographs)
        functions = data.functions(images, args.image, args.num_photographs)
        with data.one_core():
            times = measure(functions, args.step_repeats, 1)
    table(
        f'target pairs of {args.num_photographs} photographs, one core',
        times,
        'published',
    )
    rates = {
        name: 1000 * args.num_photographs / timing.median
        for name, timing in times.items()
    }
    for name, rate in rates.items():
        print(f'  {name}: {rate:.0f} pairs/s')
    return dict(
        speedup=speedup(times['published'], times['ours']),
        pairs_per_second=rates['ours'],
        limit_pairs_per_second=rates['limit'],
    )


def run_ema(args: Namespace) -> dict:
    """(e) The teacher's average."""
    functions = ema.functions(args.depth, args.device)
    times = measure(functions, args.repeats, device=args.device)
    table(f'average of a ResNet-{args.depth}', times, 'loop')
    return dict(speedup=speedup(times['loop'], times['ours']))


PARTS = dict(
    alignment=run_alignment,
    step=run_step,
    style=run_style,
    data=run_data,
    ema=run_ema,
)


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    MMLogger.get_instance('mmengine').setLevel(logging.ERROR)
    init_default_scope('mmpose')
    machine = dict(
        device=(
            torch.cuda.get_device_name()
            if args.device.startswith('cuda')
            else platform.processor() or platform.machine()
        ),
        threads=torch.get_num_threads(),
        cores=os.cpu_count(),
        torch=torch.__version__,
    )
    print(', '.join(f'{key}: {value}' for key, value in machine.items()))
    print('medians and quartiles')
    with launch.errors_without_traceback():
        found = {name: PARTS[name](args) for name in args.only}
    if args.json:
        write_json(dict(machine=machine, **found), args.json)


if __name__ == '__main__':
    main()
