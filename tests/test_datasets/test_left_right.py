# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Left and right are the person's own, on samples whose facing is known.

Of who looks at the camera the left side is at the image's right, of who is
seen from behind at the image's left. Turned pictures are covered by asking in
the frame of the trunk, from hips to shoulders.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from test_converters.kit import PERSON, convert, write_clip

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.datasets import (
    AnimalPoseDataset,
    FiguresDataset,
    LSPExtendedDataset,
    SURREALDataset,
)
from mmpose_mlda.datasets.figures.dice import Dice
from mmpose_mlda.datasets.figures.scene import draw_scene
from mmpose_mlda.datasets.figures.skeleton import Body, forward_kinematics
from mmpose_mlda.datasets.figures.styles import STYLES

# Photographs of LSP Extended, by number: how the trunk is seen in them. It
# was looked up in the pictures without the labels.
FRONTAL = (10, 29, 35, 45, 52, 102, 124, 143, 175, 183, 244, 246, 278)
BACK = (37, 80, 117, 134, 231, 236, 280)
# The release is wrong about these: the sides of its labels are exchanged.
FRONTAL_EXCHANGED, BACK_EXCHANGED = (255, 271), (172,)

# Animals of AnimalPose that are alone in their photograph. Of the first the
# face is seen; the others show one flank and the eye of that side only.
FACES = (
    '2008_000080', '2008_005064', '2008_007012', '2009_002561', '2009_003241',
    '2009_004307', '2010_001457', '2010_002693', '2011_002414', 'ca95',
    'co64', 'do78', 'sh145',
)  # fmt: skip
LEFT_FLANKS = (
    'co142', 'co84', 'do16', 'ho116', 'ho135', 'ho24', 'ho40', 'ho51', 'ho96',
    'sh153',
)  # fmt: skip
RIGHT_FLANKS = (
    'co100', 'co102', 'co104', 'co182', 'co190', 'co194', 'co2', 'co89',
    'do194', 'ho114', 'ho139', 'ho146', 'ho180', 'ho45', 'ho47', 'sh89',
)  # fmt: skip
SIDES = ('right_eye', 'left_eye')
EXPECTED_EYES = (
    {name: [*SIDES] for name in FACES}
    | {name: ['left_eye'] for name in LEFT_FLANKS}
    | {name: ['right_eye'] for name in RIGHT_FLANKS}
)
TRUNK = ('shoulder', 'hip')

SIZE = (64, 64)
LOAD = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
]
STILL = dict(
    type='mmpose_mlda.TopdownAffineWithMatrix',
    input_size=SIZE,
    rotation=0,
    shear=0,
    scale=(1, 1),
    translation=0,
)
PIPELINES = {
    'as it is': [*LOAD, STILL],
    'mirrored by the matrix': [*LOAD, dict(STILL, mirror_prob=1.0)],
    'mirrored by MMPose': [
        *LOAD,
        dict(type='RandomFlip', prob=1.0),
        dict(type='TopdownAffine', input_size=SIZE),
    ],
}
each_pipeline = pytest.mark.parametrize('way', PIPELINES)


def build(kind, way, **options):
    with DefaultScope.overwrite_default_scope('mmpose'):
        return kind(pipeline=PIPELINES[way], **options)


def joints_of(dataset, i):
    """{name: (x, y) in the input} of the joints with a label."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        sample = dataset[i]
    points = sample['transformed_keypoints'][0, :, :2]
    labelled = sample['keypoints_visible'][0] > 0
    names = dataset.metainfo['keypoint_id2name']
    return {names[k]: points[k] for k in np.flatnonzero(labelled)}


def facing(joints):
    """Of shoulders and of hips: 1 frontal, -1 from behind.

    y points down: from the trunk's upward axis to the axis from right to left
    it is a turn clockwise in a frontal view.
    """
    right, left = (
        {part: joints[f'{side}_{part}'] for part in TRUNK}
        for side in ('right', 'left')
    )
    up = right['shoulder'] + left['shoulder'] - right['hip'] - left['hip']
    return [
        int(np.sign(np.linalg.det([up, left[part] - right[part]])))
        for part in TRUNK
    ]


@each_pipeline
def test_photographs(shared_dir, way):
    expected = {
        number: [sign, sign]
        for numbers, sign in (
            (FRONTAL, 1),
            (BACK, -1),
            (FRONTAL_EXCHANGED, -1),
            (BACK_EXCHANGED, 1),
        )
        for number in numbers
    }
    dataset = build(
        LSPExtendedDataset,
        way,
        data_root=str(shared_dir / 'data' / 'lspet'),
        indices=[number - 1 for number in expected],
        joints='body16',
        missing='skip',
    )
    seen = {
        number: facing(joints_of(dataset, i))
        for i, number in enumerate(expected)
    }
    assert seen == expected


@pytest.fixture(scope='module')
def animals(shared_dir, tmp_path_factory):
    """The photographs of the lists, as the converter writes them."""
    out = tmp_path_factory.mktemp('animalpose') / 'out'
    assert convert(AnimalPose, shared_dir / 'data/animalpose', out) == 0
    for path in list((out / 'annotations').iterdir()):
        content = json.loads(path.read_text())
        images = [i for i in content['images'] if stem(i) in EXPECTED_EYES]
        ids = {image['id'] for image in images}
        content['images'] = images
        content['annotations'] = [
            a for a in content['annotations'] if a['image_id'] in ids
        ]
        if images:
            path.write_text(json.dumps(content))
        else:
            path.unlink()
    return out


def stem(image):
    return image['file_name'].split('.')[0]


@pytest.mark.slow  # decodes all photographs
@each_pipeline
def test_animals(animals, way):
    """A mirrored left flank is a right one."""
    exchanged = dict(zip(SIDES, SIDES[::-1], strict=True))
    seen = {}
    for path in (animals / 'annotations').iterdir():
        dataset = build(
            AnimalPoseDataset,
            way,
            data_root=str(animals),
            ann_file=f'annotations/{path.name}',
        )
        for i in range(len(dataset)):
            name = Path(dataset.get_data_info(i)['img_path']).stem
            joints = joints_of(dataset, i)
            # from left to right in the picture
            seen[name] = sorted(
                set(SIDES) & set(joints), key=lambda eye: joints[eye][0]
            )
    expected = dict(EXPECTED_EYES)
    if way != 'as it is':
        for name in (*LEFT_FLANKS, *RIGHT_FLANKS):
            expected[name] = [exchanged[eye] for eye in expected[name]]
    assert seen == expected


@each_pipeline
@pytest.mark.parametrize('style', ['synthetic', 'photo'])
def test_figures(way, style):
    """The axis that the chest and the pelvis look along, towards the camera
    at positive z or away from it, tells the facing."""
    dataset = build(
        FiguresDataset,
        way,
        style=style,
        length=300,
        image_size=64,
        label_occluded=True,
    )
    trunk = {f'{a}_{b}' for a in ('left', 'right') for b in TRUNK}
    look, left = STYLES[style], {1: 10, -1: 10}
    for i in range(len(dataset)):
        scene = draw_scene(Dice(1, look.code, 0, i, 0), look)
        frames = forward_kinematics(
            scene.pose.angles, Body.average(), scene.pose.root
        ).frames
        ahead = np.array([frames[n][2, 2] for n in ('chest', 'pelvis')])
        sign = int(np.sign(ahead[0]))
        if (ahead * sign > 0.5).all() and left[sign]:
            joints = joints_of(dataset, i)
            if trunk <= set(joints):  # inside the picture
                assert facing(joints) == [sign, sign], i
                left[sign] -= 1
    assert not any(left.values())


TURNS = (0, 40, -60, 130, 180, 245)  # degrees to the person's left


@pytest.fixture(scope='module')
def surreal(tmp_path_factory):
    """A person in 3-D, turned about the vertical axis, by clip.

    Who is not turned faces the camera. What SURREAL's labels call left lies
    on the person's right.
    """
    folder = tmp_path_factory.mktemp('surreal')
    x, y = np.array([PERSON[k] for k in range(24)], float).T
    z = np.zeros(24)
    z[[10, 11]] = 20  # the toes are in front
    for number, turn in enumerate(np.deg2rad(TURNS)):
        turned = (x - 160) * np.cos(turn) + z * np.sin(turn) + 160
        path = folder / 'cmu/train/run0/01_01' / f'01_01_c{number:04d}'
        write_clip(path, np.stack([turned, y])[..., None])
    assert convert(Surreal, folder / 'cmu', folder / 'out') == 0
    return folder / 'out'


@each_pipeline
@pytest.mark.parametrize('shoulders', ['collar', 'arm'])
def test_surreal(surreal, way, shoulders):
    dataset = build(
        SURREALDataset,
        way,
        data_root=str(surreal),
        ann_file='annotations/surreal_train.json',
        data_prefix=dict(img='images/'),
        shoulders=shoulders,
    )
    assert len(dataset) == len(TURNS)
    for i, turn in enumerate(TURNS):
        expected = int(np.sign(np.cos(np.deg2rad(turn))))
        assert facing(joints_of(dataset, i)) == [expected, expected], turn
