# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A step of MLDA with a SimCC head."""

import math

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.codecs import SimCCLabel
from mmpose.structures import PoseDataSample
from reference.networks import (
    all_parts,
    build_batch,
    build_mlda,
    student_config,
)

from mmpose_mlda.models import CCSSL, InformationMaximizationLoss
from mmpose_mlda.models.representations import (
    SimCCRepresentation,
    build_representation,
)
from mmpose_mlda.registry import MODELS

INPUT = (64, 48)


def simcc_student(kind='RTMCCHead', normalize=False, **loss):
    """The tiny student with bins instead of heatmaps."""
    student = student_config()
    extra = (
        dict(gau_cfg=dict(hidden_dims=16, s=8, expansion_factor=2,
                          dropout_rate=0.0, drop_path=0.0, act_fn='SiLU',
                          use_rel_bias=False, pos_enc=False))
        if kind == 'RTMCCHead'
        else dict(deconv_out_channels=None)
    )  # fmt: skip
    student['head'] = dict(
        type=kind,
        in_channels=8,
        out_channels=4,
        input_size=INPUT,
        in_featuremap_size=(8, 6),
        simcc_split_ratio=2.0,
        loss=dict(type='KLDiscretLoss', **{'use_target_weight': True, **loss}),
        decoder=dict(
            type='SimCCLabel', input_size=INPUT, sigma=3.0,
            normalize=normalize,
        ),
        **extra,
    )  # fmt: skip
    return student


RTM_LOSS = dict(beta=10.0, label_softmax=True)


def parts(**consistency):
    options = all_parts()
    options['consistency'] |= dict(frame='student', **consistency)
    options['domain_head']['in_channels'] = 8
    return options


def build_simcc(student=None, seed=0, **options):
    """An adaptor with a SimCC head and scores of about one."""
    model = build_mlda(
        seed, student or simcc_student(**RTM_LOSS), tap='backbone', **options
    )
    torch.manual_seed(seed)
    for network in (model.student, model.teacher):
        for layer in network.head.modules():
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.normal_(layer.weight, std=0.3)
    return model


# ------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            dict(frame='canonical'),
            r"frame is 'canonical'.*rotation.*'student'",
        ),
        (dict(rectify=False), r'rectify is False.*rectify=True'),
    ],
)
def test_what_would_warp_bins_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_simcc(consistency=parts()['consistency'] | options)


def test_other_refusals():
    consistency = parts()['consistency']
    student = simcc_student(use_target_weight=False)
    with pytest.raises(ValueError, match=r'use_target_weight.*=True'):
        build_simcc(student, consistency=consistency)
    official = all_parts()['im_loss'] | dict(variant='official')
    with pytest.raises(ValueError, match=r"'official'.*heatmaps.*'paper'"):
        build_simcc(im_loss=official)
    with pytest.raises(ValueError, match=r"'standard'.*'gaussian'"):
        SimCCRepresentation(SimCCLabel(INPUT, smoothing_type='standard'))
    with pytest.raises(TypeError, match=r'RTMCCHead.*SimCCLabel.*Heatmap'):
        CCSSL(student=simcc_student())


@pytest.mark.parametrize('kind', ['RTMCCHead', 'SimCCHead'])
def test_heads_are_known(kind):
    head = MODELS.build(simcc_student(kind)['head'])
    assert type(build_representation(head)) is SimCCRepresentation


# --------------------------------------------------------------- the losses
def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def divergence(scores, label, beta, label_softmax):
    """KL of an axis over its bins, slowly; MMPose takes the mean."""
    target = softmax(10 * label) if label_softmax else label
    scores = beta * scores
    log_sum = scores.max() + np.log(np.exp(scores - scores.max()).sum())
    terms = [
        t * (math.log(t) - (score - log_sum))
        for t, score in zip(target, scores, strict=True)
        if t > 0
    ]
    return sum(terms) / len(label)


@pytest.mark.parametrize(
    ('kind', 'loss'),
    [('RTMCCHead', RTM_LOSS), ('SimCCHead', dict())],
)
def test_a_step_is_that_of_slow_loops(kind, loss):
    student = simcc_student(kind, normalize=not loss, **loss)
    options = parts(threshold=0.02, loss_weight=0.7)
    options['im_loss'] |= dict(beta=3.0, loss_weight=0.2)
    model = build_simcc(student, **options).double().train()
    inputs, samples = build_batch(mirror=(True, False))
    model.begin_step(0, 0, pretrain_iters=0)
    model.start_recording()
    losses = model.loss(inputs, samples)
    record = model.stop_recording()
    y = [axis.numpy() for axis in record['y']]
    points, keep = record['points'].numpy(), record['keep'].numpy()
    assert 0 < keep.sum() < keep.size
    beta, as_softmax = loss.get('beta', 1.0), bool(loss)
    scale = 1 if loss else 1 / (3 * math.sqrt(2 * math.pi))
    total, batch, joints = 0, *keep.shape
    for b in range(batch):
        for k in range(joints):
            if not keep[b, k]:
                continue
            for a, bins in enumerate((128, 96)):
                offset = np.arange(bins) - 2 * points[b, k, a]
                label = scale * np.exp(-(offset**2) / 18)
                total += divergence(y[a][b, k], label, beta, as_softmax)
    expected = 0.7 * total / joints
    assert losses['loss_consistency'].item() == pytest.approx(expected)
    assert losses['loss_im'].item() == pytest.approx(
        0.2 * sum(minus_information(axis, keep, 3.0) for axis in y)
    )


def minus_information(scores, keep, beta):
    """Mean entropy less that of the mean of each joint, over log N."""
    conditional, marginal = 0, 0
    for k in range(keep.shape[1]):
        kept = [softmax(beta * row) for row in scores[keep[:, k], k]]
        if kept:
            conditional += sum(-(p * np.log(p)).sum() for p in kept)
            mean = np.mean(kept, axis=0)
            marginal += len(kept) * -(mean * np.log(mean)).sum()
    return (conditional - marginal) / keep.sum() / np.log(scores.shape[-1])


def test_supervised_loss_is_that_of_mmpose():
    model = build_simcc().train()
    inputs, samples = build_batch(dtype=torch.float32)
    head, source = model.student.head, samples['source']
    packed = []
    for points, visible in zip(*source.values(), strict=True):
        encoded = head.decoder.encode(
            points[None].numpy(), visible[None].numpy()
        )
        labels = InstanceData(
            **{k: torch.as_tensor(v) for k, v in encoded.items()}
        )
        packed.append(PoseDataSample(gt_instance_labels=labels))
    features = model.student.extract_feat(inputs['source'])
    expected = head.loss(features, packed)['loss_kpt']
    model.begin_step(0, 0, pretrain_iters=1)
    losses = model.loss(inputs, samples)
    assert set(losses) == {'loss_supervised'}
    torch.testing.assert_close(losses['loss_supervised'], expected)


def test_information_of_projections_has_its_gradient():
    loss = InformationMaximizationLoss(beta=2.0)
    generator = torch.Generator().manual_seed(0)
    x, y = (
        torch.randn(3, 2, n, generator=generator, dtype=torch.float64)
        for n in (5, 7)
    )
    keep = torch.tensor([[1, 1], [1, 0], [1, 1]], dtype=torch.bool)
    axes = x.requires_grad_(), y.requires_grad_()
    torch.autograd.gradcheck(lambda *a: loss.of_projections(a, keep), axes)
    # heatmaps whose projections these are, e.g. of one row or column
    heatmaps = x.detach().unsqueeze(-2) + y.detach().unsqueeze(-1)
    means = heatmaps.mean(-2), heatmaps.mean(-1)
    torch.testing.assert_close(
        loss(heatmaps, keep), loss.of_projections(means, keep)
    )


def test_masked_joints_get_no_gradient():
    model = build_simcc(**parts())
    scores = [torch.randn(2, 4, n, requires_grad=True) for n in (128, 96)]
    points = torch.full((2, 4, 2), 20.0)
    keep = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0]], dtype=torch.bool)
    model.representation.consistency_loss(
        model.consistency, model.loss_module, tuple(scores), points, keep
    ).backward()
    for axis in scores:
        assert torch.equal(axis.grad.abs().sum(-1) > 0, keep)


def test_both_networks_learn_in_bfloat16():
    """As under --bf16; the teacher keeps no gradient."""
    model = build_simcc(**parts()).train()
    inputs, samples = build_batch(dtype=torch.float32)
    model.begin_step(0, 0, pretrain_iters=0)
    with torch.autocast('cpu', torch.bfloat16):
        losses = model.loss(inputs, samples)
    total = sum(v for k, v in losses.items() if k.startswith('loss_'))
    total.backward()
    assert total.isfinite()
    assert total.dtype == torch.float32
    for name, parameter in model.student.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    assert all(p.grad is None for p in model.teacher.parameters())


def test_a_probe_is_refused_before_the_training():
    """It and its metric compare heatmaps, which such heads have not."""
    with pytest.raises(ValueError, match=r'RTMCCHead.*model.probe=None'):
        build_simcc(probe=dict(type='mmpose_mlda.AgreementProbe'))
