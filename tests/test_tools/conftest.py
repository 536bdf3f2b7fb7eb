# Copyright (c) mmpose_mlda contributors. All rights reserved.
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from scipy.io import savemat

ROOT = Path(__file__).parents[2]

CONFIG = """
_base_ = ['{root}/configs/_base_/default_runtime.py']
default_hooks = dict(checkpoint=dict(interval=2))
env_cfg = dict(dist_cfg=dict(backend='gloo'))
codec = dict(
    type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='PoseDataPreprocessor'),
    backbone=dict(type='ResNet', depth=18),
    head=dict(
        type='HeatmapHead', in_channels=512, out_channels=14,
        deconv_out_channels=(8, 8, 8), deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec))
load = [
    dict(type='LoadImage'), dict(type='GetBBoxCenterScale', padding=1.),
    dict(type='TopdownAffine', input_size=(64, 64))]
dataset = dict(
    type='mmpose_mlda.LSPDataset', data_root='{data}/',
    pipeline=load + [
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs')])
train_dataloader = dict(
    batch_size=2, num_workers=0, dataset=dataset,
    sampler=dict(type='InfiniteSampler'))
val_dataloader = dict(
    batch_size=2, num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmpose_mlda.LSPDataset', data_root='{data}/', test_mode=True,
        pipeline=load + [dict(type='PackPoseInputs')]))
val_evaluator = dict(type='PCKAccuracy', thr=0.2)
val_cfg = dict()
test_dataloader, test_evaluator, test_cfg = (
    val_dataloader, val_evaluator, val_cfg)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4, val_interval=4)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
"""


@pytest.fixture(scope='session')
def tool() -> Callable[[str], ModuleType]:
    """Imports a script of ``tools/``: ``tool('train')``."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            f'tool_{name}', ROOT / 'tools' / f'{name}.py'
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def config(tmp_path) -> Path:
    """A small model of MMPose on five photographs of noise."""
    rng = np.random.default_rng(0)
    data = tmp_path / 'data'
    (data / 'images').mkdir(parents=True)
    for number in range(1, 6):
        image = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
        cv2.imwrite(str(data / 'images' / f'im{number:04d}.jpg'), image)
    joints = rng.uniform(5, 45, (3, 14, 5))
    joints[2] = 0  # nothing occluded
    savemat(data / 'joints.mat', dict(joints=joints))
    path = tmp_path / 'tiny.py'
    path.write_text(CONFIG.format(root=ROOT.as_posix(), data=data.as_posix()))
    return path
