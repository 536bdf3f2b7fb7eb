# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The step of MLDA against the slow one of :mod:`reference.step`."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from reference.heatmaps import Options
from reference.networks import (
    all_parts,
    build_batch,
    build_mlda,
    student_config,
)
from reference.step import Step

METHODS = Path(__file__).parents[3] / 'configs' / '_base_' / 'methods'
CODECS = dict(
    msra=dict(),
    unbiased=dict(unbiased=True),
    udp=dict(codec='UDPHeatmap'),
)


def run_both(
    options,
    batch=3,
    joints=4,
    mirror=(False, False),
    shift=0.1,
    seed=0,
    silent=False,
):
    """Model, reference, losses and record of one step on the same weights."""
    parts = all_parts()
    configs = dict(
        style_transfer=options.style,
        consistency=options.consistency,
        occlusion=options.occlusion,
        domain_head=options.domain,
        im_loss=options.im,
    )
    for name, own in configs.items():
        if own is None:
            parts[name] = None
            continue
        own = dict(own)
        if name == 'domain_head':
            reversal = {
                k: own.pop(k) for k in ('coefficient', 'rise') if k in own
            }
            parts[name]['reversal'] = reversal
            if options.tap == 'backbone':
                parts[name]['in_channels'] = 8
        parts[name] |= own
    model = build_mlda(
        seed,
        student_config(
            joints,
            options.input_size,
            sigma=options.sigma,
            **CODECS[options.codec],
        ),
        tap=options.tap,
        teacher_bn=options.teacher_bn,
        target_style=options.target_style,
        **parts,
    ).double()
    if silent:  # the teacher sees nothing anywhere
        model.teacher.head.final_layer.bias.data -= 1e3
    inputs, samples = build_batch(
        batch, joints, options.input_size, seed, mirror, shift
    )
    twin = copy.deepcopy(model)
    # the student's view is occluded in place
    reference = Step(twin, copy.deepcopy(inputs), samples, options)

    model.train()
    model.begin_step(options.seed, options.step, options.pretrain_iters)
    model.start_recording()
    losses = model.loss(inputs, samples)
    sum(v for k, v in losses.items() if k.startswith('loss_')).backward()
    return model, reference, losses, model.stop_recording()


def assert_close(got, wanted, what):
    """Equal to 1e-9, of the largest value where that is below one."""
    got = got.detach().numpy() if torch.is_tensor(got) else got
    wanted = np.asarray(wanted)
    assert got.shape == wanted.shape, what
    scale = min(1.0, float(np.abs(wanted).max(initial=0)) or 1.0)
    np.testing.assert_allclose(
        got, wanted, rtol=1e-9, atol=1e-9 * scale, err_msg=what
    )


def assert_equal_steps(options, **kwargs):
    model, reference, losses, record = run_both(options, **kwargs)
    assert losses.keys() == reference.losses.keys()
    for name, value in losses.items():
        single = name.startswith(
            ('pseudo_kept', 'pseudo_agree', 'acc_')
        )  # float32 monitors
        if single:
            assert value.item() == pytest.approx(reference.losses[name])
        else:
            assert_close(value, reference.losses[name], name)
    assert record.keys() == reference.record.keys()
    for name, value in record.items():
        assert_close(value, reference.record[name], name)
    twins = dict(reference.model.named_parameters())
    for name, parameter in model.named_parameters():
        if twins[name].grad is None:
            assert parameter.grad is None, name
        else:
            assert_close(parameter.grad, twins[name].grad, f'd {name}')
    # running statistics: the same forward passes in the same order
    buffers = dict(reference.model.named_buffers())
    for name, value in model.named_buffers():
        assert_close(value, buffers[name].numpy(), name)
    return model, reference, losses, record


FULL = dict(
    style=dict(prob=1.0, alpha=(0.2, 0.9)),
    consistency=dict(),
    occlusion=dict(prob=0.7, threshold=0.5, size=11),
    domain=dict(),
    im=dict(),
)
BOTH = [(False, True), (True, False), (True, True), ('mixed', 'mixed')]


def test_full_step():
    _, reference, losses, record = assert_equal_steps(Options(**FULL), batch=4)
    # the case is worth its name: every part does something
    assert set(losses) == {
        'loss_supervised',
        'loss_consistency',
        'loss_domain',
        'loss_im',
        'acc_domain',
        'acc_domain_source',
        'acc_domain_target',
        'pseudo_kept',
        'pseudo_confidence',
        'pseudo_spread',
        'pseudo_agreement',
    }
    values = dict(reference.losses)
    assert 0 <= values.pop('pseudo_agreement') <= 1
    assert all(abs(v) > 1e-3 for v in values.values())
    assert 0 < record['keep'].sum() < record['keep'].numel()
    assert (record['x_s'] != record['source']).any()
    hidden = record['x_t'].numpy() != reference.inputs['target_student']
    assert 0 < hidden.any(axis=1).sum() <= 4 * 11**2
    assert (reference.record['student_confidence'] > 0.5).any()
    assert (reference.record['label_weights'] == 0).any()


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('input_size', [(64, 48), (48, 64), (32, 32)])
def test_sizes_and_frames(frame, input_size):
    options = FULL | dict(consistency=dict(frame=frame))
    assert_equal_steps(Options(input_size=input_size, **options))


@pytest.mark.parametrize(('batch', 'joints'), [(1, 4), (3, 1), (1, 1), (5, 3)])
def test_batches_and_joints(batch, joints):
    assert_equal_steps(Options(**FULL), batch=batch, joints=joints)


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('mirror', BOTH)
def test_mirrored_views(frame, mirror):
    """Left and right are exchanged, once or twice or in some samples."""
    options = FULL | dict(consistency=dict(frame=frame, share=0.2))
    _, _, _, record = assert_equal_steps(
        Options(**options), batch=4, joints=5, mirror=mirror
    )
    assert record['keep'].any()


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('shift', [0.6, 3.0])
def test_peaks_outside_the_frame(frame, shift):
    """Views that show little or nothing of each other."""
    options = FULL | dict(consistency=dict(frame=frame, share=0.3))
    _, _, losses, record = assert_equal_steps(
        Options(**options), batch=4, shift=shift, mirror=('mixed', False)
    )
    points = record['points'] / 4 + 0.5
    outside = ((points < 0) | (points >= torch.tensor([16, 12]))).any(-1)
    assert outside.any()
    assert not record['keep'][outside].any()
    if shift == 3.0 and not record['keep'].any():
        assert losses['loss_consistency'].item() == 0
        assert losses['loss_im'].item() == 0


def test_nothing_is_trusted():
    """An empty mask: no consistency, no information, no NaN."""
    options = FULL | dict(consistency=dict(threshold=1e9))
    model, _, losses, _ = assert_equal_steps(Options(**options))
    assert losses['loss_consistency'].item() == 0
    assert losses['loss_im'].item() == 0
    assert all(
        p.grad.isfinite().all() for p in model.parameters() if p.requires_grad
    )


def test_a_teacher_that_sees_nothing():
    """No positive value anywhere: all peaks at (0, 0), none occluded."""
    _, _, _, record = assert_equal_steps(Options(**FULL), silent=True)
    assert not record['teacher_points'].any()
    assert (record['teacher_confidence'] < 0).all()


@pytest.mark.parametrize(
    'consistency',
    [
        dict(share=0.0),
        dict(share=0.77),
        dict(share=1.0),
        dict(threshold=0.8),
        dict(threshold='random', low=0.3, high=1.5),
        dict(loss_weight=2.5),
    ],
)
def test_thresholds(consistency):
    assert_equal_steps(Options(**FULL | dict(consistency=consistency)))


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('mirror', [(False, False), *BOTH])
def test_heatmaps_that_are_not_rectified(frame, mirror):
    """The teacher's heatmaps as they are, sides exchanged by the views."""
    rectified = dict(frame=frame, share=0.2)
    options = FULL | dict(consistency=dict(rectify=False, **rectified))
    kwargs = dict(batch=4, joints=5, mirror=mirror)
    _, _, losses, record = assert_equal_steps(Options(**options), **kwargs)
    assert record['keep'].any()
    # what is trusted does not depend on it, what is taught does
    options = FULL | dict(consistency=rectified)
    _, _, other_losses, other = run_both(Options(**options), **kwargs)
    assert torch.equal(record['keep'], other['keep'])
    first, second = (
        x['loss_consistency'].item() for x in (losses, other_losses)
    )
    assert first != pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize('frame', ['canonical', 'student'])
@pytest.mark.parametrize('codec', CODECS)
def test_plain_mean_teacher(frame, codec):
    """No mask but the frame's border, and nothing but the consistency."""
    consistency = dict(frame=frame, rectify=False, threshold=None)
    options = Options(codec=codec, consistency=consistency)
    _, _, losses, record = assert_equal_steps(
        options, batch=4, shift=0.6, mirror=('mixed', 'mixed')
    )
    assert losses['loss_consistency'] > 1e-3
    # all peaks inside the frame, and those alone
    points = record['points'].numpy() / options.stride + 0.5
    inside = ((points >= 0) & (points < options.heatmap_size)).all(-1)
    assert 0 < inside.sum() < inside.size
    assert (record['keep'].numpy() == inside).all()


def test_all_peaks_are_kept_without_a_threshold():
    options = FULL | dict(consistency=dict(threshold=None))
    _, _, losses, record = assert_equal_steps(Options(**options))
    quantile = FULL | dict(consistency=dict(share=0.0))
    _, _, same, _ = run_both(Options(**quantile))
    assert losses == same
    assert record['keep'].sum() > record['keep'].numel() / 2


@pytest.mark.parametrize(
    'im',
    [
        dict(variant='official', loss_weight=0.3),
        dict(beta=3.0, loss_weight=1.0),
        dict(projection='max', beta=1.0),
    ],
)
def test_variants_of_information_maximisation(im):
    assert_equal_steps(Options(**FULL | dict(im=im)))
    # the term alone, whose gradient may be far smaller than the others'
    assert_equal_steps(Options(im=im))


@pytest.mark.parametrize('name', ['consistency', 'domain', 'im'])
def test_single_parts(name):
    assert_equal_steps(Options(**{name: FULL[name]}))
    without = {k: v for k, v in FULL.items() if k != name}
    assert_equal_steps(Options(**without))


@pytest.mark.parametrize(
    'style',
    [
        None,
        dict(prob=0.5, alpha=(0.0, 1.0)),
        dict(prob=1.0, alpha=(0.5, 0.5), input_space='normalised'),
    ],
)
def test_styles(style):
    for step in (5, 6, 7):
        assert_equal_steps(Options(**FULL | dict(style=style), step=step))


def test_style_for_the_teacher():
    """UDAPE: the teacher's view in the style of the source."""
    for step in (5, 6, 7, 8):
        options = Options(
            **FULL, target_style=dict(prob=0.5, alpha=(0.0, 1.0)), step=step
        )
        assert_equal_steps(options)


def options_of(method):
    """What a file of ``configs/_base_/methods`` asks of a step."""
    config = Config.fromfile(METHODS / f'{method}.py').method.to_dict()
    parts = {
        name: {k: v for k, v in config[key].items() if k != 'type'}
        for name, key in dict(
            style='style_transfer',
            consistency='consistency',
            occlusion='occlusion',
        ).items()
        if config[key]
    }
    assert config['domain_head'] is config['im_loss'] is None
    return dict(**parts, target_style=config.get('target_style'))


@pytest.mark.parametrize(
    ('method', 'parts'),
    [
        ('mean_teacher_128', {'consistency'}),
        ('mean_teacher_masked_128', {'consistency', 'occlusion'}),
        ('udape_128', {'style', 'target_style', 'consistency', 'occlusion'}),
    ],
)
def test_methods_as_their_configs_have_them(method, parts):
    options = options_of(method)
    assert {name for name, part in options.items() if part} == parts
    coins = set()
    for step in range(5, 11):
        _, reference, losses, _ = assert_equal_steps(
            Options(**options, step=step)
        )
        terms = {name for name in losses if name.startswith('loss_')}
        assert terms == {'loss_supervised', 'loss_consistency'}
        seen = dict(x_s='source', x_teacher='target_teacher')
        styled = {
            name
            for name, branch in seen.items()
            if (reference.record[name] != reference.inputs[branch]).any()
        }
        coins.add(frozenset(styled))
    # a coin for each direction of the style
    assert len(coins) == (4 if 'target_style' in parts else 1)


@pytest.mark.parametrize(
    'domain',
    [
        dict(coefficient=0.3, loss_weight=2.0),
        dict(rise=dict(gamma=10.0, iters=20)),
    ],
)
@pytest.mark.parametrize('tap', ['head.deconv_layers', 'backbone'])
def test_domain_heads(domain, tap):
    assert_equal_steps(Options(**FULL | dict(domain=domain), tap=tap))


@pytest.mark.parametrize('codec', ['unbiased', 'udp'])
@pytest.mark.parametrize('frame', ['canonical', 'student'])
def test_codecs(codec, frame):
    options = FULL | dict(consistency=dict(frame=frame))
    assert_equal_steps(
        Options(codec=codec, sigma=1.0, **options), mirror=('mixed', 'mixed')
    )


def test_teacher_by_its_running_statistics():
    assert_equal_steps(Options(**FULL, teacher_bn='eval'))


@pytest.mark.parametrize('step', [0, 2, 3])
def test_source_stage(step):
    """Only the (stylised) source until ``pretrain_iters`` steps are done."""
    options = Options(**FULL, step=step, pretrain_iters=3)
    model, _, losses, record = assert_equal_steps(options)
    adapting = step == 3
    assert ('loss_consistency' in losses) is adapting
    assert ('x_t' in record) is adapting
    head = model.domain_head.layers[0].weight
    assert (head.grad is not None) is adapting
