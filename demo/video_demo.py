# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Poses in a video, by an exported model:
python demo/video_demo.py VIDEO CONFIG CHECKPOINT --out DIR."""

import sys
from argparse import ArgumentParser, Namespace
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
from image_demo import add_common_arguments, refuse_overwriting
from mmengine.utils import ProgressBar

from mmpose_mlda.apis import inference, launch


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Poses in a video')
    add = parser.add_argument
    add('video', type=Path, help='a video')
    add_common_arguments(parser)
    add(
        '--boxes',
        type=Path,
        help="detections in the format of COCO's results, whose image_id is "
        'the number of the frame, from 0; without it a frame is one box',
    )
    add('--max-frames', type=int, help='end after so many frames')
    return parser.parse_args(argv)


class VideoFile:
    """A video that has its name when it is complete, ``part_...`` before.

    Args:
        path: The file, .mp4.
        rate: Frames a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self.part = path.with_name(f'part_{path.name}')
        self.writer: cv2.VideoWriter | None = None

    def add(self, frame) -> None:
        if self.writer is None:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self.writer = cv2.VideoWriter(
                str(self.part),
                cv2.VideoWriter_fourcc(*'mp4v'),
                self.rate,
                frame.shape[1::-1],
            )
        self.writer.write(frame)

    def __enter__(self) -> 'VideoFile':
        return self

    def __exit__(self, error: type[BaseException] | None, *_) -> None:
        if self.writer is None:
            return
        self.writer.release()
        if error is None:
            self.part.replace(self.path)


def run(args: Namespace) -> None:
    drawn = args.out / f'{args.video.stem}.mp4'
    numbers = args.out / 'results.json'
    outputs = [numbers] if args.no_pictures else [numbers, drawn]
    refuse_overwriting([args.video, args.boxes], outputs)
    frames, count, rate = inference.read_video(args.video)
    boxes = None
    if args.boxes is not None:
        boxes = inference.read_frame_boxes(args.boxes, args.score_thr)
    model = inference.load_model(args.config, args.checkpoint, args.device)
    painter = inference.Painter(model, args.kpt_thr, args.draw_boxes)
    results: list[dict] = []
    bar = ProgressBar(min(count, args.max_frames or count))
    with VideoFile(drawn, rate) as video:
        try:
            for number, frame in enumerate(islice(frames, args.max_frames)):
                here = None if boxes is None else boxes.get(number, [])
                sample = inference.predict(model, frame, here)
                if not args.no_pictures:
                    video.add(painter.draw(frame, sample))
                results.append(
                    dict(frame=number, instances=inference.instances(sample))
                )
                bar.update()
        finally:  # what is there when it is interrupted
            inference.write_results(model, results, numbers)
    print(f'\n{numbers}')


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        run(args)


if __name__ == '__main__':
    main()
