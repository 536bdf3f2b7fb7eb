# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A made-up pair of domains in COCO files, to be spoilt."""

import json
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
from mmengine.config import Config

from mmpose_mlda.datasets.metainfo import LSP14

SIDE, COUNT = 64, 32
NAMES = [joint['name'] for joint in LSP14['keypoint_info'].values()]
# Somebody who looks at the camera: the left side is at the image's right.
BODY = {
    'ankle': (5, 58), 'knee': (5, 46), 'hip': (4, 34), 'wrist': (14, 33),
    'elbow': (12, 25), 'shoulder': (8, 16), 'neck': (0, 13),
    'head_top': (0, 5),
}  # fmt: skip


def standing_body() -> np.ndarray:
    """Joints (14, 2) of lsp14."""
    points = []
    for name in NAMES:
        side, _, part = name.partition('_')
        x, y = BODY[part if side in ('left', 'right') else name]
        points.append((32 + (x if side == 'left' else -x), y))
    return np.array(points, float)


def make_set(folder: Path, name: str, seed: int) -> dict:
    """Images of clouds and a COCO file of bodies in front of them."""
    rng = np.random.default_rng(seed)
    (folder / name).mkdir(parents=True)
    images, annotations = [], []
    for number in range(COUNT):
        clouds = rng.uniform(0, 255, (6, 6, 3)).astype(np.float32)
        image = cv2.resize(clouds, (SIDE, SIDE))
        image += rng.normal(0, 6, (SIDE, SIDE, 3))
        file_name = f'{number:03d}.png'
        path = str(folder / name / file_name)
        cv2.imwrite(path, image.clip(0, 255).astype(np.uint8))
        points = standing_body() + rng.normal(0, 1.5, (14, 2))
        points[:, 0] += rng.uniform(-6, 6)
        points = points.clip(0, SIDE - 1)
        low, high = points.min(axis=0), points.max(axis=0)
        images.append(
            dict(id=number, file_name=file_name, width=SIDE, height=SIDE)
        )
        annotations.append(
            dict(
                id=number,
                image_id=number,
                category_id=1,
                iscrowd=0,
                bbox=[*low.tolist(), *(high - low).tolist()],
                keypoints=np.c_[points, np.full(14, 2)].ravel().tolist(),
                num_keypoints=14,
            )
        )
    categories = [dict(id=1, name='person', keypoints=NAMES)]
    return dict(images=images, annotations=annotations, categories=categories)


class Pair:
    """Files and config of a pair; change ``coco`` and ``cfg``, then check.

    Args:
        images: Folder with a folder of images for each role.
        coco: Content of the COCO files by role.
        folder: Where to write the COCO files.
    """

    def __init__(self, images: Path, coco: dict, folder: Path) -> None:
        self.images, self.folder = images, folder
        self.coco = deepcopy(coco)
        load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
        affine = dict(type='TopdownAffine', input_size=(SIDE, SIDE))
        files = {
            role: dict(
                metainfo=deepcopy(LSP14),
                data_prefix=dict(img=f'{images / role}'),
                ann_file=f'{folder / role}.json',
                serialize_data=False,  # its garbage collection takes a second
                pipeline=deepcopy([*load, affine]),
            )
            for role in coco
        }
        labelled = 'mmpose_mlda.LabeledPoseDataset'
        self.cfg = dict(
            model=dict(
                student=dict(
                    head=dict(
                        out_channels=14, decoder=dict(input_size=(SIDE, SIDE))
                    )
                )
            ),
            train_dataloader=dict(
                batch_size=4,
                dataset=dict(
                    type='mmpose_mlda.DomainPairDataset',
                    source=dict(type=labelled, **files['source']),
                    target=dict(
                        type='mmpose_mlda.UnlabeledPoseDataset',
                        **files['target'],
                    ),
                ),
            ),
            val_dataloader=dict(dataset=dict(type=labelled, **files['val'])),
        )
        self.source = self.cfg['train_dataloader']['dataset']['source']
        self.target = self.cfg['train_dataloader']['dataset']['target']
        self.val = self.cfg['val_dataloader']['dataset']

    def labels(self, role: str) -> np.ndarray:
        """Joints (N, 14, 3) of a role, to be given to :meth:`relabel`."""
        labels = self.coco[role]['annotations']
        rows = [np.reshape(label['keypoints'], (14, 3)) for label in labels]
        return np.array(rows, float)

    def relabel(self, role: str, joints: np.ndarray) -> None:
        """Replace the joints of a role."""
        labels = self.coco[role]['annotations']
        for label, row in zip(labels, joints, strict=True):
            label['keypoints'] = row.ravel().tolist()
            label['num_keypoints'] = int((row[:, 2] > 0).sum())

    def permute(self, role: str, exchange: dict[str, str]) -> None:
        """Write the labels of some joints in the places of others."""
        order = [NAMES.index(exchange.get(name, name)) for name in NAMES]
        self.relabel(role, self.labels(role)[:, order])

    def config(self) -> Config:
        """Write the files; the config that names them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for role, content in self.coco.items():
            path = self.folder / f'{role}.json'
            path.write_text(json.dumps(content))
        return Config(self.cfg)


def sides(*parts: str) -> dict[str, str]:
    """Exchange of left and right of joints."""
    pairs = [(f'left_{part}', f'right_{part}') for part in parts]
    return dict(pairs) | {right: left for left, right in pairs}
