# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Draw the joints of every keypoint table, with numbers and names:

python tools/misc/draw_joint_tables.py docs/images
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_mlda.datasets import FiguresDataset
from mmpose_mlda.datasets.metainfo import TABLES, get_table
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.visualization.animal_sketch import JOINTS, animal_sketch
from mmpose_mlda.visualization.joint_chart import joint_chart

FIGURE = 355  # of the synthetic stream; faces the camera, nothing is hidden
SIDE = 480
QUALITY = 85  # of JPEG


def draw_table(name: str) -> np.ndarray:
    """RGB chart of a table, on a rendered person or a sketched animal."""
    meta = parse_pose_metainfo(get_table(name))
    joints = list(meta['keypoint_name2id'])
    if set(joints) <= set(JOINTS):
        points = np.array([JOINTS[joint] for joint in joints], float)
        return joint_chart(animal_sketch(), points, meta)
    figure = FiguresDataset(
        style='synthetic',
        length=1,
        offset=FIGURE,
        image_size=SIDE,
        joints=name,
    ).get_data_info(0)
    image = np.ascontiguousarray(figure['img'][..., ::-1])
    return joint_chart(image, figure['keypoints'][0], meta)


def main(argv: list[str] | None = None) -> None:
    parser = ArgumentParser(description=__doc__.partition(':')[0])
    parser.add_argument('out', type=Path, help='folder of the pictures')
    out = parser.parse_args(argv).out
    for name in TABLES:
        picture = draw_table(name)[..., ::-1]
        options = (cv2.IMWRITE_JPEG_QUALITY, QUALITY)
        _, data = cv2.imencode('.jpg', picture, options)
        path = out / f'joints_{name}.jpg'
        AtomicLocalBackend().put(data.tobytes(), path)
        print(f'{path}: {len(data) / 1000:.0f} kB')


if __name__ == '__main__':
    main()
