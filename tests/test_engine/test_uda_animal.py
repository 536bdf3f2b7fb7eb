# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""UDA-Animal in whole runs and in two processes."""

from pathlib import Path

import engine_kit
import pytest
import torch
from engine_kit import PRETRAIN, STEPS, TARGET, build, differing, run_group
from mmengine.config import ConfigDict
from mmengine.model import MMDistributedDataParallel
from reference.networks import build_batch
from reference.uda_animal import build_uda_animal, draw_table

from mmpose_mlda.engine.utils import unwrap

ADVERSARY = dict(
    in_channels=4 * 16,
    channels=(8, 8, 8),  # 16 x 16 to 2 x 2
    conv=dict(kernel_size=4, stride=2, padding=1, bias=False),
    last=dict(kernel_size=2, stride=1, padding=0),
    reversal=dict(rise=dict(gamma=10.0, iters=4)),
)


@pytest.fixture
def uda_animal(config):
    """Makes configs of four steps of either stage, an epoch being two."""

    def make(options=None, folder='run'):
        cfg = config(folder=folder)
        student = cfg.model.student
        student.head.update(type='mmpose_mlda.RefineHead', refine_channels=16)
        cfg.model = ConfigDict(
            type='mmpose_mlda.UDAAnimal',
            student=student,
            epoch_iters=2,
            pseudo_weight=dict(start=15.0, floor=8.0, period=3),
            teacher_weight=dict(peak=90.0, period=2),
            easy_joints=dict(begin=0, floor=7),
            mixing=dict(type='mmpose_mlda.DualMixup'),
            domain_head=dict(type='mmpose_mlda.DomainHead', **ADVERSARY),
            views=2,
            data_preprocessor=cfg.model.data_preprocessor,
        )
        cfg.optim_wrapper.paramwise_cfg = None
        cfg.custom_hooks.insert(
            1,
            dict(
                type='mmpose_mlda.PseudoLabelRefreshHook',
                interval=1000000,
                quantiles=(0.6,),
            ),
        )
        cfg.custom_hooks[2].warmup = True
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.merge_from_dict(options or {})
        return cfg

    return make


def test_a_run_and_its_resume(uda_animal, tmp_path):
    """Bit by bit the same, from a checkpoint between the steps."""
    every = {'default_hooks.checkpoint.interval': 1}
    whole = engine_kit.train(uda_animal(every, 'whole'))
    losses = engine_kit.losses(whole)
    assert set(losses[PRETRAIN - 1]) == {'loss', 'loss_supervised'}
    assert {'loss_pseudo', 'loss_consistency', 'loss_distillation'} <= set(
        losses[PRETRAIN]
    )
    table = unwrap(whole.model).label_table
    assert table.rows == TARGET
    assert 0 < table.keep.sum() < table.keep.numel() / 2
    assert differing(*engine_kit.networks(whole))

    for step in (PRETRAIN, STEPS - 1):
        again = engine_kit.resume(
            uda_animal(folder=f'from{step}'),
            tmp_path / f'whole/iter_{step}.pth',
        )
        assert differing(*map(engine_kit.state, (whole, again))) == []
        labels = unwrap(again.model).label_table
        assert torch.equal(labels.points, table.points)
        assert torch.equal(labels.keep, table.keep)
        for number, values in engine_kit.losses(again).items():
            assert values == losses[number]


# ----------------------------------------------------------- two processes
COUNT = 4


def losses_and_gradients(part, wrap):
    """One step of the images of a process; domains are mixed."""
    inputs, samples = build_batch(COUNT, mirror=('mixed', 'mixed'))
    samples['target_index'] = torch.arange(COUNT)
    # halves have other batch statistics than the whole
    model = build_uda_animal(
        teacher_bn='eval', mixing=dict(type='mmpose_mlda.DualMixup', prob=1)
    ).eval()
    model.label_table.fill(*draw_table(samples), 0.4)
    model.begin_step(5, 60, 20)

    def cut(value):
        if isinstance(value, dict):
            return {name: cut(v) for name, v in value.items()}
        return value[part]

    network = wrap(model)
    losses = network(cut(inputs), cut(samples), mode='loss')
    sum(v for name, v in losses.items() if 'loss' in name).backward()
    gradients = {n: p.grad for n, p in model.student.named_parameters()}
    losses = {name: v.detach() for name, v in losses.items()}
    return losses, gradients


def _half(rank, folder):
    results = losses_and_gradients(
        slice(2 * rank, 2 * rank + 2),
        lambda model: MMDistributedDataParallel(
            model, find_unused_parameters=True, broadcast_buffers=False
        ),
    )
    torch.save(results, folder / f'{rank}.pt')


def test_two_processes_are_one(tmp_path):
    losses, gradients = losses_and_gradients(slice(None), lambda model: model)
    run_group(2, tmp_path, _half, Path(tmp_path))
    halves = [torch.load(tmp_path / f'{rank}.pt') for rank in range(2)]
    del losses['pseudo_spread']  # of a batch, no mean of its samples
    for name, value in losses.items():
        mean = sum(half[0][name] for half in halves) / 2
        torch.testing.assert_close(mean, value, msg=name)
    for _, found in halves:
        for name, value in gradients.items():
            torch.testing.assert_close(
                found[name], value, rtol=1e-9, atol=1e-12, msg=name
            )
            assert value.any(), name


def _same(rank, cfg):
    with engine_kit.quick_runs():
        runner = build(cfg)
        runner.train()
    model = unwrap(runner.model)
    values = [p.detach() for p in model.parameters()]
    values += [model.label_table.points, model.label_table.confidence]
    for value in values:
        other = value.clone()
        torch.distributed.broadcast(other, 0)
        assert torch.equal(value, other)


def test_a_run_of_two_processes(uda_animal, tmp_path):
    cfg = uda_animal({'launcher': 'pytorch'})
    run_group(2, tmp_path / 'group', _same, cfg)
