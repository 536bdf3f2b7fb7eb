# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Frames of videos as unlabelled images of the target:
python tools/misc/extract_frames.py VIDEO_OR_FOLDER --out DIR."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.frames import Selection, extract_frames
from mmpose_mlda.converters.cli import resumable_work


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Save frames of a video, or of all videos of a folder. '
        'The same command goes on after an interruption'
    )
    add = parser.add_argument
    add('source', type=Path, help='a video or a folder of videos')
    add('--out', type=Path, required=True, help='folder of the images')
    add(
        '--every',
        type=float,
        default=1.0,
        metavar='SECONDS',
        help='time between two frames (default: 1)',
    )
    add('--max-frames', type=int, metavar='N', help='at most so many a video')
    add(
        '--min-change',
        type=float,
        default=2.0,
        metavar='LEVELS',
        help='skip a frame if its grey thumbnail of 16 x 16 differs from that '
        'of the last one saved by less than this, on average, of 255 '
        '(default: 2; 0 saves all)',
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with resumable_work(args.out), launch.errors_without_traceback():
        selection = Selection(args.every, args.max_frames, args.min_change)
        broken = extract_frames(args.source, args.out, selection)
    for message in broken:
        print(f'left out: {message}')
    sys.exit(1 if broken else 0)


if __name__ == '__main__':
    main()
