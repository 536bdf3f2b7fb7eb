# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""UDA-Animal against the slow step of :mod:`reference.uda_animal`."""

import copy

import numpy as np
import pytest
import torch
from reference.networks import build_batch, student_config
from reference.uda_animal import (
    EPOCH,
    UDAAnimalStep,
    build_uda_animal,
    draw_table,
)

from mmpose_mlda.models import UDAAnimal

SEED, PRETRAIN, KEPT = 5, 20, 15


def prepare(batch=3, joints=4, **options):
    """Model, inputs, samples and table; 15 of 24 pseudo-labels are kept."""
    inputs, samples = build_batch(batch, joints, mirror=('mixed', 'mixed'))
    samples['target_index'] = torch.arange(batch).flip(0) + 1
    model = build_uda_animal(joints, **options).train()
    points, confidence = draw_table(samples, joints)
    model.label_table.fill(points, confidence, 1 - KEPT / confidence.numel())
    return model, inputs, samples, (points, confidence, KEPT)


def step(model, inputs, samples, number):
    model.begin_step(SEED, PRETRAIN + number, PRETRAIN)
    losses = model.loss(inputs, samples)
    sum(v for name, v in losses.items() if 'loss' in name).backward()
    return losses


@pytest.mark.parametrize(
    ('number', 'mixed'),
    [
        (1, 'domains'),
        (37, 'domains'),
        (41, 'target'),
        (250, 'domains'),
        (60, None),
    ],
)
def test_step(number, mixed):
    options = {} if mixed else dict(mixing=None)
    model, inputs, samples, table = prepare(**options)
    reference = copy.deepcopy(model)
    position = SEED, PRETRAIN + number
    wanted = UDAAnimalStep(
        reference, inputs, samples, table, position, number, bool(mixed)
    )
    assert wanted.mixed == mixed
    losses = step(model, inputs, samples, number)

    assert set(wanted.losses) == {n for n in losses if 'loss' in n}
    for name, value in wanted.losses.items():
        assert value > 1e-6, name  # the case is worth its name
        assert losses[name].item() == pytest.approx(value, rel=1e-9), name
    for (name, got), other in zip(
        model.named_parameters(), reference.parameters(), strict=True
    ):
        assert (got.grad is None) == (other.grad is None), name
        if got.grad is not None:
            np.testing.assert_allclose(
                got.grad, other.grad, rtol=1e-9, atol=1e-9, err_msg=name
            )
            assert got.grad.any(), name
    others = reference.state_dict()
    for name, value in model.state_dict().items():
        if 'refine_second' not in name:  # the reference always computes it
            torch.testing.assert_close(value, others[name], msg=name)


def test_source_training():
    """Coarse heatmaps and first refinement; nothing else moves."""
    model, inputs, samples, _ = prepare()
    losses = step(model, inputs, samples, -3)
    assert set(losses) == {'loss_supervised'}
    labels, weights = model.representation.labels(**samples['source'])
    student = copy.deepcopy(model.student)
    y = student.head.refine(student.extract_feat(inputs['source']))
    squares = (y.coarse - labels) ** 2 + (y.refined - labels) ** 2
    wanted = 0.5 * (weights[..., None, None] * squares).mean()
    assert losses['loss_supervised'].item() == pytest.approx(wanted.item())
    for name, parameter in model.named_parameters():
        learnt = name.startswith('student.') and 'refine_second' not in name
        assert (parameter.grad is not None) == learnt, name


def test_second_refinement_begins_as_the_first():
    model, *_ = prepare()
    model.begin_step(SEED, PRETRAIN - 1, PRETRAIN)
    heads = model.student.head, model.teacher.head
    for number, same in ((-1, False), (0, True)):
        model.begin_step(SEED, PRETRAIN + number, PRETRAIN)
        for head in heads:
            pairs = zip(
                head.refine_first.parameters(),
                head.refine_second.parameters(),
                strict=True,
            )
            assert all(torch.equal(*pair) for pair in pairs) == same
    with torch.no_grad():
        heads[0].refine_second[-1].bias += 1
    before = heads[0].refine_second[-1].bias.clone()
    model.begin_step(SEED, PRETRAIN + 1, PRETRAIN)
    assert torch.equal(heads[0].refine_second[-1].bias, before)


@pytest.mark.parametrize(
    ('options', 'seen'),
    [
        ({}, 3),
        (dict(teacher_sees_all=False), 1),
        (dict(teacher_bn='eval'), 1),
    ],
)
def test_what_the_teacher_sees(options, seen):
    model, inputs, samples, _ = prepare(**options)
    batches = []
    model.teacher.backbone.register_forward_pre_hook(
        lambda module, args: batches.append(args[0])
    )
    step(model, inputs, samples, EPOCH)
    assert len(batches) == seen
    assert torch.equal(batches[-1], inputs['target_teacher'])
    assert all(p.grad is None for p in model.teacher.parameters())


def test_labels_do_not_depend_on_their_batch():
    """Made in the midst of training, by running statistics."""
    model, inputs, _, _ = prepare()
    images = (inputs['source'] * 40 + 128).clamp(0, 255)
    warp_mat = torch.eye(3).double().expand(3, 3, 3)
    keys = torch.arange(3)
    before = copy.deepcopy(model.state_dict())
    points, confidence = model.label(images, warp_mat, keys)
    alone = model.label(images[1:2], warp_mat[1:2], keys[1:2])
    torch.testing.assert_close(points[1:2], alone[0])
    torch.testing.assert_close(confidence[1:2], alone[1])
    after = model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert model.teacher.backbone.layers[1].training


def test_answer_is_the_first_refinement_of_the_teacher():
    model, inputs, _, _ = prepare()
    images = inputs['target_teacher']
    teacher = model.eval().teacher
    wanted = teacher.head.refine(teacher.extract_feat(images)).refined
    assert torch.equal(model(images), wanted)
    assert torch.equal(teacher(images, None), wanted)


def test_autocast():
    """Losses in fp32 near those of full precision."""
    model, inputs, samples, _ = prepare()
    for network in (model.student, model.teacher, model.domain_head):
        network.float()
    inputs = {name: value.float() for name, value in inputs.items()}
    source = samples['source']
    samples['source'] = {name: v.float() for name, v in source.items()}
    wanted = step(copy.deepcopy(model), inputs, samples, 45)
    with torch.autocast('cpu', torch.bfloat16):
        losses = step(model, inputs, samples, 45)
    del wanted['pseudo_spread']  # of pixels, which are of the full precision
    for name in wanted:
        assert losses[name].dtype == torch.float32, name
        assert losses[name].item() == pytest.approx(
            wanted[name].item(), rel=0.2, abs=1e-3
        ), name
    for parameter in model.student.parameters():
        assert torch.isfinite(parameter.grad).all()


def test_plain_head_is_refused():
    with pytest.raises(TypeError, match=r"type='mmpose_mlda\.RefineHead'"):
        UDAAnimal(student_config(), 1, {}, {}, {})
