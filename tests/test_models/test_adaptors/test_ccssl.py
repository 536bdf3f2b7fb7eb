# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""CC-SSL against the slow functions of :mod:`reference.ccssl`."""

import copy

import numpy as np
import pytest
import torch
from reference.ccssl import CCSSLStep, label, most_confident
from reference.heatmaps import Options
from reference.networks import build_batch, build_ccssl, student_config

from mmpose_mlda.functional.views import random_views
from mmpose_mlda.models.adaptors.pseudo_label_table import PseudoLabelTable

CODECS = dict(
    msra=dict(),
    unbiased=dict(unbiased=True),
    udp=dict(codec='UDPHeatmap'),
)


def make_labels(samples, seed=0):
    """Points in and around the boxes, and their confidences."""
    rng = np.random.default_rng(seed)
    count, joints = samples['flip_indices'].shape
    points = np.zeros((count, joints, 2))
    for b, row in enumerate(samples['target_index']):
        back = np.linalg.inv(samples['target_student']['canonical_mat'][b])
        inside = rng.uniform(-40, [104, 88], (joints, 2))
        points[row] = inside @ back[:2, :2].T + back[:2, 2]
    return points, rng.random((count, joints))


def with_labels(model, points, confidence, quantile=0.4):
    model.label_table.fill(
        torch.from_numpy(points), torch.from_numpy(confidence), quantile
    )
    return model


def losses_of(model, inputs, samples, step=5):
    model.train()
    model.begin_step(0, step, 2)
    return model.loss(inputs, samples)


def total(losses):
    return sum(v for k, v in losses.items() if k.startswith('loss_'))


@pytest.mark.parametrize(
    ('batch', 'joints', 'mirror', 'codec'),
    [
        (3, 4, False, 'msra'),
        (4, 5, 'mixed', 'msra'),
        (3, 4, 'mixed', 'unbiased'),
        (3, 4, True, 'udp'),
        (1, 1, False, 'msra'),
    ],
)
def test_step(batch, joints, mirror, codec):
    inputs, samples = build_batch(batch, joints, mirror=(mirror, False))
    points, confidence = make_labels(samples)
    student = student_config(joints, **CODECS[codec])
    model = build_ccssl(joints, student=student).double().train()
    twin = copy.deepcopy(model)
    keep = most_confident(confidence, 0.4)
    wanted = CCSSLStep(
        twin, inputs, samples, points, keep, Options(codec=codec)
    )
    losses = losses_of(with_labels(model, points, confidence), inputs, samples)
    total(losses).backward()

    for name, value in wanted.losses.items():
        assert losses[name].item() == pytest.approx(
            value, rel=1e-9, abs=1e-12
        ), name
    assert losses['pseudo_kept'].item() == pytest.approx(wanted.weights.mean())
    gradients = dict(twin.student.named_parameters())
    for name, parameter in model.student.named_parameters():
        np.testing.assert_allclose(
            parameter.grad,
            gradients[name].grad,
            rtol=1e-9,
            atol=1e-12,
            err_msg=name,
        )
    # the case is worth its name
    assert wanted.weights.sum() > 0
    assert wanted.losses['loss_target'] > 0
    if batch > 1:
        assert wanted.weights.sum() < keep.sum() < keep.size


def test_source_training_needs_no_labels():
    inputs, samples = build_batch()
    losses = losses_of(build_ccssl().double(), inputs, samples, step=1)
    assert set(losses) == {'loss_supervised'}


def test_weight_zero_is_source_training():
    inputs, samples = build_batch()
    losses = losses_of(build_ccssl(gamma=0).double(), inputs, samples)
    assert set(losses) == {'loss_supervised'}


def test_no_label_kept():
    """The term is zero and keeps its gradient, for DDP."""
    inputs, samples = build_batch()
    points, confidence = make_labels(samples)
    model = build_ccssl(gamma=10.0).double()
    # none lies above the others
    with_labels(model, points, np.full_like(confidence, 0.7))
    losses = losses_of(model, inputs, samples)
    assert losses['loss_target'].item() == 0
    losses['loss_target'].backward()
    for parameter in model.student.parameters():
        assert not parameter.grad.any()


def test_labels_of_an_image_stay_its_own():
    """Whatever the order of the batch."""
    inputs, samples = build_batch(4)
    points, confidence = make_labels(samples)
    model = with_labels(build_ccssl().double(), points, confidence)
    first = losses_of(model, inputs, samples)
    order = torch.tensor([2, 0, 3, 1])

    def shuffled(values):
        if isinstance(values, dict):
            return {name: shuffled(value) for name, value in values.items()}
        return values[order]

    second = losses_of(model, shuffled(inputs), shuffled(samples))
    for name, value in first.items():
        assert second[name].item() == pytest.approx(value.item()), name


def test_mixed_precision():
    inputs, samples = build_batch(dtype=torch.float32)
    points, confidence = make_labels(samples)
    model = with_labels(build_ccssl(), points, confidence)
    exact = losses_of(model, inputs, samples)
    with torch.autocast('cpu', torch.bfloat16):
        rounded = losses_of(model, inputs, samples)
    for name, value in exact.items():
        assert rounded[name].dtype != torch.bfloat16
        assert rounded[name].item() == pytest.approx(value.item(), rel=0.05)


# ---------------------------------------------------------------- the table
def test_table():
    rng = np.random.default_rng(0)
    points, confidence = rng.random((7, 3, 2)), rng.random((7, 3))
    table = PseudoLabelTable()
    assert table.rows == 0
    for quantile, kept in ((0.8, 5), (0.6, 9), (0.2, 17), (0.0, 21)):
        table.fill(
            torch.from_numpy(points), torch.from_numpy(confidence), quantile
        )
        wanted = most_confident(confidence, quantile)
        np.testing.assert_array_equal(table.keep, wanted)
        assert wanted.sum() == kept
    assert table.rows == 7
    assert not table.state_dict()
    copied = PseudoLabelTable()
    copied.fill(**table.contents())
    assert copied.keep.equal(table.keep)


def test_an_empty_table_says_what_is_missing():
    inputs, samples = build_batch()
    with pytest.raises(RuntimeError, match='PseudoLabelRefreshHook'):
        losses_of(build_ccssl().double(), inputs, samples)


# ------------------------------------------------------------ making labels
def photographs(count=3, seed=0):
    """Images as the whole boxes of photographs, and their matrices."""
    _, samples = build_batch(count, seed=seed)
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, 3, 48, 64), np.uint8)
    return images, samples['target_student']['canonical_mat']


@pytest.mark.parametrize(
    ('views', 'shift', 'codec'),
    [(1, False, 'msra'), (3, True, 'msra'), (3, False, 'udp')],
)
def test_labels_against_loops(views, shift, codec):
    images, warp_mat = photographs()
    model = build_ccssl(
        student=student_config(**CODECS[codec]), views=views, shift=shift
    ).eval()
    keys = torch.tensor([3, 1, 4])
    points, confidence = model.label(torch.from_numpy(images), warp_mat, keys)
    matrices = random_views(keys, views, (64, 48)).numpy()
    for b in range(3):
        wanted, heights = label(
            model.teacher,
            images[b].astype(float),
            warp_mat[b].numpy(),
            matrices[b],
            Options(codec=codec),
            shift,
        )
        np.testing.assert_allclose(points[b], wanted, atol=1e-4)
        np.testing.assert_allclose(confidence[b], heights, atol=1e-4)


def spot(x, y, sigma):
    """An image that is bright around one pixel."""
    row, column = np.mgrid[:48, :64]
    image = np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * sigma**2))
    return torch.from_numpy(image)[None, None].repeat(1, 3, 1, 1).float()


def test_consistent_predictions_are_confident(monkeypatch):
    """A network that follows the image is, one that does not is not."""
    model = build_ccssl(joints=3, views=5)
    monkeypatch.setattr(model.data_preprocessor, 'forward', lambda data: data)
    # heatmaps of a quarter of the image's size: what is at every 4th pixel
    image, identity = spot(36, 20, 8), torch.eye(3).double()[None]
    monkeypatch.setattr(model, 'forward_teacher', lambda x: x[..., ::4, ::4])
    for key in range(5):
        points, sure = model.label(image, identity, torch.tensor([key]))
        assert sure.min() > 0.9
        assert (points - torch.tensor([36.0, 20.0])).abs().max() < 1.01

    stubborn = spot(52, 12, 4)[..., ::4, ::4]
    monkeypatch.setattr(model, 'forward_teacher', lambda x: stubborn)
    unsure = [
        model.label(image, identity, torch.tensor([key]))[1].max().item()
        for key in range(5)
    ]
    assert np.mean(unsure) < 0.6


@pytest.mark.parametrize(
    ('options', 'message'),
    [(dict(views=0), 'views is 0'), (dict(scale=1.0), 'scale is 1.0')],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        build_ccssl(**options)
