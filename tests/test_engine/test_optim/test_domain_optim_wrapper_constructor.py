# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
from engine_kit import Call, build, resume

from mmpose_mlda.engine import DomainOptimWrapperConstructor
from mmpose_mlda.registry import MODELS

SGD = dict(type='SGD', lr=0.1)


@pytest.fixture
def model(config):
    return MODELS.build(config().model)


def groups_of(model, wrapper=None, paramwise=None):
    constructor = DomainOptimWrapperConstructor(
        dict(wrapper or {}, optimizer=SGD), paramwise
    )
    return constructor(model).optimizer.param_groups


def test_every_trained_parameter_is_in_one_group(model):
    """The teacher is in none, the domain head alone in the second."""
    others, head = groups_of(model, paramwise=dict(domain_head={}))
    found = [id(p) for group in (others, head) for p in group['params']]
    trained = [*model.student.parameters(), *model.domain_head.parameters()]
    assert len(found) == len(set(found))
    assert set(found) == {id(p) for p in trained}
    assert {id(p) for p in head['params']} == {
        id(p) for p in model.domain_head.parameters()
    }


def test_frozen_parameters_are_in_no_group(model):
    frozen = list(model.student.backbone.conv1.parameters())
    for parameter in frozen:
        parameter.requires_grad_(False)
    found = {id(p) for group in groups_of(model) for p in group['params']}
    assert not found & {id(p) for p in frozen}


def test_options_of_the_head(model):
    options = dict(domain_head=dict(hold_lr=True, lr=0.7, weight_decay=0.3))
    others, head = groups_of(model, paramwise=options)
    assert (head['lr'], head['weight_decay']) == (0.7, 0.3)
    assert head['hold_lr'] is True
    assert (others['lr'], others['weight_decay']) == (0.1, 0)
    assert 'hold_lr' not in others


def test_without_a_head(config):
    (group,) = groups_of(MODELS.build(config().model | {'domain_head': None}))
    assert len(group['params']) > 10


def test_options_of_the_wrapper(model):
    clip = dict(max_norm=2.0)
    constructor = DomainOptimWrapperConstructor(
        dict(optimizer=SGD, clip_grad=clip, accumulative_counts=3)
    )
    wrapper = constructor(model)
    assert type(wrapper).__name__ == 'OptimWrapper'
    assert wrapper.clip_grad_kwargs == clip
    assert wrapper._accumulative_counts == 3


def test_config_is_left_as_it_is(model):
    cfg = dict(optimizer=dict(SGD), clip_grad=dict(max_norm=2.0))
    before = str(cfg)
    DomainOptimWrapperConstructor(cfg)(model)
    assert str(cfg) == before


def test_unknown_part(model):
    with pytest.raises(ValueError, match=r"'custom_keys'.*Default"):
        groups_of(model, paramwise=dict(custom_keys={}))


def test_parts_of_a_part(model):
    """The first name that fits is taken."""
    rates = {
        'student.backbone.layer1': dict(lr=0.3),
        'student.backbone': dict(lr=0.2),
    }
    others, layer1, backbone = groups_of(model, paramwise=rates)
    assert [g['lr'] for g in (others, layer1, backbone)] == [0.1, 0.3, 0.2]
    layers = model.student.backbone
    assert {id(p) for p in layer1['params']} == {
        id(p) for p in layers.layer1.parameters()
    }
    assert {id(p) for p in (*layer1['params'], *backbone['params'])} == {
        id(p) for p in layers.parameters()
    }


def test_rates_of_a_run(config, uninterrupted):
    """Drops at 2 and 6 for all but the head, also over a resume."""
    rates = {}

    def note(runner, batch_idx, data_batch=None):
        rates[runner.iter] = [
            group['lr']
            for group in runner.optim_wrapper.optimizer.param_groups
        ]

    def run(cfg):
        runner = build(cfg)
        runner.register_hook(Call(before_train_iter=note))
        runner.train()
        found = dict(rates)
        rates.clear()
        return found

    whole = run(config())
    main = [1e-3] * 2 + [1e-4] * 4 + [1e-5] * 2
    for step, wanted in enumerate(main):
        assert whole[step] == pytest.approx([wanted, 1e-3])
    cfg = config()
    cfg.resume, cfg.load_from = True, f'{uninterrupted.folder}/iter_3.pth'
    assert run(cfg) == {n: r for n, r in whole.items() if n >= 3}


def test_optimiser_of_the_run_is_saved(config, uninterrupted):
    """The head's group is marked after a resume as well."""
    runner = resume(config(), f'{uninterrupted.folder}/iter_7.pth')
    others, head = runner.optim_wrapper.optimizer.param_groups
    assert head['hold_lr'] is True
    assert 'hold_lr' not in others
