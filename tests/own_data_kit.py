# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Two folders of pictures and COCO files, as a user may have them."""

import json

import cv2
import numpy as np

JOINTS = ['nose', 'left_paw', 'right_paw', 'tail']


def write_images(folder, names, seed=0, size=(96, 80)):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for name in names:
        # blocks, so that no two are nearly the same
        coarse = rng.integers(0, 255, (8, 10, 3), dtype=np.uint8)
        image = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / name), image)


def coco(names, joints=JOINTS, seed=0, size=(96, 80)):
    """A label a picture."""
    rng = np.random.default_rng(seed)
    width, height = size
    images, labels = [], []
    for number, name in enumerate(names):
        images.append(
            dict(id=number, file_name=name, width=width, height=height)
        )
        points = rng.uniform(0.2, 0.8, (len(joints), 2)) * size
        flagged = np.column_stack([points, np.full(len(joints), 2)])
        labels.append(
            dict(
                id=number,
                image_id=number,
                category_id=1,
                bbox=[8, 8, width - 16, height - 16],
                area=(width - 16) * (height - 16),
                iscrowd=0,
                num_keypoints=len(joints),
                keypoints=flagged.flatten().round(2).tolist(),
            )
        )
    skeleton = [[1, len(joints)]] if len(joints) > 1 else []
    category = dict(id=1, name='dog', keypoints=joints, skeleton=skeleton)
    return dict(images=images, annotations=labels, categories=[category])


def write_json(path, content):
    path.write_text(json.dumps(content))
    return path


def write_pair(folder, count=12, joints=JOINTS):
    """``source.json``, ``renderings/``, ``photographs/``, ``val.json``."""
    source = [f's{i:02d}.png' for i in range(count)]
    target = [f't{i:02d}.png' for i in range(count)]
    write_images(folder / 'renderings', source, seed=1)
    write_images(folder / 'photographs', target, seed=2)
    val = [f'v{i:02d}.png' for i in range(4)]
    write_images(folder / 'labelled', val, seed=3)
    write_json(folder / 'source.json', coco(source, joints, seed=4))
    write_json(folder / 'val.json', coco(val, joints, seed=5))
    return dict(
        source=[folder / 'source.json'],
        source_images=folder / 'renderings',
        target_images=folder / 'photographs',
    )
