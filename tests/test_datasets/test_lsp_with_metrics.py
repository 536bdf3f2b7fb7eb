# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From the files of a release through MMPose's pipeline to all metrics."""

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData, PixelData
from PIL import Image
from scipy.io import savemat

from mmpose_mlda.datasets import LSPExtendedDataset
from mmpose_mlda.registry import METRICS, MODELS

NUM, INPUT, STRIDE = 5, 256, 4
PIPELINE = [
    {'type': 'mmpose.LoadImage'},
    {'type': 'mmpose.GetBBoxCenterScale', 'padding': 1.0},
    {'type': 'mmpose.TopdownAffine', 'input_size': (INPUT, INPUT)},
    {'type': 'mmpose.PackPoseInputs'},
]
MATRIX_PIPELINE = [
    *PIPELINE[:2],
    {
        'type': 'mmpose_mlda.TopdownAffineWithMatrix',
        'input_size': (INPUT, INPUT),
        'rotation': 0,
        'shear': 0,
        'scale': (1, 1),
        'translation': 0,
    },
    {
        'type': 'mmpose.PackPoseInputs',
        'meta_keys': (
            'id', 'img_id', 'img_path', 'ori_shape', 'img_shape',
            'input_size', 'input_center', 'input_scale', 'flip_indices',
            'raw_ann_info', 'warp_mat',
        ),
    },
]  # fmt: skip


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Photographs of different shapes; joints off the border, some hidden."""
    folder = tmp_path_factory.mktemp('lspet')
    (folder / 'images').mkdir()
    rng = np.random.default_rng(0)
    joints = np.zeros((14, 3, NUM))
    for n in range(NUM):
        size = rng.integers(90, 200, 2)
        path = folder / 'images' / f'im{n + 1:05d}.jpg'
        Image.new('RGB', tuple(size.tolist())).save(path)
        joints[:, :2, n] = rng.uniform(0.1, 0.9, (14, 2)) * size
        joints[:, 2, n] = rng.random(14) < 0.8
    savemat(folder / 'joints.mat', {'joints': joints})
    return str(folder)


@pytest.fixture(autouse=True)
def default_scope():
    """The scope of all configs, from which transforms are found."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def predict(sample, points, estimator):
    """The sample with given input-pixel predictions, as MMPose packs them."""
    heatmaps = torch.zeros(len(points), INPUT // STRIDE, INPUT // STRIDE)
    for k, (x, y) in enumerate(np.floor(points / STRIDE + 0.5).astype(int)):
        if 0 <= x < heatmaps.shape[2] and 0 <= y < heatmaps.shape[1]:
            heatmaps[k, y, x] = 1
    instances = InstanceData(
        keypoints=points[None].astype(np.float32),
        keypoint_scores=np.ones((1, len(points)), np.float32),
    )
    (result,) = estimator.add_pred_to_datasample(
        [instances], [PixelData(heatmaps=heatmaps)], [sample]
    )
    return result


def true_points(dataset, i):
    """Joints in input pixels: padded to a centred square, then resized."""
    info = dataset.get_data_info(i)
    width, height = info['bbox'][0, 2:]
    side = max(width, height)
    pad = (side - np.array([width, height])) / 2
    return (info['keypoints'][0] + pad) * INPUT / side


@pytest.mark.parametrize('joints', ['lsp14', 'body16'])
@pytest.mark.parametrize('pipeline', [PIPELINE, MATRIX_PIPELINE])
def test_a_perfect_model_is_perfect_by_all_metrics(root, joints, pipeline):
    dataset = LSPExtendedDataset(
        data_root=root, joints=joints, pipeline=pipeline, test_mode=True
    )
    evaluator = Evaluator(
        [
            METRICS.build({'type': 'mmpose_mlda.PCK'}),
            METRICS.build(
                {
                    'type': 'mmpose_mlda.PCK',
                    'decode': 'continuous',
                    'prefix': 'continuous',
                }
            ),
            {'type': 'mmpose.PCKAccuracy', 'thr': 0.05, 'prefix': 'bbox'},
            {'type': 'mmpose.AUC'},
            {'type': 'mmpose.EPE'},
            {
                'type': 'mmpose.NME',
                'norm_mode': 'use_norm_item',
                'norm_item': 'bbox_size',
            },
            {'type': 'mmpose.CocoMetric'},
        ]
    )
    evaluator.dataset_meta = dataset.metainfo
    # only what maps predictions back to the image is used
    estimator = MODELS.build(
        {
            'type': 'mmpose.TopdownPoseEstimator',
            'backbone': {'type': 'mmpose.ResNet', 'depth': 18},
            'head': {
                'type': 'mmpose.HeatmapHead',
                'in_channels': 512,
                'out_channels': 14,
            },
        }
    )
    for i in range(len(dataset)):
        sample = dataset[i]['data_samples']
        points = true_points(dataset, i)
        evaluator.process([predict(sample, points, estimator)])
    result = evaluator.evaluate(len(dataset))
    assert result['PCK@0.05'] == 100
    assert result['continuous/PCK@0.05'] == 100
    assert result['bbox/PCK'] == 1
    assert result['EPE'] == pytest.approx(0, abs=1e-3)
    assert result['NME'] == pytest.approx(0, abs=1e-5)
    assert result['AUC'] == pytest.approx(1, abs=0.06)
    assert result['coco/AP'] == pytest.approx(1)
