# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Poses in images, by an exported model:
python demo/image_demo.py IMAGES CONFIG CHECKPOINT --out DIR."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmengine.utils import ProgressBar

from mmpose_mlda.apis import inference, launch


def add_common_arguments(parser: ArgumentParser) -> None:
    """Flags of the demos for images and for videos."""
    add = parser.add_argument
    add('config', help='config that tools/export_teacher.py has written')
    add('checkpoint', help='its checkpoint')
    add('--out', type=Path, required=True, help='folder of the results')
    add('--score-thr', type=float, default=0.0, help='of boxes (default: 0)')
    add('--device', default='cpu', help="'cpu' (default) or e.g. 'cuda:0'")
    add(
        '--kpt-thr',
        type=float,
        default=0.3,
        help='score from which keypoints are drawn (default: 0.3)',
    )
    add('--draw-boxes', action='store_true', help='draw the boxes, too')
    add('--no-pictures', action='store_true', help='write nothing but numbers')


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Poses in images')
    parser.add_argument(
        'images', type=Path, help='an image or a folder of images'
    )
    add_common_arguments(parser)
    parser.add_argument(
        '--boxes',
        type=Path,
        help='COCO file, or detections in the format of its results; without '
        'it the whole image is one box',
    )
    return parser.parse_args(argv)


def run(args: Namespace) -> None:
    images = inference.find_images(args.images)
    folder = args.images if args.images.is_dir() else args.images.parent
    boxes = None
    if args.boxes is not None:
        boxes = inference.read_boxes(args.boxes, folder, args.score_thr)
    model = inference.load_model(args.config, args.checkpoint, args.device)
    painter = inference.Painter(model, args.kpt_thr, args.draw_boxes)
    results: list[dict] = []
    bar = ProgressBar(len(images))
    try:
        for path in images:
            name = path.relative_to(folder)
            image = inference.read_image(path)
            here = None if boxes is None else boxes.get(path, [])
            sample = inference.predict(model, image, here)
            if not args.no_pictures:
                inference.write_picture(
                    painter.draw(image, sample), args.out / 'pictures' / name
                )
            results.append(
                dict(
                    file=name.as_posix(), instances=inference.instances(sample)
                )
            )
            bar.update()
    finally:  # what is there when it is interrupted
        inference.write_results(model, results, args.out / 'results.json')
    print(f'\n{args.out / "results.json"}')


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        run(args)


if __name__ == '__main__':
    main()
