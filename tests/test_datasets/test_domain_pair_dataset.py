# Copyright (c) mmpose_mlda contributors. All rights reserved.
# ruff: noqa: NPY002 (MMPose's transforms use numpy's global generator)
import copy
import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from PIL import Image
from scipy.io import savemat
from scipy.ndimage import gaussian_filter
from torch.utils.data import DataLoader, default_collate

from mmpose_mlda.datasets import (
    DomainPairDataset,
    DomainPairSampler,
    WholeBoxTargets,
)
from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.registry import DATASETS

SOURCES, TARGETS = 7, 5


@pytest.fixture(scope='module', autouse=True)
def _default_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def seed_globals(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def draw_globals():
    return random.random(), np.random.random(), torch.rand(1).item()


def write_photographs(root, joints, file_name, seed):
    """A release: joints.mat and soft random images of 60 x 80."""
    (root / 'images').mkdir(parents=True)
    savemat(root / 'joints.mat', {'joints': joints})
    rng = np.random.default_rng(seed)
    for n in range(joints.shape[2]):
        noise = gaussian_filter(rng.normal(size=(80, 60, 3)), (3, 3, 0))
        pixels = np.clip(128 + 500 * noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(root / 'images' / (file_name % (n + 1)))
    return str(root)


def source_joints():
    rng = np.random.default_rng(1)
    joints = rng.uniform(5, 55, (14, 3, SOURCES))
    joints[:, 2] = rng.random((14, SOURCES)) < 0.8
    return joints


def target_joints(seed):
    rng = np.random.default_rng(seed)
    joints = rng.uniform(-500, 500, (3, 14, TARGETS))
    joints[2] = rng.random((14, TARGETS)) < 0.5
    return joints


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp('pair')
    source = write_photographs(
        root / 'lspet', source_joints(), 'im%05d.jpg', 1
    )
    targets = [
        write_photographs(
            root / f'lsp{labels}', target_joints(labels), 'im%04d.jpg', 2
        )
        for labels in (0, 1)
    ]
    return SimpleNamespace(source=source, target=targets[0], other=targets[1])


LOAD = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='mmpose_mlda.RandomBoxCrop'),
]
VIEW = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=(32, 48),
        mirror_prob=0.5,
    ),
    dict(
        type='mmpretrain.ColorJitter',
        brightness=0.25,
        contrast=0.25,
        saturation=0.25,
        backend='cv2',
    ),
]
STILL = dict(rotation=0, shear=0, scale=(1, 1), translation=0)


def pair_config(folders, target=None):
    return dict(
        type='mmpose_mlda.DomainPairDataset',
        source=dict(
            type='mmpose_mlda.LSPExtendedDataset',
            data_root=folders.source,
            pipeline=LOAD + VIEW,
        ),
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=dict(
                type='mmpose_mlda.LSPDataset',
                data_root=target or folders.target,
            ),
            pipeline=LOAD,
        ),
        student_pipeline=VIEW,
        teacher_pipeline=VIEW,
    )


@pytest.fixture(scope='module')
def pair(folders):
    return DATASETS.build(pair_config(folders))


def assert_same(first, second, path=''):
    """Bit for bit, in every corner of a sample."""
    assert type(first) is type(second), path
    if isinstance(first, dict):
        assert first.keys() == second.keys(), path
        for key in first:
            assert_same(first[key], second[key], f'{path}.{key}')
    elif torch.is_tensor(first):
        assert first.dtype == second.dtype, path
        assert torch.equal(first, second), path
    else:
        assert first == second, path


def test_a_sample(pair, folders):
    assert len(pair) == SOURCES
    sample = pair[2, 4, 99]
    assert sample.keys() == {'inputs', 'data_samples'}
    assert sample['inputs'].keys() == {
        'source',
        'target_student',
        'target_teacher',
    }
    for image in sample['inputs'].values():
        assert image.shape == (3, 48, 32)
        assert image.dtype == torch.uint8
        assert image.float().std() > 5
    data = sample['data_samples']
    assert data.keys() == {
        'source',
        'target_student',
        'target_teacher',
        'flip_indices',
        'target_index',
        'seed',
    }
    assert data['seed'] == 99
    assert data['target_index'] == 4
    assert data['source']['keypoints'].shape == (14, 2)
    assert data['source']['keypoint_weights'].shape == (14,)
    for branch in ('target_student', 'target_teacher'):
        assert data[branch].keys() == {'warp_mat', 'canonical_mat'}
        for matrix in data[branch].values():
            assert matrix.shape == (3, 3)
            assert matrix.dtype == torch.float64
    # LSP: R ankle, R knee, R hip <-> L hip, L knee, L ankle, and so on
    assert data['flip_indices'].tolist() == [
        *(5, 4, 3, 2, 1, 0),
        *(11, 10, 9, 8, 7, 6),
        *(12, 13),
    ]


def test_a_batch(pair):
    batch = default_collate([pair[i, i, 2**62 + i] for i in range(3)])
    assert batch['inputs']['source'].shape == (3, 3, 48, 32)
    data = batch['data_samples']
    assert data['seed'].dtype == torch.int64
    assert data['seed'].tolist() == [2**62, 2**62 + 1, 2**62 + 2]
    assert data['source']['keypoints'].dtype == torch.float32
    assert data['source']['keypoints'].shape == (3, 14, 2)
    assert data['target_teacher']['warp_mat'].shape == (3, 3, 3)
    assert data['flip_indices'].shape == (3, 14)


def test_labels_of_the_source(folders):
    """Without augmentation: the whole photograph, padded to the aspect."""
    config = pair_config(folders)
    still = dict(VIEW[0], mirror_prob=0.0, **STILL)
    config['source']['pipeline'] = [*LOAD[:2], still]
    data = DATASETS.build(config)[3, 0, 0]['data_samples']['source']
    joints = source_joints()[..., 3]
    # 60 x 80 in 32 x 48: the larger factor of 60 / 32 and 80 / 48
    zoom = 32 / 60
    for k in range(14):
        visible = joints[k, 2]
        assert data['keypoint_weights'][k] == visible
        if visible:
            expected = (
                (joints[k, 0] - 30) * zoom + 16,
                (joints[k, 1] - 40) * zoom + 24,
            )
            np.testing.assert_allclose(
                data['keypoints'][k], expected, atol=0.01
            )


def test_a_sample_is_a_function_of_its_slot(pair):
    slot = (2, 4, 99)
    first = pair[slot]
    pair[1, 1, 5]
    seed_globals(1)
    assert_same(pair[slot], first)
    other = pair[2, 4, 100]
    for branch, image in first['inputs'].items():
        assert not torch.equal(other['inputs'][branch], image)
    # the source of a slot does not depend on its target, nor vice versa
    mixed = pair[2, 0, 99]
    assert_same(mixed['inputs']['source'], first['inputs']['source'])
    assert_same(
        mixed['data_samples']['source'], first['data_samples']['source']
    )
    mixed = pair[0, 4, 99]
    for branch in ('target_student', 'target_teacher'):
        assert_same(mixed['inputs'][branch], first['inputs'][branch])
        assert_same(
            mixed['data_samples'][branch], first['data_samples'][branch]
        )


def test_two_views_of_one_image(pair):
    """The same crop, another augmentation."""
    data = pair[0, 1, 7]
    student, teacher = (
        data['data_samples'][b] for b in ('target_student', 'target_teacher')
    )
    assert torch.equal(student['canonical_mat'], teacher['canonical_mat'])
    assert not torch.allclose(student['warp_mat'], teacher['warp_mat'])
    # pixels of one view are found in the other by the matrices
    other = pair[0, 1, 8]['data_samples']['target_student']
    assert not torch.equal(student['canonical_mat'], other['canonical_mat'])


def test_batches_do_not_depend_on_the_workers(folders):
    batches = []
    for workers in (0, 1, 2):
        seed_globals(workers)
        pair = DATASETS.build(pair_config(folders))
        loader = DataLoader(
            pair,
            batch_size=4,
            sampler=DomainPairSampler(pair, seed=5),
            num_workers=workers,
        )
        stream = iter(loader)
        batches.append([next(stream) for _ in range(5)])
        del stream
    for first, second, third in zip(*batches, strict=True):
        assert_same(second, first)
        assert_same(third, first)


def test_global_generators_are_left_alone(pair):
    seed_globals(5)
    expected = draw_globals()
    seed_globals(5)
    pair[0, 0, 1]
    assert draw_globals() == expected


def test_generators_are_restored_after_an_error():
    def fail():
        with seeded(2**63 - 1):
            draw_globals()
            raise KeyError

    seed_globals(5)
    expected = draw_globals()
    seed_globals(5)
    with pytest.raises(KeyError):
        fail()
    assert draw_globals() == expected


def test_target_labels_do_not_get_in(folders, pair):
    """Every keypoint and visibility of the target is another one."""
    corrupted = DATASETS.build(pair_config(folders, folders.other))
    plain = DATASETS.build(pair_config(folders)['target']['dataset'])
    other = DATASETS.build(
        pair_config(folders, folders.other)['target']['dataset']
    )
    for i in range(TARGETS):
        one, two = plain.get_data_info(i), other.get_data_info(i)
        assert (one['keypoints'] != two['keypoints']).all()
        for key in ('keypoints', 'keypoints_visible'):
            assert not pair.target.get_data_info(i)[key].any()
    for slot in itertools.islice(DomainPairSampler(pair, seed=1), 10):
        assert_same(corrupted[slot], pair[slot])


def test_a_labelled_target_is_refused(folders):
    config = pair_config(folders)
    config['target'] = dict(config['source'], pipeline=LOAD)
    with pytest.raises(
        TypeError, match=r'LSPExtendedDataset.*UnlabeledPoseDataset'
    ):
        DATASETS.build(config)


def test_other_keypoints_are_refused(folders):
    config = pair_config(folders)
    config['source']['joints'] = 'body16'
    with pytest.raises(ValueError, match=r'same keypoints.*KeypointConverter'):
        DATASETS.build(config)


def test_the_target_takes_the_table_of_the_source(folders):
    """The remedy of the error: its own labels are not used anyway."""
    config = pair_config(folders)
    config['source']['joints'] = 'body16'
    config['target']['metainfo'] = 'body16'
    data = DATASETS.build(config)[0, 0, 0]['data_samples']
    assert data['source']['keypoints'].shape == (16, 2)
    assert len(data['flip_indices']) == 16


def test_converted_keypoints_of_the_source(folders):
    """The other remedy: joint 0 of the source is not in the table of the
    target, and has no weight."""
    config = pair_config(folders)
    view = dict(VIEW[0], mirror_prob=0.0)
    config['source']['pipeline'] = [*LOAD, view]
    plain = DATASETS.build(config)
    convert = dict(
        type='KeypointConverter',
        num_keypoints=14,
        mapping=[(k, k) for k in range(1, 14)],
    )
    config['source']['pipeline'] = [*LOAD, convert, view]
    converted = DATASETS.build(config)
    for i in range(SOURCES):
        one, two = (
            p[i, 0, 9]['data_samples']['source'] for p in (plain, converted)
        )
        weights = one['keypoint_weights'].clone()
        weights[0] = 0
        assert torch.equal(two['keypoint_weights'], weights)
        moved = one['keypoints'][1:] - two['keypoints'][1:]
        assert moved.abs().max() < 1e-4


def test_plain_indices_are_refused(pair):
    with pytest.raises(TypeError, match=r'not 3;.*DomainPairSampler'):
        pair[3]


def test_views_need_their_matrices(folders):
    config = copy.deepcopy(pair_config(folders))
    config['teacher_pipeline'] = [
        dict(type='TopdownAffine', input_size=(32, 48))
    ]
    with pytest.raises(KeyError, match='TopdownAffineWithMatrix'):
        DATASETS.build(config)[0, 0, 0]


def test_metainfo_is_that_of_the_keypoints(pair):
    assert isinstance(pair, DomainPairDataset)
    assert pair.metainfo['num_keypoints'] == 14
    pair.full_init()


# ------------------------------------------------------------- whole boxes
def test_whole_boxes(pair, folders):
    """What a test pipeline makes of the photographs, in their order."""
    targets = WholeBoxTargets(pair)
    assert len(targets) == TARGETS
    pipeline = [
        *(dict(type='LoadImage'), dict(type='GetBBoxCenterScale', padding=1)),
        dict(type='TopdownAffine', input_size=(32, 48)),
    ]
    test = DATASETS.build(
        dict(pair_config(folders)['target'], pipeline=pipeline, test_mode=True)
    )
    for index in range(TARGETS):
        seed_globals(index)
        before = draw_globals()
        seed_globals(index)
        sample = targets[index]
        assert draw_globals() == before
        assert sample['target_index'] == index
        image = test[index]['img'].transpose(2, 0, 1)
        np.testing.assert_array_equal(sample['image'], image)
        # photographs of 60 x 80 to 32 x 48, which is higher
        zoom = 32 / 60
        wanted = [[zoom, 0, 0], [0, zoom, 24 - zoom * 40], [0, 0, 1]]
        np.testing.assert_allclose(sample['warp_mat'], wanted, atol=1e-5)


def test_whole_boxes_need_one_matrix(folders):
    config = pair_config(folders)
    config['student_pipeline'] = VIEW * 2
    with pytest.raises(ValueError, match='has 2 transforms'):
        WholeBoxTargets(DATASETS.build(config))


# ------------------------------------------------- a few labels of the target
def labeled_config(folders, indices=(3, 0)):
    """Labelled images, augmented as the source is."""
    config = pair_config(folders)
    labeled = copy.deepcopy(config['target']['dataset'])
    config['target_labeled'] = labeled | dict(
        indices=list(indices), pipeline=config['source']['pipeline']
    )
    return config


def test_labelled_target_images_come_beside(folders, pair):
    labeled = DATASETS.build(labeled_config(folders))
    assert len(labeled.target_labeled) == 2
    slots = list(itertools.islice(DomainPairSampler(labeled, seed=1), 4))
    for slot in slots:
        sample = labeled[slot]
        image = sample['inputs'].pop('target_labeled')
        labels = sample['data_samples'].pop('target_labeled')
        assert image.shape == (3, 48, 32)
        assert labels['keypoints'].shape == (14, 2)
        assert_same(sample, pair[slot[:3]])
    assert {slot[3] for slot in slots} == {0, 1}
    batch = default_collate([labeled[slot] for slot in slots])
    weights = batch['data_samples']['target_labeled']['keypoint_weights']
    assert weights.shape == (4, 14)
    assert weights.any()


def test_labels_of_a_target_image(folders):
    """Of photograph 4 of the release, in the input without augmentation."""
    config = labeled_config(folders)
    plain = DATASETS.build(config['target']['dataset'])
    still = dict(VIEW[0], mirror_prob=0.0, **STILL)
    config['target_labeled']['pipeline'] = [*LOAD[:2], still]
    data = DATASETS.build(config)[0, 0, 0, 0]['data_samples']
    data = data['target_labeled']
    info = plain.get_data_info(3)
    np.testing.assert_allclose(
        data['keypoints'], (info['keypoints'][0] - (30, 40)) * 32 / 60
        + (16, 24), atol=0.01,
    )  # fmt: skip
    np.testing.assert_array_equal(
        data['keypoint_weights'], info['keypoints_visible'][0]
    )


def test_other_keypoints_of_labelled_images_are_refused(folders):
    config = labeled_config(folders)
    config['target_labeled']['joints'] = 'body16'
    with pytest.raises(ValueError, match=r'the target_labeled \['):
        DATASETS.build(config)
