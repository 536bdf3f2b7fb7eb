# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A tiny student, its adaptor, and batches for it."""

import copy

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import nn

from mmpose_mlda.functional.random import key
from mmpose_mlda.models import CCSSL, MLDA, RegDA
from mmpose_mlda.registry import MODELS

from .matrices import random_view

# 1/4, 1/2 and 3/4 once divided by 255: exact in every precision
MEAN, STD = [127.5, 63.75, 191.25], [63.75, 127.5, 63.75]


@MODELS.register_module(force=True)
class TinyBackbone(BaseModule):
    """Three convolutions of stride 2, batch norm, and dropout."""

    def __init__(self, channels=8, dropout=0.0):
        super().__init__()
        layers, before = [], 3
        for _ in range(3):
            layers += [
                nn.Conv2d(before, channels, 3, 2, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
            before = channels
        self.layers = nn.Sequential(*layers)

    def forward(self, images):
        return (self.layers(images),)


def student_config(
    joints=4, input_size=(64, 48), codec='MSRAHeatmap', dropout=0.0, **options
):
    """A plain estimator with heatmaps of a quarter of the input's size."""
    return dict(
        type='TopdownPoseEstimator',
        backbone=dict(type='mmpose_mlda.TinyBackbone', dropout=dropout),
        head=dict(
            type='HeatmapHead',
            in_channels=8,
            out_channels=joints,
            deconv_out_channels=(6,),
            deconv_kernel_sizes=(4,),
            loss=dict(
                type='KeypointMSELoss',
                use_target_weight=True,
                loss_weight=0.5,
            ),
            decoder=dict(
                type=codec,
                input_size=input_size,
                heatmap_size=tuple(side // 4 for side in input_size),
                **{'sigma': 2, **options},
            ),
        ),
        test_cfg=dict(flip_test=False),
    )


def preprocessor_config():
    return dict(
        type='mmpose_mlda.DomainDataPreprocessor',
        mean=MEAN,
        std=STD,
        bgr_to_rgb=True,
    )


def all_parts():
    """Configs of every component, for the tiny student."""
    return dict(
        style_transfer=dict(
            type='mmpose_mlda.StatisticsStyle', prob=1.0, alpha=(0.2, 0.9)
        ),
        consistency=dict(type='mmpose_mlda.HeatmapConsistency'),
        occlusion=dict(
            type='mmpose_mlda.KeypointOcclusion',
            prob=0.7,
            threshold=0.5,
            size=11,
        ),
        domain_head=dict(
            type='mmpose_mlda.DomainHead', in_channels=6, channels=(4,)
        ),
        im_loss=dict(type='mmpose_mlda.InformationMaximizationLoss'),
    )


def randomise(network, seed):
    """Weights that make heatmaps of heights around one."""
    generator = torch.Generator().manual_seed(seed)

    def normal(like, scale):
        noise = torch.randn(like.shape, generator=generator).to(like)
        return noise * scale

    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                fan_in = module.weight[0].numel()
                module.weight.copy_(normal(module.weight, fan_in**-0.5))
                if module.bias is not None:
                    module.bias.copy_(normal(module.bias, 0.1))
            if isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(1 + normal(module.weight, 0.2))
                module.bias.copy_(normal(module.bias, 0.2))
                module.running_mean.copy_(normal(module.bias, 0.2))
                module.running_var.copy_(1 + normal(module.bias, 0.1).abs())


def build_mlda(seed=0, student=None, **options):
    """An adaptor whose student, teacher and head have different weights."""
    model = MLDA(
        student=student or student_config(),
        data_preprocessor=preprocessor_config(),
        **copy.deepcopy(options),
    )
    randomise(model.student, seed)
    randomise(model.teacher, seed + 1)
    if model.domain_head is not None:
        randomise(model.domain_head, seed + 2)
    return model


def build_regda(joints=4, seed=0):
    """RegDA in float64, with random weights."""
    divergence = dict(type='mmpose_mlda.SpatialDivergenceLoss')
    student = student_config(joints)
    student['head']['loss'] = divergence
    model = RegDA(
        student=student,
        adversarial_head=dict(
            type='HeatmapHead',
            in_channels=6,
            out_channels=joints,
            deconv_out_channels=None,
            conv_out_channels=(6,),
            conv_kernel_sizes=(3,),
            loss=divergence,
        ),
        data_preprocessor=preprocessor_config(),
    )
    randomise(model.student, seed)
    randomise(model.adversarial_head, seed + 1)
    model.copy_student_to_teacher()
    return model.double()


def build_ccssl(joints=4, seed=0, student=None, **options):
    """CC-SSL whose student and teacher have different random weights."""
    model = CCSSL(
        student=student or student_config(joints),
        data_preprocessor=preprocessor_config(),
        **options,
    )
    randomise(model.student, seed)
    randomise(model.teacher, seed + 1)
    return model


def random_canonical(rng):
    """Image pixels -> canonical input pixels, (3, 3) float64."""
    matrix = torch.eye(3, dtype=torch.float64)
    matrix[0, 0] = matrix[1, 1] = rng.uniform(0.3, 0.8)
    matrix[:2, 2] = torch.from_numpy(rng.uniform(-20, 5, 2))
    return matrix


def flip_of(joints):
    """Joints 0 and 1, 2 and 3, ... are left and right; an odd one is alone."""
    flip = list(range(joints))
    for k in range(0, joints - 1, 2):
        flip[k], flip[k + 1] = k + 1, k
    return flip


def build_batch(
    batch=3,
    joints=4,
    input_size=(64, 48),
    seed=0,
    mirror=(False, False),
    shift=0.1,
    dtype=torch.float64,
):
    """Normalised inputs and data samples, as the preprocessor gives them.

    Args:
        mirror: Whether (student's, teacher's) view is mirrored; ``'mixed'``
            mirrors by chance.
    """
    rng = np.random.default_rng(seed)
    width, height = input_size
    inputs = {
        branch: torch.from_numpy(
            rng.normal(size=(batch, 3, height, width))
        ).to(dtype)
        for branch in ('source', 'target_student', 'target_teacher')
    }
    # a few beyond the border, some without a label
    keypoints = rng.uniform(-10, [width + 10, height + 10], (batch, joints, 2))
    weights = rng.choice([0.0, 0.5, 1.0, 1.0], (batch, joints))
    samples = dict(
        source=dict(
            keypoints=torch.from_numpy(keypoints).to(dtype),
            keypoint_weights=torch.from_numpy(weights).to(dtype),
        ),
        flip_indices=torch.tensor([flip_of(joints)] * batch),
        target_index=torch.arange(batch).flip(0),
        seed=torch.tensor(
            [key(seed, b, 'augmentation') for b in range(batch)]
        ),
    )
    canonical = [random_canonical(rng) for _ in range(batch)]
    for branch, mirrored in zip(
        ('target_student', 'target_teacher'), mirror, strict=True
    ):
        warp = [
            random_view(
                rng,
                input_size,
                rng.random() < 0.5 if mirrored == 'mixed' else mirrored,
                shift,
            )
            @ matrix
            for matrix in canonical
        ]
        samples[branch] = dict(
            warp_mat=torch.stack(warp), canonical_mat=torch.stack(canonical)
        )
    return inputs, samples


def assert_same_networks(first, second):
    """Student and teacher of two models have the same weights."""
    other = second.state_dict()
    for name, value in first.state_dict().items():
        if name.startswith(('student.', 'teacher.')):
            assert torch.equal(value, other[name]), name
