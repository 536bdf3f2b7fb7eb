# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Several processes against one."""

import json
import random
from pathlib import Path

import engine_kit
import pytest
import torch
from engine_kit import PRETRAIN, STEPS, Call, build, run_group
from mmengine.dist import all_gather_object

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.functional.random import key
from mmpose_mlda.models import HeatmapConsistency, InformationMaximizationLoss

BATCH, JOINTS, HEIGHT, WIDTH = 3, 4, 6, 5  # of one process


def gathered(value):
    """The values of all processes."""
    return all_gather_object(value)


# ---------------------------------------------------------- global statistics
def confidences(ranks):
    """Confidences (R B, K) and which peaks are in the frame."""
    rng = torch.Generator().manual_seed(ranks)
    confidence = torch.rand(ranks * BATCH, JOINTS, generator=rng)
    valid = torch.rand(ranks * BATCH, JOINTS, generator=rng) > 0.2
    # ranks that are not alike: a quantile of each alone would differ
    confidence[:BATCH] *= 0.3
    return confidence, valid


def part(rank):
    return slice(rank * BATCH, (rank + 1) * BATCH)


def _select(rank, ranks, options, wanted):
    confidence, valid = confidences(ranks)
    module = HeatmapConsistency(**options)
    rng = random.Random(7)
    keep = module.select(confidence[part(rank)], valid[part(rank)], rng)
    assert keep.dtype == torch.bool
    assert keep.tolist() == wanted[part(rank)].tolist()


@pytest.mark.parametrize(
    ('ranks', 'options'),
    [
        (2, dict(threshold='quantile')),
        (3, dict(threshold='quantile', share=0.3)),
        (2, dict(threshold='random')),
        (2, dict(threshold=0.25)),
    ],
)
def test_mask(tmp_path, ranks, options):
    """As one process with the batches of all."""
    confidence, valid = confidences(ranks)
    module = HeatmapConsistency(**options)
    wanted = module.select(confidence, valid, random.Random(7))
    assert 0 < wanted.sum() < valid.sum()
    if options['threshold'] == 'quantile':
        alone = [
            module.select(confidence[part(r)], valid[part(r)], None)
            for r in range(ranks)
        ]
        assert not torch.cat(alone).equal(wanted)
    run_group(ranks, tmp_path, _select, ranks, options, wanted)


def outputs(ranks):
    """Inputs and parameters whose product are the heatmaps of a student."""
    rng = torch.Generator().manual_seed(5)
    shape = (JOINTS, HEIGHT, WIDTH)
    images = torch.rand(ranks * BATCH, *shape, generator=rng).double()
    weights = torch.rand(shape, generator=rng).double().requires_grad_()
    return images, weights


def information(module, images, weights, keep):
    """Loss and its gradient by the shared parameters."""
    loss = module((images * weights).pow(2), keep)
    (gradient,) = torch.autograd.grad(loss, weights)
    return loss.detach(), gradient


def _information(rank, ranks, options, keep, wanted):
    images, weights = outputs(ranks)
    module = InformationMaximizationLoss(**options)
    loss, gradient = information(
        module, images[part(rank)], weights, keep[part(rank)]
    )
    # what DistributedDataParallel and the log make of it
    for value, whole in zip((loss, gradient), wanted, strict=True):
        torch.distributed.all_reduce(value)
        torch.testing.assert_close(value / ranks, whole, rtol=0, atol=1e-14)


def masks(ranks):
    """All joints, some, none in the first process, none at all."""
    full = torch.ones(ranks * BATCH, JOINTS, dtype=torch.bool)
    some = torch.rand(full.shape, generator=torch.manual_seed(1)) > 0.5
    first = some.clone()
    first[part(0)] = False
    joint = some.clone()
    joint[:, 1] = False
    return [full, some, first, joint, ~full]


@pytest.mark.parametrize(
    'options',
    [
        dict(beta=3.0),
        dict(beta=3.0, projection='max'),
        dict(variant='official'),
    ],
)
def test_information(tmp_path, options):
    """Mean over ranks of loss and gradient are those of one process."""
    ranks = 2
    module = InformationMaximizationLoss(**options)
    for number, keep in enumerate(masks(ranks)):
        wanted = information(module, *outputs(ranks), keep)
        if keep.any():
            assert wanted[1].abs().max() > 1e-5
        run_group(
            ranks,
            tmp_path / str(number),
            _information,
            ranks,
            options,
            keep,
            wanted,
        )


# ------------------------------------------------------------ whole runs
def digest(tensors):
    """A number that depends on every bit."""
    parts = [value.numpy().tobytes() for value in tensors.values()]
    return key(*map(hash, parts), *tensors)


def numbers(runner, kind):
    model = unwrap(runner.model)
    named = {
        'parameters': model.named_parameters,
        'buffers': model.named_buffers,
    }[kind]
    return {name: value.detach() for name, value in named()}


def same_everywhere(runner, kind):
    digests = gathered(digest(numbers(runner, kind)))
    assert len(set(digests)) == 1, f'{kind} differ at step {runner.iter}'


def checks(log):
    """Hooks that compare the processes with each other."""

    def before_step(runner, batch_idx, data_batch=None):
        if runner.iter == PRETRAIN:  # source_stage.pth was written
            same_everywhere(runner, 'buffers')

    def after_step(runner, batch_idx, data_batch, outputs):
        same_everywhere(runner, 'parameters')
        names = {name.split('.')[0] for name in numbers(runner, 'parameters')}
        assert names == {'student', 'teacher', 'domain_head'}
        sources = data_batch['data_samples']['seed'].tolist()
        log.append(gathered(sources))
        if runner.iter + 1 in (3, 6, 8):  # a checkpoint was written
            same_everywhere(runner, 'buffers')

    def validated(runner, metrics):
        same_everywhere(runner, 'buffers')
        assert len({str(m) for m in gathered(metrics)}) == 1
        if runner.rank == 0:
            path = Path(runner.work_dir) / 'metrics.json'
            path.write_text(json.dumps(metrics))

    return Call(
        before_train_iter=before_step,
        after_train_iter=after_step,
        after_val_epoch=validated,
    )


def _train(rank, cfg):
    log = []
    with engine_kit.quick_runs():
        runner = build(cfg)
        runner.register_hook(checks(log))
        runner.train()
    assert type(runner.model).__name__ == 'MMDistributedDataParallel'
    assert engine_kit.differing(*engine_kit.networks(runner))
    slots = [seed for step in log for part in step for seed in part]
    assert len(slots) == len(set(slots)) == STEPS * 2 * engine_kit.BATCH
    if rank == 0:
        assert engine_kit.losses(runner)[PRETRAIN]['loss_consistency'] > 0


def two_process_config(config, options=None):
    cfg = config(options)
    cfg.launcher = 'pytorch'
    cfg.default_hooks.checkpoint.update(interval=3, save_last=True)
    cfg.train_cfg.val_interval = 3
    # eleven images on two processes: one is evaluated twice
    cfg.val_dataloader.dataset.indices = 11
    cfg.val_dataloader.batch_size = 2
    return cfg


def one_process_metrics(config, checkpoint):
    cfg = config({'load_from': str(checkpoint)}, folder='evaluation')
    cfg.val_dataloader.dataset.indices = 11
    return build(cfg).val()


def test_two_processes(config, tmp_path):
    """Over the switch; equal after every step, the metric that of one."""
    run_group(2, tmp_path / 'group', _train, two_process_config(config))
    found = json.loads((tmp_path / 'run/metrics.json').read_text())
    alone = one_process_metrics(config, tmp_path / f'run/iter_{STEPS}.pth')
    assert set(found) == set(alone)
    assert found == pytest.approx(alone, abs=1e-12)
    assert 0 < found['student/PCK@0.2'] < 100


def _buffers_differ(rank, cfg):
    """Without an average each process has its own statistics."""
    seen = []

    def look(runner, batch_idx, data_batch, outputs):
        seen.append(len(set(gathered(digest(numbers(runner, 'buffers'))))))

    with engine_kit.quick_runs():
        runner = build(cfg)
        runner.register_hook(Call(after_train_iter=look))
        runner.train()
    assert seen == [2] * runner.max_iters


def _seeds_are_shared(rank, cfg):
    """diff_rank_seed changes neither the samples nor the shared draws."""
    seeds = []

    def look(runner, batch_idx, data_batch):
        seeds.append(gathered(unwrap(runner.model).seed_and_step))
        seeds.append(gathered(runner.train_dataloader.sampler.seed))

    with engine_kit.quick_runs():
        runner = build(cfg)
        runner.register_hook(Call(before_train_iter=look))
        runner.train()
    assert len(set(gathered(runner.seed))) == 2
    assert all(first == second for first, second in seeds)


SHORT = {
    'train_cfg.max_iters': 2,
    'train_cfg.pretrain_iters': 1,
    'launcher': 'pytorch',
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
}


def test_statistics_differ_in_between(config, tmp_path):
    """The tests above would see buffers that are not averaged."""
    run_group(2, tmp_path / 'group', _buffers_differ, config(SHORT))


def test_seed_of_each_process(config, tmp_path):
    cfg = config(SHORT | {'randomness.diff_rank_seed': True})
    run_group(2, tmp_path / 'group', _seeds_are_shared, cfg)
