# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Peak memory of a first step, with the optimiser's state that it makes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from .alignment import Sizes
from .step import Setting, StepBenchmark

STATUS = Path('/proc/self/status')
FORGET = Path('/proc/self/clear_refs')
KINDS = ('networks', 'train_step')


def peaks(
    sizes: Sizes, setting: Setting, device: str, threads: int
) -> dict[str, float]:
    """MiB that a stylised step takes beyond its model, by what is run.

    The host's allocator keeps what it once had, so each is measured in a
    process of its own.
    """
    found = {}
    for kind in KINDS:
        request = dict(
            kind=kind,
            sizes=asdict(sizes),
            setting=asdict(setting),
            device=device,
            threads=threads,
        )
        done = subprocess.run(
            [sys.executable, '-m', __name__, json.dumps(request)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        if done.returncode:
            raise RuntimeError(f'Peak memory of {kind}: {done.stderr}')
        found[kind] = float(done.stdout.split()[-1])
    return found


def measure(
    kind: str, sizes: Sizes, setting: Setting, device: str = 'cpu'
) -> float:
    """MiB of one step, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        bench = StepBenchmark(sizes, setting, Path(folder), device)
    make = bench.whole if kind == 'train_step' else bench.networks
    return growth(make(True), torch.device(device))


def growth(function: Callable[[], object], device: torch.device) -> float:
    """MiB by which a call raises the peak above what is held before."""
    if device.type == 'cuda':
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        function()
        after = torch.cuda.max_memory_allocated(device)
        return (after - before) / 2**20
    FORGET.write_text('5')  # the peak of what went before
    before = _resident('VmRSS')
    function()
    return _resident('VmHWM') - before


def _resident(name: str) -> float:
    """MiB; ``ru_maxrss`` would hold that of the parent process too."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise OSError(f'{STATUS} has no {name}')


def main() -> None:
    from mmengine.registry import init_default_scope

    request = json.loads(sys.argv[1])
    torch.set_num_threads(request['threads'])
    init_default_scope('mmpose')
    print(
        measure(
            request['kind'],
            Sizes(**request['sizes']),
            Setting(**request['setting']),
            request['device'],
        )
    )


if __name__ == '__main__':
    main()
