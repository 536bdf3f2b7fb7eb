# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Releases in their original layout, written from their descriptions."""

import json
from pathlib import Path

import cv2
import numpy as np

from mmpose_mlda.converters.cli import main

ANIMALS = {'dog': 1, 'cat': 2, 'sheep': 3, 'horse': 4, 'cow': 5}


def convert(converter, *arguments):
    """Run the command; its exit code or message."""
    try:
        main(converter, ['--processes', '1', *map(str, arguments)])
    except SystemExit as end:
        return end.code
    raise AssertionError('the command must end the program')


def load(folder, name):
    return json.loads((folder / 'annotations' / f'{name}.json').read_text())


def labels_of(folder, name):
    """{file name: [(joints (K, 3), annotation)]}."""
    content = load(folder, name)
    names = {image['id']: image['file_name'] for image in content['images']}
    found = {file_name: [] for file_name in names.values()}
    for label in content['annotations']:
        joints = np.reshape(label['keypoints'], (-1, 3))
        found[names[label['image_id']]].append((joints, label))
    return found


def write_image(path: Path, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size[::-1], 3), 90, np.uint8))


def animalpose_label(image_id, animal, shift):
    """Joint k at (k + shift, 2 k + 1); 3 is hidden, 4 is not labelled."""
    joints = [[k + shift, 2 * k + 1, 1] for k in range(20)]
    joints[3][2], joints[4] = 0, [0, 0, 0]
    return dict(
        image_id=image_id,
        bbox=[1, 2, 31, 22],
        keypoints=joints,
        num_keypoints=20,
        category_id=ANIMALS[animal],
    )


def write_animalpose(root: Path, num=20):
    """Dogs on all photographs, a second one and a sheep on every fourth."""
    images, labels = {}, []
    for n in range(num):
        images[str(n)] = f'2008_{n:06d}.jpg'
        write_image(root / 'images' / images[str(n)])
        labels.append(animalpose_label(n, 'dog', n))
        if n % 4 == 0:
            labels.append(animalpose_label(n, 'dog', n + 5))
            labels.append(animalpose_label(n, 'sheep', n + 9))
    content = dict(images=images, annotations=labels, categories=[], info={})
    (root / 'keypoints.json').write_text(json.dumps(content))
    return root
