# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The parts of the benchmark: each measures, prints a table, gives figures."""

import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.logging import MMLogger

from . import alignment, data, ema, evaluation, memory, step, style
from .timing import Timing, measure, speedup


def table(title: str, times: dict[str, Timing], reference: str) -> None:
    """Print the times, and how they compare to one of them."""
    print(f'\n{title}')
    for name, timing in times.items():
        line = f'  {name:26} {timing!s:34}'
        if name != reference:
            line += f' {speedup(times[reference], timing):6.2f} times faster'
        print(line, flush=True)


def run_alignment(args: Namespace) -> dict:
    """(a) What happens between the networks, with the gradient."""
    functions = alignment.functions(args.sizes, args.device)
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


def _setting(args: Namespace) -> step.Setting:
    return step.Setting(
        depth=args.depth,
        layer=args.layer,
        frame=args.frame,
        amp=args.amp,
        channels_last=args.channels_last,
        compile=args.compile,
    )


def run_step(args: Namespace) -> dict:
    """(b) A whole step against its networks."""
    with tempfile.TemporaryDirectory() as folder:
        bench = step.StepBenchmark(
            args.sizes, _setting(args), Path(folder), args.device
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
        if images is None:
            print('\nno --photographs: made-up ones')
            images = Path(folder)
            data.write_photographs(images, args.num_photographs)
        dataset = data.make_dataset(images, args.image, args.num_photographs)
        functions = data.functions(dataset, args.image)
        count = len(dataset.target)
        with data.one_core():
            times = measure(functions, args.step_repeats, 1)
    table(
        f'target pairs of {count} photographs, one core',
        times,
        'published',
    )
    rates = {
        name: 1000 * count / timing.median for name, timing in times.items()
    }
    for name, rate in rates.items():
        print(f'  {name}: {rate:.0f} pairs/s')
    return dict(
        speedup=speedup(times['published'], times['ours']),
        speedup_of_bytes=speedup(times['published_bytes'], times['ours']),
        pairs_per_second=rates['ours'],
        limit_pairs_per_second=rates['limit'],
    )


def run_ema(args: Namespace) -> dict:
    """(e) The teacher's average."""
    functions = ema.functions(args.depth, args.device)
    times = measure(functions, args.repeats, device=args.device)
    table(f'average of a ResNet-{args.depth}', times, 'loop')
    return dict(speedup=speedup(times['loop'], times['ours']))


def run_evaluation(args: Namespace) -> dict:
    """(f) PCK of predictions beside MMPose's."""
    functions = evaluation.functions(args.num_samples, args.sizes)
    MMLogger.get_current_instance().setLevel('ERROR')
    times = measure(functions, args.step_repeats, 1)
    table(f'PCK of {args.num_samples} samples', times, 'mmpose')
    return dict(
        speedup=speedup(times['mmpose'], times['continuous']),
        ms={name: timing.median for name, timing in times.items()},
    )


def run_memory(args: Namespace) -> dict:
    """(g) Peak memory of a step."""
    found = memory.peaks(
        args.sizes, _setting(args), args.device, torch.get_num_threads()
    )
    print('\npeak memory of a first stylised step, beyond the model')
    for kind, size in found.items():
        print(f'  {kind:26} {size:.0f} MiB')
    over = found['train_step'] / found['networks']
    print(f'  train_step over networks: {over:.3f}')
    return dict(mib=found, over_networks=over)


PARTS = dict(
    alignment=run_alignment,
    step=run_step,
    style=run_style,
    data=run_data,
    ema=run_ema,
    evaluation=run_evaluation,
    memory=run_memory,
)
