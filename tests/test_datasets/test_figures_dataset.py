# Copyright (c) mmpose_mlda contributors. All rights reserved.
import random

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from mmpose_mlda.registry import DATASETS

# ruff: isort: split
from mmpose.evaluation.metrics import CocoMetric, PCKAccuracy

from mmpose_mlda.datasets import FiguresDataset, figures_dataset

PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=(64, 64)),
    dict(
        type='GenerateTarget',
        encoder=dict(
            type='MSRAHeatmap',
            input_size=(64, 64),
            heatmap_size=(16, 16),
            sigma=1.0,
        ),
    ),
    dict(type='PackPoseInputs'),
]


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


def figures(style='photo', length=6, **options):
    options.setdefault('image_size', 64)
    return DATASETS.build(
        dict(
            type='mmpose_mlda.FiguresDataset',
            style=style,
            length=length,
            **options,
        )
    )


def test_fields():
    info = figures(offset=12, seed=3).get_data_info(0)
    assert info['img_path'] == 'figures://v1/photo/s3/64px/000012.png'
    assert (info['id'], info['img_id'], info['category_id']) == (12, 12, 1)
    assert info['img'].shape == (64, 64, 3)
    assert info['img'].dtype == np.uint8
    assert info['img_shape'] == info['ori_shape'] == (64, 64)
    assert info['bbox'].tolist() == [[0, 0, 64, 64]]
    assert info['bbox_score'].tolist() == [1]
    assert info['keypoints'].shape == (1, 14, 2)
    assert info['keypoints_visible'].shape == (1, 14)
    for key in ('bbox', 'keypoints', 'keypoints_visible'):
        assert info[key].dtype == np.float32
    assert info['flip_indices'] == [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6,
                                    12, 13]  # fmt: skip
    assert info['dataset_name'] == 'lsp14'


def test_listing_renders_nothing(monkeypatch):
    def fail(*args):
        raise AssertionError('rendered')

    data = figures(length=3, lazy_init=True)
    monkeypatch.setattr(figures_dataset, 'render_figure', fail)
    data.full_init()
    assert len(data) == 3
    with pytest.raises(AssertionError, match='rendered'):
        data.get_data_info(0)


def test_offsets_give_disjoint_parts_of_one_stream():
    whole = figures(length=6)
    first, last = figures(length=3), figures(length=3, offset=3)
    for i in range(6):
        part = first if i < 3 else last
        a, b = whole.get_data_info(i), part.get_data_info(i % 3)
        assert a['img_path'] == b['img_path']
        assert (a['img'] == b['img']).all()
        assert (a['keypoints'] == b['keypoints']).all()
    paths = {whole.get_data_info(i)['img_path'] for i in range(6)}
    assert len(paths) == 6


def test_global_generators_are_untouched():
    before = (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        torch.get_rng_state().tolist(),
    )
    figures().get_data_info(1)
    assert before == (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        torch.get_rng_state().tolist(),
    )


def test_occluded_joints_count_if_asked():
    hidden = 0
    for style in ('synthetic', 'photo'):
        plain = figures(style, 30)
        labelled = figures(style, 30, label_occluded=True)
        for i in range(30):
            a, b = plain.get_data_info(i), labelled.get_data_info(i)
            assert (a['keypoints'] == b['keypoints']).all()
            seen, counts = a['keypoints_visible'], b['keypoints_visible']
            assert (seen <= counts).all()
            points = b['keypoints'][0]
            inside = ((points >= -0.5) & (points < 63.5)).all(axis=1)
            assert (counts[0] == inside).all()
            hidden += (seen < counts).sum()
            flags = np.reshape(b['raw_ann_info']['keypoints'], (14, 3))[:, 2]
            assert (flags == counts[0] + seen[0]).all()
    assert hidden > 50


def test_body16_has_the_same_joints_in_its_slots():
    a = figures(joints='lsp14', label_occluded=True).get_data_info(2)
    b = figures(joints='body16', label_occluded=True).get_data_info(2)
    assert b['keypoints'].shape == (1, 16, 2)
    slots = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 8, 9]
    np.testing.assert_array_equal(b['keypoints'][0, slots], a['keypoints'][0])
    # The pelvis is between the hips.
    hips = b['keypoints'][0, [2, 3]]
    assert np.abs(b['keypoints'][0, 6] - hips.mean(axis=0)).max() < 1.0


def test_cache_gives_the_same_samples(monkeypatch):
    plain, cached = figures(), figures(cache=True)
    first = cached.get_data_info(1)
    first['img'][:] = 0  # a transform that works in place
    first['keypoints'][:] = 0
    monkeypatch.setattr(figures_dataset, 'render_figure', None)
    again = cached.get_data_info(1)
    monkeypatch.undo()
    expected = plain.get_data_info(1)
    assert (again['img'] == expected['img']).all()
    assert (again['keypoints'] == expected['keypoints']).all()


def test_through_mmpose_s_pipeline():
    data = figures('synthetic', pipeline=PIPELINE, image_size=128)
    info = data.get_data_info(0)
    packed = data[0]
    assert packed['inputs'].shape == (3, 64, 64)
    sample = packed['data_samples']
    heatmaps = sample.gt_fields.heatmaps.numpy()
    weights = sample.gt_instance_labels.keypoint_weights.numpy()
    assert (weights == info['keypoints_visible']).all()
    for k in np.flatnonzero(weights[0]):
        y, x = np.unravel_index(heatmaps[k].argmax(), (16, 16))
        # 128 image pixels are 64 input pixels are 16 heatmap pixels.
        assert abs(np.array((x, y)) * 8 - info['keypoints'][0, k]).max() <= 6


def test_workers_render_the_same():
    data = figures(pipeline=PIPELINE, length=4)
    alone = [data[i]['inputs'] for i in range(4)]
    loader = DataLoader(data, 1, num_workers=2, collate_fn=lambda b: b[0])
    for expected, item in zip(alone, loader, strict=True):
        assert (item['inputs'] == expected).all()


def predictions(data):
    for i in range(len(data)):
        sample = data[i]['data_samples']
        sample = sample.to_dict()
        truth = data.get_data_info(i)
        sample['pred_instances'] = dict(
            keypoints=truth['keypoints'].copy(),
            keypoint_scores=np.ones((1, 14), np.float32),
        )
        yield sample


def test_metrics_of_mmpose():
    data = figures('synthetic', pipeline=PIPELINE, test_mode=True)
    samples = list(predictions(data))
    metric = PCKAccuracy(thr=0.05)
    metric.dataset_meta = data.metainfo
    metric.process([], samples)
    assert metric.evaluate(len(data))['PCK'] == pytest.approx(1.0)
    # One visible joint of a sample half a picture away.
    seen = sum(d['gt_instances']['keypoints_visible'].sum() for d in samples)
    k = np.flatnonzero(samples[0]['gt_instances']['keypoints_visible'])[0]
    samples[0]['pred_instances']['keypoints'][0, k] += 32
    metric.process([], samples)
    score = metric.evaluate(len(data))['PCK']
    assert 1.0 - 3.0 / seen < score < 1.0

    metric = CocoMetric()
    metric.dataset_meta = data.metainfo
    metric.process([], list(predictions(data)))
    assert metric.evaluate(len(data))['coco/AP'] == pytest.approx(1.0)


def test_under_an_unlabelled_data_set():
    data = DATASETS.build(
        dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=dict(
                type='mmpose_mlda.FiguresDataset',
                style='photo',
                length=3,
                image_size=64,
            ),
        )
    )
    info = data.get_data_info(2)
    assert (info['img'] == figures().get_data_info(2)['img']).all()
    assert not info['keypoints'].any()
    assert 'raw_ann_info' not in info


def test_indices_and_custom_tables():
    assert len(figures(indices=2)) == 2
    data = figures(indices=[4, 1])
    assert data.get_data_info(0)['id'] == 4
    table = dict(
        dataset_name='ends',
        paper_info={},
        keypoint_info={
            0: dict(name='head_top', id=0, color=[0, 0, 0], type='', swap=''),
            1: dict(name='left_toe', id=1, color=[0, 0, 0], type='', swap=''),
        },
        skeleton_info={},
        joint_weights=[1.0, 1.0],
        sigmas=[0.05, 0.05],
    )
    keypoints = figures(metainfo=table).get_data_info(0)['keypoints']
    assert keypoints.shape == (1, 2, 2)
    table['keypoint_info'][1]['name'] = 'tail'
    with pytest.raises(ValueError, match=r"keypoints \['tail'\]"):
        figures(metainfo=table)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(style='cartoon'), "style must be one of .*'cartoon'"),
        (dict(joints='coco'), "joints must be one of .*'coco'"),
        (dict(version=2), 'version must be one of .* got 2'),
        (dict(length=0), 'length must be a whole number, 1 or more, got 0'),
        (dict(seed=-1), 'seed must be a whole number'),
        (dict(offset=1.5), 'offset must be a whole number'),
        (dict(image_size=16), 'image_size .* 32 to 1024, got 16'),
    ],
)
def test_bad_values(options, message):
    with pytest.raises(ValueError, match=message):
        figures(**options)


def test_options_of_files_are_refused():
    with pytest.raises(TypeError, match='no option ann_file'):
        figures(ann_file='x.json')


def test_pictures_are_made_by_the_class_itself():
    data = FiguresDataset('synthetic', 2, pipeline=PIPELINE[:1])
    assert Compose(PIPELINE[:1])(data.get_data_info(0))['img'].shape == (
        256,
        256,
        3,
    )
