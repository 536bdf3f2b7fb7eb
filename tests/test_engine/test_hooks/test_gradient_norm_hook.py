# Copyright (c) mmpose_mlda contributors. All rights reserved.
import copy
import json
from contextlib import contextmanager
from pathlib import Path

import engine_kit
import numpy as np
import pytest
import torch
from engine_kit import PRETRAIN, STEPS, Call, build, run_group
from mmengine.dist import all_gather_object
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn

from mmpose_mlda.engine import GradientNormHook
from mmpose_mlda.engine.utils import unwrap, without_trace
from mmpose_mlda.models import MLDA
from mmpose_mlda.registry import MODELS

QUIET = {'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None}
TERMS = ('supervised', 'consistency', 'domain', 'im')


@MODELS.register_module(force=True)
class DrawingMLDA(MLDA):
    """Draws from every global generator, and has a loss of several parts."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_buffer('passes', torch.zeros(()))
        self.gain = nn.Parameter(torch.ones(()))

    def loss(self, inputs, data_samples):
        self.passes = self.passes + 1  # another tensor
        noise = torch.rand(()) + np.random.rand()  # noqa: NPY002
        losses = super().loss(inputs, data_samples)
        extra = losses['loss_supervised'] * self.gain * noise
        return losses | {'loss_extra': [extra, 2 * extra]}


def with_hook(cfg, **hook):
    cfg.custom_hooks.append(dict(type='mmpose_mlda.GradientNormHook', **hook))
    return cfg


def scalars(runner):
    """{step: norms} of the file that the run has written."""
    (path,) = Path(runner.work_dir).rglob('vis_data/scalars.json')
    lines = map(json.loads, path.read_text().splitlines())
    return {
        line.pop('step'): line
        for line in lines
        if any(name.startswith('grad_norm/') for name in line)
    }


def generators():
    return [
        torch.get_rng_state(),
        torch.tensor(np.random.get_state()[1].tolist()),  # noqa: NPY002
    ]


@pytest.mark.parametrize('model', ['MLDA', 'DrawingMLDA'])
def test_no_trace(config, model):
    """Bit for bit the run without the hook, over both stages."""
    options = QUIET | {'model.type': f'mmpose_mlda.{model}'}
    results = []
    for hook in (None, dict(interval=1)):
        cfg = config(options, folder=str(bool(hook)))
        runner = build(cfg if hook is None else with_hook(cfg, **hook))
        drawn = []

        def look(*_, log=drawn, **__):
            log.append(generators())

        runner.register_hook(Call(after_train_iter=look))
        torch.manual_seed(0)
        np.random.seed(0)  # noqa: NPY002
        runner.train()
        results.append((runner, drawn))
    (plain, drawn), (hooked, drawn_hooked) = results
    assert len(scalars(hooked)) == STEPS
    assert engine_kit.losses(plain) == engine_kit.losses(hooked)
    states = [engine_kit.state(r) for r in (plain, hooked)]
    assert not engine_kit.differing(*states)
    for first, second in zip(drawn, drawn_hooked, strict=True):
        assert all(map(torch.equal, first, second))
    gradients = [
        [p.grad for p in unwrap(r.model).parameters()] for r in (plain, hooked)
    ]
    for first, second in zip(*gradients, strict=True):
        assert (first is None) == (second is None)
        assert first is None or first.equal(second)


def by_copy(runner, data_batch):
    """Norms from one backward a term on a copy of the whole model."""
    found = {}
    for term in TERMS:
        with without_trace(runner.model):  # the generators
            model = copy.deepcopy(runner.model)
            batch = model.data_preprocessor(copy.deepcopy(data_batch), True)
            losses = model(**batch, mode='loss')
            if f'loss_{term}' not in losses:
                continue
            model.zero_grad()
            losses[f'loss_{term}'].backward()
        for name, part in (
            (f'grad_norm/{term}', model.student),
            (f'grad_norm/{term}/domain_head', model.domain_head),
        ):
            grads = [p.grad for p in part.parameters() if p.grad is not None]
            squares = sum(g.double().square().sum().item() for g in grads)
            if squares or part is model.student:
                found[name] = squares**0.5
    return found


def test_norms_are_those_of_separate_backwards(config):
    wanted = {}
    cfg = config(
        QUIET
        | {
            'model.domain_head.reversal': dict(coefficient=0.25),
            'train_cfg.max_iters': 4,
            'train_cfg.pretrain_iters': 2,
        }
    )
    runner = build(with_hook(cfg, interval=3, dense_steps=0))

    def look(runner, batch_idx, data_batch):
        wanted[runner.iter + 1] = by_copy(runner, data_batch)

    runner.register_hook(Call(before_train_iter=look))
    runner.train()
    found = scalars(runner)
    assert sorted(found) == [1, 4]
    for step, norms in found.items():
        assert norms == pytest.approx(wanted[step], rel=1e-4)
    assert set(found[1]) == {'grad_norm/supervised'}
    last = found[4]
    assert all(last[f'grad_norm/{term}'] > 0 for term in TERMS)
    assert last['grad_norm/domain/domain_head'] > 0
    assert len(last) == len(TERMS) + 1


@OPTIM_WRAPPERS.register_module(force=True)
class HalfPrecision(OptimWrapper):
    """What AmpOptimWrapper is on a GPU: autocast, and a scaled loss."""

    class loss_scaler:
        get_scale = staticmethod(lambda: 2.0**16)

    @contextmanager
    def optim_context(self, model):
        dtype = torch.bfloat16
        with super().optim_context(model), torch.autocast('cpu', dtype):
            yield


def test_mixed_precision(config):
    """Autocast as in the step; the loss scale is taken out again."""
    options = {'train_cfg.max_iters': 1, 'train_cfg.pretrain_iters': 0}
    wanted, found = {}, {}
    for kind in ('OptimWrapper', 'HalfPrecision'):
        cfg = config(
            QUIET | options | {'optim_wrapper.type': kind}, folder=kind
        )
        runner = build(with_hook(cfg))

        def look(runner, batch_idx, data_batch, kind=kind):
            with runner.optim_wrapper.optim_context(runner.model):
                wanted[kind] = by_copy(runner, data_batch)

        runner.register_hook(Call(before_train_iter=look))
        runner.train()
        found[kind] = scalars(runner)[1]
        assert found[kind] == pytest.approx(wanted[kind], rel=1e-3)
    full, half = (f['grad_norm/supervised'] for f in found.values())
    assert full != half
    assert full == pytest.approx(half, rel=0.1)


def test_student_receives_the_reversed_gradient(config):
    """Coefficient 0.5 halves what the student gets, not what the head does."""
    norms = {}
    for coefficient in (1.0, 0.5):
        options = {
            'train_cfg.max_iters': 1,
            'train_cfg.pretrain_iters': 0,
            'model.domain_head.reversal': dict(coefficient=coefficient),
        }
        cfg = config(QUIET | options, folder=str(coefficient))
        runner = build(with_hook(cfg))
        runner.train()
        norms[coefficient] = scalars(runner)[1]
    student, head = 'grad_norm/domain', 'grad_norm/domain/domain_head'
    assert norms[0.5][student] == pytest.approx(0.5 * norms[1.0][student])
    assert norms[0.5][head] == norms[1.0][head] > 0


def test_steps(config):
    """Dense from the switch on, counted from it; else by the interval."""
    cfg = config(QUIET | {'train_cfg.max_iters': 9})
    hook = dict(interval=5, dense_interval=2, dense_steps=4)
    runner = build(with_hook(cfg, **hook))
    runner.train()
    # after 0 and 5 steps; and 0 and 2 after the switch
    assert sorted(scalars(runner)) == [1, PRETRAIN + 1, 6, PRETRAIN + 3]


def test_parts_of_other_adaptors_and_lists_of_losses(config):
    options = {
        'model.type': 'mmpose_mlda.DrawingMLDA',
        'train_cfg.max_iters': 1,
        'train_cfg.pretrain_iters': 1,
    }
    runner = build(with_hook(config(QUIET | options)))
    runner.train()
    norms = scalars(runner)[1]
    assert norms['grad_norm/extra'] > 0
    assert norms['grad_norm/extra/gain'] > 0
    assert 'grad_norm/supervised/gain' not in norms


def test_beside_the_norm_of_the_clipping(config):
    options = {
        'optim_wrapper.clip_grad': dict(max_norm=1.0),
        'train_cfg.max_iters': 1,
        'train_cfg.pretrain_iters': 1,
    }
    cfg = config(QUIET | options)
    runner = build(with_hook(cfg))
    runner.train()
    (path,) = Path(runner.work_dir).rglob('vis_data/scalars.json')
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (clipping,) = (line['grad_norm'] for line in lines if 'grad_norm' in line)
    # one term alone in the source stage
    ours = scalars(runner)[1]['grad_norm/supervised']
    assert ours == pytest.approx(clipping, rel=1e-5)


def test_trace_of_an_error():
    """Buffers and generators are put back even then."""
    model = nn.BatchNorm1d(2)
    before = generators()

    def fail():
        with without_trace(model):
            model(torch.rand(4, 2))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert model.num_batches_tracked == 0
    assert model.running_mean.equal(torch.zeros(2))
    assert all(map(torch.equal, before, generators()))


@pytest.mark.parametrize(
    'option', [dict(interval=0), dict(dense_interval=0), dict(dense_steps=-1)]
)
def test_bad_options(option):
    ((name, value),) = option.items()
    with pytest.raises(ValueError, match=f'{name} is {value}'):
        GradientNormHook(**option)


def _two(rank, cfg, plain):
    alone = []

    def look(runner, batch_idx, data_batch):
        # local norms: what MLDA computes here, before the hook's mean
        norms = by_copy(unwrap_runner(runner), data_batch)
        alone.append(all_gather_object(norms))

    with engine_kit.quick_runs():
        runner = build(with_hook(cfg, interval=1))
        runner.register_hook(Call(before_train_iter=look))
        runner.train()
        quiet = build(plain)
        quiet.train()
    states = [engine_kit.state(r) for r in (runner, quiet)]
    assert not engine_kit.differing(*states)
    if rank > 0:
        return
    found = scalars(runner)
    for step, (first, second) in enumerate(alone, start=1):
        mean = {name: (first[name] + second[name]) / 2 for name in first}
        assert found[step] == pytest.approx(mean, rel=1e-4)
        assert first != second


class unwrap_runner:
    """A runner whose model is out of its wrapper."""

    def __init__(self, runner):
        self.model = unwrap(runner.model)


def test_two_processes(config, tmp_path):
    options = QUIET | {
        'train_cfg.max_iters': 3,
        'train_cfg.pretrain_iters': 1,
        'launcher': 'pytorch',
    }
    cfgs = [config(options, folder=name) for name in ('hooked', 'plain')]
    run_group(2, tmp_path / 'group', _two, *cfgs)
