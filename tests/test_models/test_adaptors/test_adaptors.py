# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What an adaptor does beside the losses of its step."""

from collections import Counter
from urllib.error import URLError

import pytest
import torch
from mmpose.structures import PoseDataSample
from reference.networks import (
    TinyBackbone,
    all_parts,
    assert_same_networks,
    build_batch,
    build_mlda,
    preprocessor_config,
    randomise,
    student_config,
)

from mmpose_mlda.models import MLDA
from mmpose_mlda.registry import MODELS

PARTS = list(all_parts())


def train(model, steps=5, pretrain_iters=2, joints=4):
    """Parameters and buffers after a few steps of Adam, with a teacher."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1e-3)
    model.train()
    for step in range(steps):
        torch.manual_seed(step)  # for dropout
        model.begin_step(0, step, pretrain_iters)
        losses = model.loss(
            *build_batch(2, joints, seed=step, dtype=torch.float32)
        )
        optimiser.zero_grad()
        sum(v for k, v in losses.items() if k.startswith('loss_')).backward()
        optimiser.step()
        with torch.no_grad():
            for ours, theirs in zip(
                model.teacher.parameters(),
                model.student.parameters(),
                strict=True,
            ):
                ours.lerp_(theirs, 0.1)
    return model


# ------------------------------------------------- parts that are left out
def without(*names, **values):
    """All parts, some of them left out or switched off by a number."""
    parts = all_parts()
    for name in names:
        parts[name] = None
    for name, value in values.items():
        switch = 'prob' if 'prob' in parts[name] else 'loss_weight'
        parts[name][switch] = value
    return parts


@pytest.mark.parametrize('zero', [0, 0.0])
@pytest.mark.parametrize('name', PARTS)
def test_weight_zero_is_as_if_left_out(name, zero):
    student = student_config(dropout=0.3)
    off = build_mlda(0, student, **without(**{name: zero}))
    out = build_mlda(0, student, **without(name))
    assert getattr(off, name) is None
    assert len(list(off.parameters())) == len(list(out.parameters()))
    assert_same_networks(train(off), train(out))


@pytest.mark.parametrize('name', PARTS)
def test_every_part_does_something(name):
    """Else the test above would mean nothing."""
    student = student_config(dropout=0.3)
    full = train(build_mlda(0, student, **all_parts()))
    out = train(build_mlda(0, student, **without(name)))
    ours, theirs = full.state_dict(), out.state_dict()
    assert any(
        not torch.equal(value, theirs[key])
        for key, value in ours.items()
        if key.startswith('student.')
    )


def test_without_any_part_it_is_source_training():
    """The same weights as a plain loop over the plain estimator, so nothing
    of the target and no random number of ours gets in."""
    config = student_config(dropout=0.3)
    model = train(build_mlda(0, config, **without(**dict.fromkeys(PARTS, 0))))
    plain = MODELS.build(config)
    randomise(plain, 0)
    plain.train()
    optimiser = torch.optim.Adam(plain.parameters(), lr=1e-3)
    for step in range(5):
        torch.manual_seed(step)
        inputs, samples = build_batch(2, seed=step, dtype=torch.float32)
        labels = model.representation.labels(**samples['source'])
        heatmaps = plain.head(plain.extract_feat(inputs['source']))
        optimiser.zero_grad()
        plain.head.loss_module(heatmaps, *labels).backward()
        optimiser.step()
    student = model.student.state_dict()
    for name, value in plain.state_dict().items():
        assert torch.equal(value, student[name]), name


def test_target_labels_are_not_asked_for():
    """Matrices, keys, the flip and a number are all that the target has."""
    model = build_mlda(**all_parts())
    _, samples = build_batch()
    used = {
        'source': {'keypoints', 'keypoint_weights'},
        'target_student': {'warp_mat', 'canonical_mat'},
        'target_teacher': {'warp_mat', 'canonical_mat'},
    }
    for branch, keys in used.items():
        assert set(samples[branch]) == keys
    others = {'flip_indices', 'seed', 'target_index'}
    assert set(samples) - set(used) == others
    train(model, steps=3)


def test_steps_are_repeatable():
    first, second = (
        train(build_mlda(0, student_config(dropout=0.3), **all_parts()))
        for _ in range(2)
    )
    assert_same_networks(first, second)


# ---------------------------------------------------------- the two networks
def test_teacher_begins_as_the_student():
    model = MLDA(
        student=student_config(), data_preprocessor=preprocessor_config()
    )
    assert_twins(model)
    randomise(model.student, 3)
    with pytest.raises(AssertionError):
        assert_twins(model)
    model.copy_student_to_teacher()
    assert_twins(model)
    randomise(model.student, 4)
    model.init_weights()
    assert_twins(model)


def assert_twins(model):
    student = model.student.state_dict()
    for name, value in model.teacher.state_dict().items():
        assert torch.equal(value, student[name]), name


def test_teacher_is_not_trained():
    model = build_mlda(**all_parts())
    model.train()
    model.begin_step(0, 5, 2)
    model.start_recording()
    losses = model.loss(*build_batch(dtype=torch.float32))
    sum(v for k, v in losses.items() if k.startswith('loss_')).backward()
    assert not any(p.requires_grad for p in model.teacher.parameters())
    assert all(p.grad is None for p in model.teacher.parameters())
    assert all(
        p.grad is not None and p.grad.any() for p in model.student.parameters()
    )
    record = model.stop_recording()
    assert not any(value.requires_grad for value in record.values())
    # what only informs does not train
    for name in ('acc_domain', 'pseudo_kept', 'pseudo_confidence'):
        assert not losses[name].requires_grad


@pytest.mark.parametrize('teacher_bn', ['train', 'eval'])
def test_modes_of_the_teacher(teacher_bn):
    model = build_mlda(
        0, student_config(dropout=0.5), teacher_bn=teacher_bn, **all_parts()
    )
    for mode in (True, False, True):
        model.train(mode)
        assert model.student.training is mode
        for module in model.teacher.modules():
            batch_norm = isinstance(module, torch.nn.BatchNorm2d)
            by_batch = mode and batch_norm and teacher_bn == 'train'
            assert module.training is by_batch
    assert model.eval() is model
    assert not model.teacher.training


@pytest.mark.parametrize('teacher_bn', ['train', 'eval'])
def test_statistics_of_the_teacher(teacher_bn):
    """Its running statistics are its own, of its views."""
    model = build_mlda(0, teacher_bn=teacher_bn, **all_parts())
    norm = model.teacher.backbone.layers[1]
    before = norm.running_mean.clone()
    model.train()
    model.begin_step(0, 5, 2)
    inputs, samples = build_batch(dtype=torch.float32)
    model.loss(inputs, samples)
    if teacher_bn == 'eval':
        assert torch.equal(norm.running_mean, before)
        return
    activations = model.teacher.backbone.layers[0](inputs['target_teacher'])
    expected = 0.9 * before + 0.1 * activations.mean(dim=(0, 2, 3))
    assert torch.allclose(norm.running_mean, expected, atol=1e-6)


def test_dropout_is_not_for_the_teacher():
    model = build_mlda(0, student_config(dropout=0.9), **all_parts())
    model.train()
    images = torch.randn(2, 3, 48, 64)
    assert torch.equal(
        model.forward_teacher(images), model.forward_teacher(images)
    )
    first, second = (model.forward_student(images)[0] for _ in range(2))
    assert not torch.equal(first, second)


def test_predictions_are_those_of_the_chosen_network():
    images = torch.randn(2, 3, 48, 64)
    for choice in ('teacher', 'student'):
        model = build_mlda(predict_on=choice).eval()
        network = getattr(model, choice)
        assert torch.equal(model(images), network(images, None))
        assert torch.equal(
            model(images, mode='tensor'),
            network.head(network.extract_feat(images)),
        )


@pytest.mark.parametrize('frame', ['canonical', 'student'])
def test_a_step_in_mixed_precision(frame):
    """bfloat16 in the networks alone: nearly the same losses.

    In the mean of 16 draws: in a single one a rounding may move a peak.
    """
    config = all_parts()
    config['consistency']['frame'] = frame
    inputs, samples = build_batch(dtype=torch.float32)
    generator = torch.Generator().manual_seed(0)
    means = [Counter(), Counter()]
    for _ in range(16):
        # the teacher's own rounding would move peaks; here it is the same
        taught = torch.rand(3, 4, 12, 16, generator=generator)
        for mean, enabled in zip(means, (False, True), strict=True):
            model = build_mlda(**config).train()
            model.forward_teacher = lambda images, taught=taught: taught
            model.begin_step(0, 5, 2)
            with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
                losses = model.loss(inputs, samples)
            for name, value in losses.items():
                assert not name.startswith('loss_') or (
                    value.dtype == torch.float32
                )
                mean[name] += value.item() / 16
    exact, mixed = means
    for name, value in exact.items():
        assert mixed[name] == pytest.approx(value, rel=0.05, abs=1e-3), name


# --------------------------------------------------------------- bad configs
def test_an_unknown_tap_is_refused():
    with pytest.raises(
        ValueError, match=r"'neck'.*head\.deconv_layers.*tap='backbone'"
    ):
        build_mlda(tap='neck')


def test_unknown_heads_are_refused():
    regression = student_config()
    regression['head'] = dict(
        type='RegressionHead',
        in_channels=8,
        num_joints=4,
        loss=dict(type='SmoothL1Loss', use_target_weight=True),
        decoder=dict(type='RegressionLabel', input_size=(64, 48)),
    )
    with pytest.raises(
        TypeError, match=r'RegressionHead.*RegressionLabel.*HeatmapHead'
    ):
        build_mlda(0, regression)


def test_style_for_the_teacher_needs_a_network():
    target_style = dict(prob=0.5, alpha=(0, 1))
    with pytest.raises(ValueError, match=r'target_style.*style_transfer'):
        build_mlda(target_style=target_style, **without('style_transfer'))
    # probability 0 is as if it were left out
    target_style['prob'] = 0
    model = build_mlda(target_style=target_style, **without('style_transfer'))
    assert model.target_style is None
    # the source may stay as it is, and the teacher's view be restyled
    target_style['prob'] = 1.0
    model = build_mlda(
        target_style=target_style, **without(style_transfer=0)
    ).train()
    inputs, samples = build_batch(dtype=torch.float32)
    model.begin_step(0, 5, 2)
    model.start_recording()
    model.loss(inputs, samples)
    record = model.stop_recording()
    assert torch.equal(record['x_s'], inputs['source'])
    assert not torch.allclose(record['x_teacher'], inputs['target_teacher'])


@pytest.mark.parametrize('option', ['teacher_bn', 'predict_on'])
def test_unknown_options_are_refused(option):
    with pytest.raises(ValueError, match=f"{option} is 'both'"):
        build_mlda(**{option: 'both'})


def test_it_wants_to_know_its_step():
    model = build_mlda(**all_parts())
    with pytest.raises(RuntimeError, match='DomainTrainLoop'):
        model.loss(*build_batch(dtype=torch.float32))


def test_weights_that_cannot_be_downloaded(monkeypatch):
    """The remedy is the option that takes a file."""

    def offline(self):
        raise URLError('no route to host')

    monkeypatch.setattr(TinyBackbone, 'init_weights', offline)
    with pytest.raises(
        FileNotFoundError,
        match=r'no route to host.*student\.backbone\.init_cfg',
    ):
        build_mlda().init_weights()


# ---------------------------------------------------------------- the rest
def test_features_of_a_named_module():
    images = torch.randn(2, 3, 48, 64)
    for tap, shape in [
        ('head.deconv_layers', (2, 6, 12, 16)),
        ('backbone', (2, 8, 6, 8)),
        ('backbone.layers.0', (2, 8, 24, 32)),
    ]:
        model = build_mlda(tap=tap).eval()
        output, features = model.forward_student(images)
        module = model.student.get_submodule(tap)
        stem = model.student.backbone(images)
        expected = {
            'head.deconv_layers': lambda m, s=stem: m(s[-1]),
            'backbone': lambda m, s=stem: s[-1],
            'backbone.layers.0': lambda m: m(images),
        }[tap](module)
        assert features.shape == shape
        assert torch.equal(features, expected)
        assert torch.equal(output, model.student.head(stem))
        model.student(images, None, mode='tensor')
        assert model._tap._output is None  # kept for those who ask alone


def test_recording_is_off_unless_asked_for():
    model = build_mlda(**all_parts()).train()
    model.begin_step(0, 5, 2)
    batch = build_batch(dtype=torch.float32)
    model.loss(*batch)
    assert model.stop_recording() == {}
    model.start_recording()
    model.loss(*batch)
    assert 'x_t' in model.stop_recording()
    model.loss(*batch)
    assert model.stop_recording() == {}


def test_style_knows_the_normalisation_of_the_model():
    style = build_mlda(**all_parts()).style_transfer
    assert style.mean.flatten().tolist() == [0.5, 0.25, 0.75]
    assert style.std.flatten().tolist() == [0.25, 0.5, 0.25]


def test_preprocessor():
    """BGR bytes to RGB, normalised, branch by branch."""
    model = build_mlda()
    images = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8)
    other = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8)
    labels = dict(source=dict(keypoints=torch.ones(2, 4, 2)))
    data = model.data_preprocessor(
        dict(inputs=dict(source=images, target=other), data_samples=labels),
        training=True,
    )
    for branch, given in (('source', images), ('target', other)):
        result = data['inputs'][branch]
        assert result.dtype == torch.float32
        for c, (mean, std) in enumerate(
            zip((127.5, 63.75, 191.25), (63.75, 127.5, 63.75), strict=True)
        ):
            expected = (given[:, 2 - c].float() - mean) / std
            assert torch.allclose(result[:, c], expected)
    assert torch.equal(
        data['data_samples']['source']['keypoints'], torch.ones(2, 4, 2)
    )
    # batches of validation are MMPose's own business
    plain = model.data_preprocessor(
        dict(
            inputs=list(images),
            data_samples=[PoseDataSample() for _ in images],
        )
    )
    assert torch.allclose(
        torch.stack(list(plain['inputs'])), data['inputs']['source']
    )
