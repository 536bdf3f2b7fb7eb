# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Write a trained network as a plain model of MMPose:
python tools/export_teacher.py CONFIG CHECKPOINT --out DIR."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.export import export_teacher


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(
        description='Write the teacher of an adaptation as a config and a '
        'checkpoint that MMPose takes without mmpose_mlda'
    )
    add = parser.add_argument
    add('config', help='config file of the adaptation')
    add('checkpoint', help='checkpoint file of the adaptation')
    add('--out', type=Path, required=True, help='folder of the two files')
    add(
        '--network',
        choices=['teacher', 'student'],
        default='teacher',
        help='which of the two networks (default: teacher)',
    )
    add(
        '--onnx',
        action='store_true',
        help='write an ONNX file, too, compared with PyTorch on noise and '
        'on test images where there are any',
    )
    launch.add_cfg_options(
        parser, 'change the config, as the training was given it'
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        launch.check_checkpoint(args.checkpoint)
        cfg = launch.load_for_looking(args)
        if args.onnx:
            from mmpose_mlda.apis import onnx_export

            onnx_export.require_packages()
        exported = export_teacher(cfg, args.checkpoint, args.out, args.network)
        for path in exported:
            print(path)
        if args.onnx:
            images = onnx_export.test_images(cfg)
            print(onnx_export.export_onnx(exported, images=images))


if __name__ == '__main__':
    main()
