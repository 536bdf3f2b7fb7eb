# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pipelines that are right pass, and each kind of wrong one is found."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from scipy.io import savemat

from mmpose_mlda.apis.browsing import build_loader
from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.apis.view_check import ViewCheck
from mmpose_mlda.functional.coordinate_field import readable
from mmpose_mlda.registry import TRANSFORMS

ROOT = Path(__file__).parents[2]
LSP_TO_COCO = [
    *((0, 16), (1, 14), (2, 12), (3, 11), (4, 13), (5, 15)),
    *((6, 10), (7, 8), (8, 6), (9, 5), (10, 7), (11, 9)),
]


@TRANSFORMS.register_module(force=True)
class ShiftedImage:
    """Moves the pixels of a view by 3 to the right, and no label."""

    def __call__(self, results):
        results['img'] = np.roll(results['img'], 3, axis=1)
        return results


@TRANSFORMS.register_module(force=True)
class MirroredImage:
    """Mirrors a view, its joints on demand, but does not exchange sides."""

    def __init__(self, joints=False):
        self.joints = joints

    def __call__(self, results):
        results['img'] = results['img'][:, ::-1].copy()
        if self.joints:
            points = results['transformed_keypoints']
            points[..., 0] = results['img'].shape[1] - 1 - points[..., 0]
        return results


@TRANSFORMS.register_module(force=True)
class ExchangedVisibility:
    """Left is visible if right is, in a view that is not mirrored."""

    def __call__(self, results):
        order = results['flip_indices']
        results['keypoints_visible'] = results['keypoints_visible'][:, order]
        return results


@TRANSFORMS.register_module(force=True)
class Darkened:
    """A colour transform of the user's own, which wants bytes."""

    def __init__(self, strict=False):
        self.strict = strict

    def __call__(self, results):
        if self.strict and results['img'].dtype != np.uint8:
            raise TypeError('bytes, please')
        results['img'] = (results['img'] * 0.9).astype(results['img'].dtype)
        return results


def pair_config(source=(), student=(), load=(), **view):
    """The demo with transforms added to single pipelines."""
    cfg = Config.fromfile(ROOT / 'configs/demo/mlda_figures.py')
    init_default_scope('mmpose')
    data = cfg.train_dataloader.dataset
    for pipeline in (
        data.source.pipeline,
        data.student_pipeline,
        data.teacher_pipeline,
    ):
        affine = next(t for t in pipeline if 'Affine' in t.type)
        affine.update(view)
    at = data.source.pipeline.index(
        next(t for t in data.source.pipeline if 'Affine' in t.type)
    )
    data.source.pipeline[at:at] = load
    data.source.pipeline += source
    data.student_pipeline += student
    return cfg


def checked(cfg, count=3, split='train', **options):
    check = ViewCheck(build_loader(cfg, split), **options)
    assert len(list(check.run(count))) == count
    return check


def largest(check):
    return {name: max(row.errors) for name, row in check.rows.items()}


def failing(check):
    return {n for n, row in check.rows.items() if not row.passes(0.5)}


VIEWS = ('target_student', 'target_teacher', 'teacher to student')
SOURCE = ('source, labels', 'source, warp_mat')


@pytest.mark.parametrize(
    ('mirror', 'fill'), [(0, 'image'), (1, 'black'), (0.5, 'image')]
)
def test_views_of_the_demo(mirror, fill):
    check = checked(pair_config(mirror_prob=mirror, crop_fill=fill))
    assert tuple(check.rows) == (*SOURCE, *VIEWS)
    assert failing(check) == set()
    assert max(largest(check).values()) < 0.05
    for name, row in check.rows.items():
        total = 3 * (64 if name in VIEWS else 14)
        assert total / 2 < len(row.errors)
        assert name == VIEWS[-1] or len(row.errors) + row.outside <= total
    assert check.left_out == ['ColorJitter']


@pytest.mark.parametrize('wrong', [False, True])
def test_labelled_target_images_are_checked_too(wrong):
    cfg = pair_config()
    data = cfg.train_dataloader.dataset
    labeled = dict(data.target.dataset, pipeline=list(data.source.pipeline))
    if wrong:
        labeled['pipeline'].append(dict(type='mmpose_mlda.ShiftedImage'))
    data.target_labeled = labeled
    check = checked(cfg)
    names = ('target_labeled, labels', 'target_labeled, warp_mat')
    assert tuple(check.rows) == (*SOURCE, *names, *VIEWS)
    assert failing(check) == (set(names) if wrong else set())


def test_photographs_that_are_decoded_at_a_reduced_size(tmp_path):
    """The field has the pixels of the reduced image then."""
    rng = np.random.default_rng(0)
    (tmp_path / 'images').mkdir()
    for number in (1, 2):
        cv2.imwrite(
            str(tmp_path / f'images/im{number:04d}.jpg'),
            rng.integers(0, 256, (901, 650, 3), dtype=np.uint8),
        )
    joints = rng.uniform(200, 450, (3, 14, 2))
    joints[2] = 0  # nothing occluded
    savemat(tmp_path / 'joints.mat', dict(joints=joints))
    cfg = pair_config()
    data = cfg.train_dataloader.dataset
    photographs = dict(type='mmpose_mlda.LSPDataset', data_root=str(tmp_path))
    data.source = dict(photographs, pipeline=data.source.pipeline)
    data.target.dataset = photographs
    for pipeline in (data.source.pipeline, data.target.pipeline):
        # 901 / 128 / 1.7 = 4.1
        pipeline[0] = dict(
            type='mmpose_mlda.LoadReducedImage',
            input_size=(128, 128),
            oversampling=1.7,
        )
    check = checked(cfg)
    assert tuple(check.rows) == (*SOURCE, *VIEWS)
    assert failing(check) == set()
    assert max(largest(check).values()) < 0.05


@pytest.mark.parametrize(
    ('broken', 'wrong', 'size'),
    [
        (dict(source=[dict(type='mmpose_mlda.ShiftedImage')]), SOURCE, 3),
        (dict(student=[dict(type='mmpose_mlda.ShiftedImage')]), VIEWS[::2], 3),
        (dict(source=[dict(type='mmpose_mlda.MirroredImage')]), SOURCE, None),
        (
            dict(student=[dict(type='mmpose_mlda.MirroredImage')]),
            VIEWS[::2],
            None,
        ),
        # MMPose's flip of the image that a view is made of
        (dict(student=[dict(type='RandomFlip', prob=1.0)]), VIEWS[::2], None),
    ],
)
def test_moved_pixels(broken, wrong, size):
    check = checked(pair_config(**broken))
    assert failing(check) == set(wrong)
    for name in wrong:
        if size is not None:
            errors = torch.tensor(check.rows[name].errors)
            # but for pixels that np.roll brings to the other side
            assert errors.median().item() == pytest.approx(size, abs=0.02)


def test_sides_not_exchanged():
    """The error of a joint is its distance from its partner."""
    cfg = pair_config(
        source=[dict(type='mmpose_mlda.MirroredImage', joints=True)]
    )
    check = checked(cfg, count=1)
    assert 'source, labels' in failing(check)
    slot = next(iter(check.loader.sampler))
    plain = build_loader(pair_config(), 'train').dataset[slot]
    points = plain['data_samples']['source']['keypoints']
    apart = (points - points[check.flip]).norm(dim=-1)
    found = torch.tensor(check.rows['source, labels'].errors)
    assert (found[:, None] - apart).abs().amin(dim=1).max() < 0.05
    assert found.max() > 3
    assert found.min() < 0.05  # neck and head top


def test_sides_of_visibility_not_exchanged():
    cfg = pair_config(source=[dict(type='mmpose_mlda.ExchangedVisibility')])
    cfg.train_dataloader.dataset.source.label_occluded = False
    check = checked(cfg, count=8)
    row = check.rows['source, labels']
    assert row.unlabelled > 0
    assert max(row.errors) < 0.05
    assert failing(check) == {'source, labels'}


def test_crop_that_the_views_do_not_share():
    """Each matrix is right, but not the way over the canonical frames."""
    cfg = pair_config()
    pipeline = cfg.train_dataloader.dataset.student_pipeline
    pipeline.insert(0, dict(type='mmpose_mlda.RandomBoxCrop'))
    assert failing(checked(cfg)) == {VIEWS[-1]}


def test_unknown_colour_transforms():
    own = dict(type='mmpose_mlda.Darkened')
    check = checked(pair_config(source=[own]))
    assert failing(check) == set(SOURCE)
    assert not check.rows['source, labels'].errors
    named = checked(pair_config(source=[own]), colour=['Darkened'])
    assert failing(named) == set()
    assert named.left_out == ['ColorJitter', 'Darkened']
    with pytest.raises(OptionError, match='--colour-transforms Darkened'):
        checked(pair_config(source=[dict(own, strict=True)]))


def test_same_views_as_in_training():
    """Colours before the warp draw as many random numbers."""
    jitter = dict(type='mmpretrain.ColorJitter', brightness=0.5, contrast=0.5)
    check = checked(pair_config(load=[jitter]), count=1)
    loader = build_loader(pair_config(load=[jitter]), 'train')
    slot = next(iter(loader.sampler))
    traced, plain = (
        d[slot]['data_samples'] for d in (check.dataset, loader.dataset)
    )
    for view in ('target_student', 'target_teacher'):
        assert torch.equal(traced[view]['warp_mat'], plain[view]['warp_mat'])
    expected = plain['source']['keypoints']
    assert torch.equal(traced['source']['keypoints'], expected)


def test_target_out_of_sight():
    """A view that shows nothing of the image is not passed."""
    cfg = pair_config(student=[dict(type='mmpose_mlda.Darkened')])
    check = checked(cfg)
    assert failing(check) == set(VIEWS[::2])
    assert not readable(torch.zeros(3, 4, 4)).any()


def combined_config(*extra):
    """Figures with COCO's 17 keypoints, mirrored before the warp."""
    figures = dict(
        type='mmpose_mlda.FiguresDataset',
        style='synthetic',
        length=4,
        image_size=64,
        pipeline=[
            dict(
                type='KeypointConverter',
                num_keypoints=17,
                mapping=LSP_TO_COCO,
            )
        ],
    )
    init_default_scope('mmpose')
    return Config(
        dict(
            val_dataloader=dict(
                batch_size=1,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dict(
                    type='CombinedDataset',
                    metainfo=dict(from_file='configs/_base_/datasets/coco.py'),
                    datasets=[figures],
                    pipeline=[
                        dict(type='LoadImage'),
                        dict(type='PhotometricDistortion'),
                        dict(type='GetBBoxCenterScale'),
                        dict(type='RandomFlip', prob=1.0),
                        dict(type='RandomBBoxTransform'),
                        dict(type='TopdownAffine', input_size=(48, 64)),
                        *extra,
                        dict(type='PackPoseInputs'),
                    ],
                ),
            )
        )
    )


def test_pipelines_of_mmpose():
    check = checked(combined_config(), split='val')
    assert failing(check) == set()
    assert tuple(check.rows) == ('input, labels',)
    assert max(largest(check).values()) < 0.05
    assert check.left_out == ['PhotometricDistortion']
    # after the warp MMPose's flip forgets the keypoints of the input
    late = combined_config(dict(type='RandomFlip', prob=1.0))
    assert failing(checked(late, split='val')) == {'input, labels'}


def wrapped(*transforms):
    """Transforms in each other's wrappers, as MMEngine's stack has them."""
    return [
        dict(
            type='mmdet.RandomOrder',
            transforms=[
                dict(type='RandomApply', prob=1.0, transforms=transform)
                for transform in transforms
            ],
        )
    ]


def test_transforms_within_others():
    colours = [
        dict(type='mmpose_mlda.GaussianNoise', std=99.0),
        dict(type='mmpretrain.ColorJitter', contrast=0.5),
    ]
    check = checked(pair_config(load=wrapped(*colours)))
    assert failing(check) == set()
    assert check.left_out == ['ColorJitter', 'GaussianNoise']

    shifted = dict(type='mmpose_mlda.ShiftedImage')
    check = checked(pair_config(source=wrapped(*colours, shifted)))
    assert failing(check) == set(SOURCE)


def test_several_data_sets():
    cfg = pair_config()
    data = cfg.train_dataloader.dataset
    plain = data.source
    broken = dict(
        plain,
        pipeline=[*plain.pipeline, dict(type='mmpose_mlda.ShiftedImage')],
    )
    for parts, wrong in (([plain] * 2, set()), ([plain, broken], set(SOURCE))):
        data.source = dict(type='ConcatDataset', datasets=parts)
        assert failing(checked(cfg, count=6)) == wrong


def test_data_without_a_top_down_view():
    cfg = combined_config()
    pipeline = cfg.val_dataloader.dataset.pipeline
    cfg.val_dataloader.dataset.pipeline = pipeline[:2]
    with pytest.raises(OptionError, match='no top-down affine'):
        checked(cfg, split='val')
    with pytest.raises(OptionError, match='has no test_dataloader'):
        build_loader(cfg, 'test')
