# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What only a GPU can show. Needs neither data nor weights."""

import copy

import pytest
import torch
from mmengine.optim import AmpOptimWrapper
from reference.networks import (
    all_parts,
    build_batch,
    build_ccssl,
    build_mlda,
    preprocessor_config,
    student_config,
)

from mmpose_mlda.engine import DomainOptimWrapperConstructor
from mmpose_mlda.functional.random import uniform
from mmpose_mlda.models.networks import networks
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.registry import MODELS

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason='torch sees no CUDA device'
)


@pytest.fixture(autouse=True)
def _exact():
    """fp32 means fp32: no TF32."""
    settings = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [setting.allow_tf32 for setting in settings]
    for setting in settings:
        setting.allow_tf32 = False
    yield
    for setting, value in zip(settings, before, strict=True):
        setting.allow_tf32 = value


@pytest.fixture
def style_network(tmp_path):
    """Config of an AdaIN network of random weights."""
    torch.manual_seed(0)
    config = dict(
        type='mmpose_mlda.AdaINStyleTransfer',
        layer='relu2_1',
        prob=1.0,
        alpha=(0.3, 0.9),
    )
    for part, build in (
        ('encoder', build_encoder),
        ('decoder', build_decoder),
    ):
        config[part] = str(tmp_path / f'{part}.pth')
        torch.save(build('relu2_1').state_dict(), config[part])
    return config


def build(frame='canonical', style=None):
    config = all_parts()
    config['consistency']['frame'] = frame
    if style is not None:
        config['style_transfer'] = style
    model = build_mlda(0, student_config(6, (96, 64)), **config)
    if style is not None:
        model.style_transfer.init_weights()
    return model.train()


def batch(count=4):
    return build_batch(
        count, 6, (96, 64), mirror=('mixed', 'mixed'), dtype=torch.float32
    )


def to_device(values):
    if isinstance(values, dict):
        return {key: to_device(value) for key, value in values.items()}
    return values.cuda()


def bytes_of(inputs):
    """Raw batches as the loader makes them."""
    return {
        branch: (images * 40 + 128).clamp(0, 255).to(torch.uint8)
        for branch, images in inputs.items()
    }


def total(losses):
    return sum(v for k, v in losses.items() if k.startswith('loss_'))


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('adain', [False, True])
def test_losses_are_those_of_the_cpu(frame, adain, style_network):
    model = build(frame, style_network if adain else None)
    twin = copy.deepcopy(model).cuda()
    inputs, samples = batch()
    results = []
    for network, given in (
        (model, (inputs, samples)),
        (twin, (to_device(inputs), to_device(samples))),
    ):
        network.begin_step(0, 5, 2)
        losses = network.loss(*given)
        total(losses).backward()
        results.append(losses)
    cpu, cuda = results
    assert cpu.keys() == cuda.keys()
    for name, value in cpu.items():
        assert cuda[name].is_cuda, name
        assert cuda[name].item() == pytest.approx(
            value.item(), rel=1e-4, abs=1e-4
        ), name
    gradients = dict(twin.named_parameters())
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            got = gradients[name].grad.cpu()
            scale = parameter.grad.abs().max()
            assert (got - parameter.grad).abs().max() <= 2e-3 * scale, name


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
@pytest.mark.parametrize('frame', ['canonical', 'student'])
def test_a_step_in_mixed_precision(dtype, frame, style_network):
    if dtype == 'bfloat16' and not torch.cuda.is_bf16_supported():
        pytest.skip('this GPU has no bfloat16')
    model = build(frame, style_network).cuda()
    wrapper = AmpOptimWrapper(
        dtype=dtype,
        optimizer=torch.optim.Adam(
            [p for p in model.parameters() if p.requires_grad], lr=1e-4
        ),
    )
    inputs, samples = batch()
    before = copy.deepcopy(model.student.state_dict())
    for step in range(2, 6):
        model.begin_step(0, step, 2)
        logs = model.train_step(
            dict(inputs=bytes_of(inputs), data_samples=samples), wrapper
        )
        for name, value in logs.items():
            assert torch.isfinite(torch.as_tensor(value)).all(), name
    after = model.student.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert any(not torch.equal(after[k], before[k]) for k in before)


@pytest.mark.parametrize('compiled', [False, True])
def test_every_option_at_once(compiled, style_network):
    """bfloat16, channels-last and a compiler, in both stages."""
    if not torch.cuda.is_bf16_supported():
        pytest.skip('this GPU has no bfloat16')
    exact = build('canonical', style_network).cuda()
    fast = copy.deepcopy(exact).to(memory_format=torch.channels_last)
    fast.data_preprocessor.memory_format = torch.channels_last
    if compiled:
        for network in networks(fast):
            network.compile()
    inputs, samples = batch()
    for step in (0, 5):
        found = []
        for model, kind in (
            (exact, 'OptimWrapper'),
            (fast, 'mmpose_mlda.BFloat16OptimWrapper'),
        ):
            optimizer = dict(type='Adam', lr=0.0)  # the weights stay
            wrapper = DomainOptimWrapperConstructor(
                dict(type=kind, optimizer=optimizer)
            )(model)
            model.begin_step(0, step, 2)
            data = dict(inputs=bytes_of(inputs), data_samples=samples)
            found.append(model.train_step(data, wrapper))
        for name, value in found[0].items():
            if name.startswith('loss_') and name != 'loss_consistency':
                assert found[1][name].item() == pytest.approx(
                    value.item(), rel=0.05, abs=1e-3
                ), name
    assert exact.state_dict().keys() == fast.state_dict().keys()


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('threshold', ['quantile', 'random', 0.5])
def test_nothing_waits_for_the_device(frame, threshold, style_network):
    model = build(frame, style_network).cuda()
    model.consistency.threshold = threshold
    inputs, samples = (to_device(part) for part in batch())
    model.begin_step(0, 5, 2)
    total(model.loss(inputs, samples)).backward()  # libraries wake up
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode('error')
    try:
        for step in (0, 6):  # of the source stage and of the adaptation
            model.begin_step(0, step, 2)
            total(model.loss(inputs, samples)).backward()
    finally:
        torch.cuda.set_sync_debug_mode('default')


def test_ccssl():
    """Labels are those of the CPU, and a step waits for nothing."""
    model = build_ccssl(student=student_config(6, (96, 64))).train()
    twin = copy.deepcopy(model).cuda()
    inputs, samples = batch()
    raw = bytes_of(inputs)['target_student']
    given = raw, samples['target_student']['canonical_mat'], torch.arange(4)
    _, wanted = model.label(*given)
    points, confidence = twin.label(*(value.cuda() for value in given))
    torch.testing.assert_close(confidence.cpu(), wanted, rtol=1e-3, atol=1e-3)

    twin.label_table.fill(points, confidence, 0.5)
    inputs, samples = to_device(inputs), to_device(samples)
    twin.begin_step(0, 5, 2)
    total(twin.loss(inputs, samples)).backward()  # libraries wake up
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode('error')
    try:
        total(twin.loss(inputs, samples)).backward()
    finally:
        torch.cuda.set_sync_debug_mode('default')


def test_preprocessor_moves_a_batch():
    preprocessor = MODELS.build(preprocessor_config())
    inputs, samples = batch()
    data = dict(inputs=bytes_of(inputs), data_samples=samples)
    expected = preprocessor(data, training=True)
    result = preprocessor.cuda()(data, training=True)
    for branch, images in expected['inputs'].items():
        assert result['inputs'][branch].is_cuda
        assert torch.allclose(result['inputs'][branch].cpu(), images)
    assert result['data_samples']['target_teacher']['warp_mat'].is_cuda


def test_random_numbers_are_those_of_the_cpu():
    keys = torch.arange(1000) * 2**40 + 7
    expected = uniform(keys, 'occlusion', 5)
    result = uniform(keys.cuda(), 'occlusion', 5)
    assert result.is_cuda
    assert torch.equal(result.cpu(), expected)
