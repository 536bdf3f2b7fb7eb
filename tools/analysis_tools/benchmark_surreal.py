# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How fast SURREAL is converted, and in how much memory:

python tools/analysis_tools/benchmark_surreal.py

A made-up video of 320 x 240 pixels and 100 frames is linked under many names.
All frames up to the last that becomes an image have to be decoded.
"""

import os
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

import cv2
import numpy as np
from scipy.io import savemat

LENGTH = 100  # frames of a video, the release's longest
SIZE = (320, 240)
MEBI = 1024  # ru_maxrss counts in KiB


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Measure the conversion of SURREAL')
    add = parser.add_argument
    add('--images', type=int, nargs='+', default=[1000, 10000])
    add('--every', type=int, default=10, help='take each n-th frame')
    add('--processes', type=int, nargs='+', default=[1, 2])
    add('--tmp-dir', help='on which disk (default: that of the system)')
    return parser.parse_args(argv)


def write_release(folder: Path, num_videos: int) -> None:
    """A textured scene with a patch that moves, and joints on the patch."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    scene = cv2.resize(
        rng.integers(0, 255, (30, 40, 3), np.uint8), SIZE
    ).astype(np.uint8)
    video = folder / 'video.mp4'
    codec = cv2.VideoWriter_fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(video), codec, 25, SIZE)
    for shift in range(LENGTH):
        frame = scene.copy()
        frame[40:200, 60 + shift : 140 + shift] = scene[:160, :80]
        writer.write(frame)
    writer.release()
    joints = rng.uniform((60, 40), (140, 200), (24, 2))
    shifts = np.stack([np.arange(LENGTH), np.zeros(LENGTH)])[:, None]
    joints = joints.T[..., None] + shifts
    savemat(folder / 'info.mat', dict(joints2D=joints))
    for number in range(num_videos):
        name = f'train/run0/{number:05d}/{number:05d}_c0001'
        path = folder / f'{name}.mp4'
        path.parent.mkdir(parents=True)
        path.symlink_to(video)
        path.with_name(f'{path.stem}_info.mat').symlink_to(folder / 'info.mat')


def measure(
    raw: Path, out: Path, processes: int, every: int
) -> tuple[float, float]:
    """Seconds and the peak MiB of the largest process."""
    script = ROOT / 'tools' / 'dataset_converters' / 'surreal.py'
    flags = ['--every', str(every), '--processes', str(processes)]
    command = [sys.executable, script, raw, out, *flags]
    log = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        list(map(str, command)),
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, log, 1)],
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    os.close(log)
    if status:
        sys.exit('error: the conversion failed; see above')
    return seconds, usage.ru_maxrss / MEBI


def main() -> None:
    args = parse_args()
    print('images  processes  seconds  images/s  per process  peak MiB')
    for images in args.images:
        with tempfile.TemporaryDirectory(dir=args.tmp_dir) as folder:
            raw = Path(folder, 'raw')
            num_videos = -(-images * args.every // LENGTH)
            write_release(raw, num_videos)
            for processes in args.processes:
                out = Path(folder, f'out{processes}')
                seconds, memory = measure(raw, out, processes, args.every)
                rate = images / seconds
                print(
                    f'{images:6d}  {processes:9d}  {seconds:7.1f}  '
                    f'{rate:8.0f}  {rate / processes:11.0f}  {memory:8.0f}',
                    flush=True,
                )


if __name__ == '__main__':
    main()
