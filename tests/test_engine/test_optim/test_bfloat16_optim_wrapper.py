# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Every method under bfloat16, on a CPU."""

from unittest import mock

import pytest
import torch
from reference.networks import (
    all_parts,
    build_batch,
    build_ccssl,
    build_mlda,
    build_regda,
)
from reference.uda_animal import build_uda_animal, draw_table
from torch import nn
from torch.overrides import _get_current_function_mode

from mmpose_mlda.engine import DomainOptimWrapperConstructor, rounded_layers
from mmpose_mlda.engine.optim import bfloat16_optim_wrapper
from mmpose_mlda.engine.rounded_layers import RoundedLayers

SEED, PRETRAIN = 0, 5


def udape():
    parts = all_parts()
    del parts['domain_head'], parts['im_loss']
    return build_mlda(target_style=dict(prob=1.0, alpha=(0, 1)), **parts)


METHODS = dict(
    mlda=lambda: build_mlda(**all_parts()),
    udape=udape,
    mean_teacher=lambda: build_mlda(
        consistency=dict(type='mmpose_mlda.HeatmapConsistency', rectify=False)
    ),
    source_only=build_mlda,
    ccssl=build_ccssl,
    regda=build_regda,
    uda_animal=build_uda_animal,
)


def prepare(method):
    """Model in float32 and a batch that goes past the preprocessor."""
    model = METHODS[method]()
    for name in ('student', 'teacher', 'domain_head', 'adversarial_head'):
        if getattr(model, name, None) is not None:
            getattr(model, name).float()
    inputs, samples = build_batch(
        mirror=('mixed', 'mixed'), dtype=torch.float32
    )
    if hasattr(model, 'label_table'):
        points, confidence = draw_table(samples)
        model.label_table.fill(points, confidence, 0.2)
    model.data_preprocessor.forward = lambda data, training: data
    return model.train(), dict(inputs=inputs, data_samples=samples)


def build_wrapper(model, kind='mmpose_mlda.BFloat16OptimWrapper'):
    config = dict(type=kind, optimizer=dict(type='Adam', lr=1e-3))
    return DomainOptimWrapperConstructor(config)(model)


@pytest.mark.parametrize('lacks', [True, False])
def test_a_cpu_without_bfloat16(lacks, monkeypatch):
    """It computes otherwise, and says so."""
    for module in (bfloat16_optim_wrapper, rounded_layers):
        monkeypatch.setattr(module, 'lacks_bfloat16', lambda: lacks)
    with mock.patch.object(bfloat16_optim_wrapper, 'print_log') as log:
        wrapper = build_wrapper(build_mlda())
    assert log.called == lacks
    if lacks:
        assert 'saves no time' in log.call_args.args[0]
    with wrapper.optim_context(nn.Identity()):
        mode = _get_current_function_mode()
    assert isinstance(mode, RoundedLayers) == lacks


@pytest.mark.parametrize('method', METHODS)
def test_two_steps(method):
    model, batch = prepare(method)
    wrapper = build_wrapper(model)
    assert type(wrapper).__name__ == 'BFloat16OptimWrapper'
    formats = set()
    model.student.backbone.register_forward_hook(
        lambda module, inputs, output: formats.add(output[-1].dtype)
    )
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    for step in (PRETRAIN - 1, PRETRAIN):  # one of each stage
        model.begin_step(SEED, step, PRETRAIN)
        logged = model.train_step(batch, wrapper)
        for name, value in logged.items():
            assert torch.isfinite(value), name
            if 'loss' in name:
                assert value.dtype == torch.float32, name
    assert formats == {torch.bfloat16}
    for name, parameter in model.named_parameters():
        assert parameter.dtype == torch.float32, name
        assert torch.isfinite(parameter).all(), name
        if name.startswith('student.') and 'refine_second' not in name:
            assert not parameter.equal(before[name]), name
    assert not torch.is_autocast_enabled('cpu')


def test_goes_on_from_float32_and_back():
    """The optimiser's state has one format."""
    model, batch = prepare('mlda')
    plain = build_wrapper(model, 'OptimWrapper')
    rounded = build_wrapper(model)
    for first, second in ((plain, rounded), (rounded, plain)):
        model.begin_step(SEED, PRETRAIN, PRETRAIN)
        model.train_step(batch, first)
        second.load_state_dict(first.state_dict())
        states = [w.optimizer.state_dict()['state'] for w in (first, second)]
        for index, values in states[0].items():
            for name, value in values.items():
                assert torch.equal(states[1][index][name], value)
                assert value.dtype == torch.float32
    # of MMEngine's wrapper, whose scale is left behind
    scaled = dict(plain.state_dict(), loss_scaler=dict(scale=65536.0))
    rounded.load_state_dict(scaled)
