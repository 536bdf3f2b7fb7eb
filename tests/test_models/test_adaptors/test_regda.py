# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""RegDA against the slow step of :mod:`reference.regda`."""

import copy

import numpy as np
import pytest
import torch
from mmengine.optim import OptimWrapper
from reference.networks import build_batch, build_regda
from reference.regda import RegDAStep

RATE = 0.1


def step(model, inputs, samples, number=700, pretrain_iters=200):
    """One step on inputs that are normalised already."""
    model.data_preprocessor.forward = lambda data, training: data
    optimiser = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], lr=RATE
    )
    model.train()
    model.begin_step(0, number, pretrain_iters)
    return model.train_step(
        dict(inputs=inputs, data_samples=samples), OptimWrapper(optimiser)
    )


@pytest.mark.parametrize(('batch', 'joints'), [(3, 4), (1, 4), (2, 1)])
def test_three_updates(batch, joints):
    inputs, samples = build_batch(batch, joints)
    model = build_regda(joints)
    reference = copy.deepcopy(model).train()
    wanted = RegDAStep(reference, inputs, samples, step=500, rate=RATE)
    before = copy.deepcopy(model.state_dict())

    losses = step(model, inputs, samples)

    assert set(losses) == {*wanted.losses, 'loss'}
    for name, value in wanted.losses.items():
        assert losses[name].item() == pytest.approx(
            value, rel=1e-9, abs=1e-12
        ), name
    assert losses['loss'].item() == pytest.approx(sum(wanted.losses.values()))
    for name, value in reference.state_dict().items():
        np.testing.assert_allclose(
            model.state_dict()[name],
            value,
            rtol=1e-9,
            atol=1e-9,
            err_msg=name,
        )
    # the case is worth its name
    for name, value in model.named_parameters():
        if value.requires_grad and name.endswith('weight'):
            assert not torch.equal(value, before[name]), name


@pytest.mark.parametrize(
    ('phase', 'parts'),
    [
        ('source', ('student.', 'adversarial_head.')),
        ('ground_false', ('adversarial_head.',)),
        ('features', ('student.backbone.', 'student.head.deconv_layers.')),
    ],
)
def test_what_an_update_moves(phase, parts):
    inputs, samples = build_batch()
    model = build_regda().train()
    model.begin_step(0, 5, 0)
    losses = model(inputs, samples, mode=phase)
    sum(losses.values()).backward()
    for name, parameter in model.named_parameters():
        got = parameter.grad is not None and bool(parameter.grad.any())
        assert got == name.startswith(parts), name
    assert all(p.requires_grad for p in model.adversarial_head.parameters())


def test_features_do_not_feel_a_first_step():
    """The coefficient of the gradient layer begins at zero."""
    inputs, samples = build_batch()
    model = build_regda().train()
    model.begin_step(0, 3, 3)
    sum(model(inputs, samples, mode='features').values()).backward()
    for parameter in model.student.parameters():
        assert parameter.grad is None or not parameter.grad.any()


def test_source_training_leaves_the_adversary_alone():
    inputs, samples = build_batch()
    model = build_regda()
    before = copy.deepcopy(model.adversarial_head.state_dict())
    losses = step(model, inputs, samples, number=3, pretrain_iters=4)
    assert set(losses) == {'loss_supervised', 'loss'}
    after = model.adversarial_head.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_labels_of_the_target_are_not_asked_for():
    inputs, samples = build_batch()
    models = [build_regda(), build_regda()]
    step(models[0], inputs, samples)
    del samples['target_student'], samples['target_teacher']
    step(models[1], inputs, samples)
    for one, other in zip(*(m.parameters() for m in models), strict=True):
        assert torch.equal(one, other)


def test_a_wrapper_with_one_update_is_refused():
    inputs, samples = build_batch()
    with pytest.raises(RuntimeError, match='OwnStepDistributedDataParallel'):
        build_regda()(inputs, samples, mode='loss')
