# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Releases in their original layout, written from their descriptions."""

import json
from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

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


def write_lsp(root: Path, points, visible, sizes, extended=False):
    """LSP or LSP Extended, whose axes and flags are not the same.

    Args:
        root: New folder.
        points: (N, 14, 2).
        visible: (N, 14), 1 or 0.
        sizes: Width and height of the N photographs.
        extended: Which of the two.
    """
    x, y = np.moveaxis(np.asarray(points, float), (0, 1, 2), (2, 1, 0))
    shown = np.asarray(visible, float).T
    if extended:
        joints = np.stack([x, y, shown], axis=1)
    else:
        joints = np.stack([x, y, 1 - shown])
    root.mkdir(parents=True)
    savemat(root / 'joints.mat', dict(joints=joints))
    digits = 5 if extended else 4
    for number, size in enumerate(sizes, start=1):
        write_image(root / 'images' / f'im{number:0{digits}d}.jpg', size)
    return root


# A person who faces the camera, 12 pixels or more between joints. SURREAL's
# left joints are on the left of the image, i.e. the person's right.
PERSON = {
    0: (160, 120), 3: (160, 106), 6: (160, 92), 9: (160, 78), 12: (160, 62),
    15: (160, 44), 1: (146, 128), 4: (144, 158), 7: (142, 188),
    10: (130, 196), 13: (147, 68), 16: (134, 72), 18: (126, 92),
    20: (118, 112), 22: (110, 124), 2: (174, 128), 5: (176, 158),
    8: (178, 188), 11: (190, 196), 14: (173, 68), 17: (186, 72),
    19: (194, 92), 21: (202, 112), 23: (210, 124),
}  # fmt: skip


def surreal_joints(num_frames, shift=(0, 0)):
    """(2, 24, T): the person moves 2 to the right and half a pixel down."""
    base = np.array([PERSON[k] for k in range(24)], float) + shift
    steps = np.arange(num_frames)[:, None] * [2, 0.5]
    return (base[:, None] + steps).transpose(2, 0, 1)


def write_video(path: Path, joints):
    """A white disc of radius 3 at each joint, on black, 320 x 240."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, (320, 240)
    )
    assert writer.isOpened()
    for points in joints.transpose(2, 1, 0):
        frame = np.zeros((240, 320, 3), np.uint8)
        for x, y in points:
            centre = (round(x * 16), round(y * 16))
            white = (255, 255, 255)
            cv2.circle(frame, centre, 3 * 16, white, -1, cv2.LINE_AA, 4)
        writer.write(frame)
    writer.release()


def write_clip(path: Path, joints):
    """A video and its labels, ``path`` without extensions."""
    write_video(path.with_name(f'{path.name}.mp4'), joints)
    # a last axis of 1 is not there in MATLAB
    squeezed = joints[..., 0] if joints.shape[2] == 1 else joints
    content = dict(joints2D=squeezed, gender=np.zeros((1, 1)))
    savemat(path.with_name(f'{path.name}_info.mat'), content)


def write_surreal(root: Path):
    """Three videos for training and one each for the other splits."""
    videos = {
        'train/run0/01_01/01_01_c0001': surreal_joints(25),
        # partly and wholly out of the frame
        'train/run0/01_01/01_01_c0002': surreal_joints(11, (120, 0)),
        'train/run1/02_03/02_03_c0001': surreal_joints(3, (400, 0)),
        'val/run0/01_02/01_02_c0001': surreal_joints(1),
        'test/run2/03_01/03_01_c0007': surreal_joints(12, (-20, 5)),
    }
    for name, joints in videos.items():
        write_clip(root / name, joints)
    return videos


def write_processed(root: Path):
    """RegDA's copy; joint k of entry n at (k + 0.5, 2 k + n)."""
    points = {}
    for split in ('train', 'val', 'test'):
        for run, num in enumerate((10, 5, 5)):
            entries = []
            for n in range(num):
                joints = [[k + 0.5, 2.0 * k + n] for k in range(24)]
                points[f'{split}/run{run}/{n}.jpg'] = joints
                entries.append(
                    dict(
                        name=f'{n}.jpg',
                        keypoint2d=joints,
                        keypoint3d=[[0, 0, 0]] * 24,
                        intrinsic_matrix=[[1, 0, 0]] * 3,
                    )
                )
                write_image(root / split / f'run{run}' / f'{n}.jpg', (50, 50))
            path = root / split / f'run{run}.json'
            path.write_text(json.dumps(entries))
    return points


def write_synanimal(root: Path, animal, num=8, seed=0):
    """Vertices anywhere in and around images of 64 x 48; a third hidden."""
    rng = np.random.default_rng(seed)
    folder = root / f'{animal}_combineds5r5_texture'
    vertices = {}
    for n in range(num):
        xy = rng.uniform((-5, 4), (60, 40), (3299, 2))
        visible = rng.random((3299, 1)) > 1 / 3
        name = f'{n}_img.png'
        vertices[name] = np.hstack((xy, visible))
        write_image(folder / name, (64, 48))
        np.save(folder / f'{n}_kpts.npy', vertices[name])
    return vertices


def write_tigdog(root: Path, animal, shots):
    """Frames follow one another; landmark l (from 1) of the release in frame
    f is at (10 l, 100 + f), number 5 is hidden and 6 is not there."""
    ranges, start = [], 1
    for shot, (num_frames, has_landmarks) in shots.items():
        end = start + num_frames - 1
        ranges.append((shot, start, end))
        for frame in range(start, end + 1):
            write_image(root / animal / f'{frame:08d}.jpg', (200, 160))
        if has_landmarks:
            cells = np.empty((num_frames, 1), object)
            for offset in range(num_frames):
                cells[offset, 0] = tigdog_landmarks(start + offset)
            path = root / 'landmarks' / animal / f'{shot}.mat'
            path.parent.mkdir(parents=True, exist_ok=True)
            savemat(path, dict(landmarks=cells))
        start = end + 1
    path = root / 'ranges' / animal / 'ranges.mat'
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, dict(ranges=np.array(ranges, np.uint16)))


def tigdog_landmarks(frame):
    positions = np.array([[10 * n, 100 + frame] for n in range(1, 20)], float)
    visible = np.ones((19, 1), np.uint8)
    visible[4:6] = 0
    positions[5] = 0
    return dict(positions=positions, visibility=visible)
