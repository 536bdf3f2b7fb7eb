# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Every data set from the files of its release to its row of a table.

A model that answers with the labels, or with points at a known distance from
them, has a score that is known from the definition of PCK. The labels are
what was written into the release, mapped to the input by hand.
"""

import json
from typing import NamedTuple

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from test_converters.kit import (
    convert,
    surreal_joints,
    tigdog_landmarks,
    write_animalpose,
    write_clip,
    write_lsp,
    write_synanimal,
    write_tigdog,
)

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.lsp import LSP, LSPExtended
from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.converters.synanimal import SynAnimal
from mmpose_mlda.converters.tigdog import TigDog
from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.registry import DATASETS

SIDE, CELLS = 256, 64
LIMBS = ['Sld', 'Elb', 'Wrist', 'Hip', 'Knee', 'Ankle']
HORSES = ['Eye', 'Chin', 'Sld', 'Hip', 'Elb', 'Knee', 'Hoof']
DOGS = ['Eye', 'Elb', 'Knee', 'Hoof']
# spec of the 16 slots: LSP's joint of each; none for pelvis and thorax
LSP_OF_SLOT = (0, 1, 2, 3, 4, 5, None, None, 12, 13, 6, 7, 8, 9, 10, 11)
# SMPL's joint of each slot
SMPL_OF_SLOT = (7, 4, 1, 2, 5, 8, 0, 9, 12, 15, 20, 18, 13, 14, 19, 21)
HORSE = (
    1718, 1684, 1271, 1634, 1650, 1643, 1659, 925, 392, 564, 993, 726, 1585,
    1556, 427, 1548, 967, 877,
)  # fmt: skip
SHEEP = (
    2046, 1944, 1875, 1900, 1868, 1894, 173, 1829, 1422, 821, 622, 575, 1370,
    716,
)  # fmt: skip
TIGER = (1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 18, 13, 14, 9, 10, 11, 12)
POSE14_OF_20 = (0, 1, 13, 14, 15, 16, 9, 10, 11, 12, 5, 6, 7, 8)


class Label(NamedTuple):
    """Joints (K, 2) in the image, which count (K,), box as x0, y0, x1, y1."""

    points: np.ndarray
    counts: np.ndarray
    box: tuple


class Case(NamedTuple):
    """A data set; its labels by file name, in the order of the release."""

    config: dict
    labels: dict[str, list[Label]]
    groups: list[str]
    padding: float
    rounding: str


def human(config, labels, groups=(*LIMBS, 'Head', 'Neck')):
    return Case(config, labels, list(groups), 1.0, 'round')


def animal(config, labels, groups):
    return Case(config, labels, groups, 1.25, 'floor')


def lsp_release(folder, extended):
    """Joints also at the border and, in LSP, hidden ones with a place."""
    rng = np.random.default_rng(3)
    sizes = [(150, 90), (80, 160), (120, 120)]
    points = rng.uniform(0, 1, (3, 14, 2)) * np.array(sizes)[:, None]
    points[2, 0] = 0.4, 60  # in the first two columns of the heatmap
    visible = rng.random((3, 14)) < 0.8
    visible[2, 0] = True
    points = points.round(2)
    write_lsp(folder / 'raw', points, visible, sizes, extended)
    name = 'im{:05d}.jpg' if extended else 'im{:04d}.jpg'
    labels = {
        name.format(n): [Label(p, v, (0, 0, *size))]
        for n, (p, v, size) in enumerate(
            zip(points, visible, sizes, strict=True), start=1
        )
    }
    return folder / 'raw', labels


def lspet(folder):
    raw, labels = lsp_release(folder, True)
    config = dict(type='mmpose_mlda.LSPExtendedDataset', data_root=str(raw))
    return human(config, labels)


def lsp_slots(folder):
    raw, labels = lsp_release(folder, False)
    taken = [joint or 0 for joint in LSP_OF_SLOT]
    has = np.array([joint is not None for joint in LSP_OF_SLOT])
    labels = {
        name: [Label(found.points[taken], found.counts[taken] & has,
                     found.box)]
        for name, (found,) in labels.items()
    }  # fmt: skip
    config = dict(
        type='mmpose_mlda.LSPDataset', data_root=str(raw), joints='body16'
    )
    return human(config, labels)


def converted(folder, converter, raw, name, *flags):
    """Config of a converted file."""
    assert convert(converter, raw, folder / 'out', *flags) == 0
    return dict(
        data_root=str(folder / 'out'),
        ann_file=f'annotations/{name}.json',
        data_prefix=dict(img='images/'),
    )


def converted_lsp(folder, converter, name):
    """The file of the converter, by MMPose's own class."""
    raw, labels = lsp_release(folder, converter is LSPExtended)
    config = converted(folder, converter, raw, name)
    table = get_table('lsp14')
    return human(dict(config, type='CocoDataset', metainfo=table), labels)


def surreal(folder):
    labels = {}
    # of the second clip some joints are out of the frame of 320 x 240
    for clip, shift in (('01_01_c0001', 0), ('01_01_c0002', 120)):
        joints = surreal_joints(21, (shift, 0))
        write_clip(folder / 'cmu/train/run0/01_01' / clip, joints)
        for number in (0, 10, 20):
            points = joints[..., number].T
            inside = points[points[:, 0] < 319.5]
            low, high = inside.min(axis=0), inside.max(axis=0)
            side = int(np.ceil(1.5 * (high - low).max()))
            corner = np.rint((low + high - side + 1) / 2)
            slots = (points - corner)[list(SMPL_OF_SLOT)]
            box = (0, 0, side, side)
            labels[f'{clip}_f{number:04d}.jpg'] = [
                Label(slots, np.ones(16, bool), box)
            ]
    config = converted(folder, Surreal, folder / 'cmu', 'surreal_train')
    return human(dict(config, type='mmpose_mlda.SURREALDataset'), labels)


def synanimal(folder, name, table, groups):
    raw = folder / 'raw'
    labels = {}
    for file_name, vertices in write_synanimal(raw, name, 15).items():
        xy = vertices[:, :2]
        box = (*xy.min(axis=0).clip(0), *xy.max(axis=0))
        points = xy[list(table)]
        labels[file_name] = [Label(points, np.ones(len(points), bool), box)]
    config = converted(
        folder, SynAnimal, raw, f'synanimal_{name}_train', '--animals', name
    )
    config.update(
        type='mmpose_mlda.SynAnimalDataset', joints=f'animal{len(table)}'
    )
    return animal(config, labels, groups)


def tigdog(folder, name, order):
    raw = folder / 'raw'
    write_tigdog(raw, name, dict.fromkeys(range(1, 13), (2, True)))
    labels = {}
    for frame in range(1, 25):
        content = tigdog_landmarks(frame)
        points = content['positions'][[n - 1 for n in order]]
        placed = points[(points > 0).all(axis=1)]
        x0, y0 = np.maximum(placed.min(axis=0) - 15, 0)
        x1, y1 = np.minimum(placed.max(axis=0) + 15, (200, 160))
        # number 5, marked as invisible, has a place and counts
        counts = points[:, 1] > 0
        box = (x0, y0, x1, y1)
        labels[f'{frame:08d}.jpg'] = [Label(points, counts, box)]
    config = converted(
        folder, TigDog, raw, f'tigdog_{name}_train', '--animals', name
    )
    config.update(type='mmpose_mlda.TigDogDataset')
    return animal(config, labels, HORSES)


def animalpose(folder):
    raw = write_animalpose(folder / 'raw')
    content = json.loads((raw / 'keypoints.json').read_text())
    labels = {}
    for label in content['annotations']:
        if label['category_id'] == 1:
            joints = np.array(label['keypoints'])[list(POSE14_OF_20)]
            name = content['images'][str(label['image_id'])]
            found = Label(joints[:, :2], joints[:, 1] > 0, label['bbox'])
            labels.setdefault(name, []).append(found)
    config = converted(
        folder, AnimalPose, raw, 'animalpose_dog_train', '--animals', 'dog'
    )
    config.update(type='mmpose_mlda.AnimalPoseDataset')
    return animal(config, labels, DOGS)


CASES = {
    'surreal': surreal,
    'lsp': lsp_slots,
    'lsp-converted': lambda f: converted_lsp(f, LSP, 'lsp_all'),
    'lspet': lspet,
    'lspet-converted': lambda f: converted_lsp(f, LSPExtended, 'lspet_train'),
    'synanimal18': lambda f: synanimal(f, 'horse', HORSE, HORSES),
    'synanimal14': lambda f: synanimal(f, 'sheep', SHEEP, DOGS),
    'tigdog-horse': lambda f: tigdog(f, 'horse', range(1, 19)),
    'tigdog-tiger': lambda f: tigdog(f, 'tiger', TIGER),
    'animalpose': animalpose,
}


@pytest.fixture(scope='module', params=CASES)
def case(request, tmp_path_factory):
    return CASES[request.param](tmp_path_factory.mktemp('oracle'))


@pytest.fixture(scope='module')
def samples(case):
    """(sample of the pipeline, label, joints in the input, crop's side)."""
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=case.padding),
        dict(type='TopdownAffine', input_size=(SIDE, SIDE)),
        dict(type='PackPoseInputs'),
    ]
    left = {name: list(found) for name, found in case.labels.items()}
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = DATASETS.build(
            dict(case.config, pipeline=pipeline, test_mode=True)
        )
        found = []
        for i in range(len(dataset)):
            sample = dataset[i]['data_samples'].to_dict()
            name = sample['img_path'].rpartition('/')[2]
            label = left[name].pop(0)
            x0, y0, x1, y1 = label.box
            if 'LSP' not in case.config['type']:
                # MMPose's COCO-style classes clip boxes to the last pixel
                height, width = sample['ori_shape']
                x1, y1 = min(x1, width - 1), min(y1, height - 1)
            side = case.padding * max(x1 - x0, y1 - y0)
            centre = np.array([x0 + x1, y0 + y1]) / 2
            points = (label.points - centre) * SIDE / side + SIDE / 2
            found.append((sample, label, points, side))
    return dataset, found


def cells_of(case, points):
    """Heatmap cells of labels and whether the papers score them."""
    if case.rounding == 'round':
        cells = np.floor(points * CELLS / SIDE + 0.5)
        return cells, ((cells >= 2) & (cells <= 63)).all(axis=1)
    cells = np.floor(points * CELLS / SIDE)
    return cells, ((cells >= 3) & (cells <= 59)).all(axis=1)


def score(case, samples, decode, off):
    """Results of predictions ``off`` to one side of the labels, in cells or
    in sides of the input; where nothing is scored, they are far away."""
    dataset, found = samples
    metric = PCK(decode=decode, label_rounding=case.rounding)
    metric.dataset_meta = dataset.metainfo
    num_scored = 0
    for sample, label, points, side in found:
        heatmaps = torch.zeros(len(points), CELLS, CELLS)
        cells, scored = cells_of(case, points)
        if decode == 'continuous':
            scored = ((points >= -0.5) & (points < SIDE - 0.5)).all(axis=1)
        scored &= label.counts
        num_scored += scored.sum()
        for k in np.flatnonzero(scored & (decode == 'argmax')):
            x, y = cells[k].astype(int)
            heatmaps[k, y, x + (off if x < CELLS / 2 else -off)] = 1
        moved = label.points + np.array([off * side, 0])
        predicted = np.where(scored[:, None], moved, 1e4)
        metric.process(
            None,
            [
                sample
                | dict(
                    pred_fields=dict(heatmaps=heatmaps),
                    pred_instances=dict(keypoints=predicted[None]),
                )
            ],
        )
    result = metric.evaluate(len(found))
    assert metric.scored.sum() == num_scored
    names = [key.partition('/')[2] for key in result]
    assert names == ['', *case.groups]
    return set(result.values())


@pytest.mark.parametrize(
    ('decode', 'off', 'expected'),
    [
        ('argmax', 0, 100),
        ('argmax', 3, 100),
        ('argmax', 4, 0),
        ('continuous', 0, 100),
        ('continuous', 0.049, 100),
        ('continuous', 0.051, 0),
    ],
)
def test_known_distances(case, samples, decode, off, expected):
    assert score(case, samples, decode, off) == {expected}


def test_labels_of_the_files(case, samples):
    """The class hands out what was written into the release."""
    _, found = samples
    assert found
    dropped = hidden = 0
    for sample, label, points, _ in found:
        labels = sample['gt_instances']
        visible = np.asarray(labels['keypoints_visible'])[0] > 0
        assert visible.tolist() == label.counts.tolist()
        np.testing.assert_allclose(
            np.asarray(labels['keypoints'])[0, visible],
            label.points[visible],
            atol=0.002,  # three decimals in the files
        )
        dropped += (label.counts & ~cells_of(case, points)[1]).sum()
        hidden += (~label.counts).sum()
    # the release has labels that are there and not scored
    if 'LSP' in case.config['type']:
        assert dropped
        assert hidden
