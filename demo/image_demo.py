# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Poses in images, by an exported model:
python demo/image_demo.py IMAGES CONFIG CHECKPOINT --out DIR."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
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


def refuse_overwriting(
    inputs: Iterable[Path | None], outputs: Iterable[Path]
) -> None:
    """Let no output take the place of an input.

    Raises:
        OptionError: With the file.
    """
    originals = {os.path.realpath(path) for path in inputs if path}
    for path in outputs:
        if os.path.realpath(path) in originals:
            raise launch.OptionError(
                f'{path} is read and would be overwritten; name another '
                'folder by --out'
            )


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


def read_boxes(
    args: Namespace, images: list[Path], folder: Path
) -> dict[Path, list] | None:
    """Boxes by image, if they are given; tells which images have none."""
    if args.boxes is None:
        return None
    boxes = inference.read_boxes(args.boxes, folder, args.score_thr)
    lacking = sum(not boxes.get(path) for path in images)
    print(f'without boxes: {lacking} of {len(images)} images')
    return boxes


def run(args: Namespace) -> int:
    """Write poses and pictures; returns how many images are unreadable."""
    images = inference.find_images(args.images)
    folder = args.images if args.images.is_dir() else args.images.parent
    names = [path.relative_to(folder) for path in images]
    numbers, pictures = args.out / 'results.json', args.out / 'pictures'
    drawn = [] if args.no_pictures else [pictures / name for name in names]
    refuse_overwriting([*images, args.boxes], [numbers, *drawn])
    boxes = read_boxes(args, images, folder)
    model = inference.load_model(args.config, args.checkpoint, args.device)
    painter = inference.Painter(model, args.kpt_thr, args.draw_boxes)
    results: list[dict] = []
    bar = ProgressBar(len(images))
    try:
        for path, name in zip(images, names, strict=True):
            result = dict(file=name.as_posix(), instances=[])
            try:
                image = inference.read_image(path)
            except (launch.OptionError, OSError) as error:
                if path == args.images:  # there is nothing to go on with
                    raise
                result['error'] = str(error)
            else:
                here = None if boxes is None else boxes.get(path, [])
                sample = inference.predict(model, image, here)
                if not args.no_pictures:
                    inference.write_picture(
                        painter.draw(image, sample), pictures / name
                    )
                result['instances'] = inference.instances(sample)
            results.append(result)
            bar.update()
    finally:  # what is there when it is interrupted
        inference.write_results(model, results, numbers)
    print(f'\n{numbers}')
    return sum('error' in result for result in results)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        broken = run(args)
    if broken:
        sys.exit(f'unreadable images: {broken}, named in results.json')


if __name__ == '__main__':
    main()
