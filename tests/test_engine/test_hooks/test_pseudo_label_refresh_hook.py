# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The table of CC-SSL within whole runs."""

import logging
import math
import re
from pathlib import Path

import engine_kit
import pytest
import torch
from engine_kit import (
    PRETRAIN,
    STEPS,
    TARGET,
    Call,
    build,
    differing,
    networks,
    resume,
    run_group,
    state,
    train,
)
from mmengine.dist import all_gather_object

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.engine import PseudoLabelRefreshHook
from mmpose_mlda.engine.utils import unwrap

INTERVAL, QUANTILES = 2, (0.8, 0.5)
LABELS = TARGET * 14
NO_VALIDATION = dict.fromkeys(('val_cfg', 'val_dataloader', 'val_evaluator'))


def make_config(data, work_dir, options=None):
    """Tables before the steps 4 and 6; nothing is evaluated."""
    cfg = engine_kit.make_config(data, work_dir, NO_VALIDATION)
    cfg.model = dict(
        type='mmpose_mlda.CCSSL',
        student=cfg.model.student,
        views=2,
        data_preprocessor=cfg.model.data_preprocessor,
    )
    cfg.optim_wrapper.paramwise_cfg = None
    cfg.custom_hooks = [
        dict(type='mmpose_mlda.StageSwitchHook'),
        dict(
            type='mmpose_mlda.PseudoLabelRefreshHook',
            interval=INTERVAL,
            quantiles=QUANTILES,
        ),
        dict(type='mmpose_mlda.RecordLosses'),
    ]
    cfg.merge_from_dict(options or {})
    return cfg


@pytest.fixture
def ccssl(data, tmp_path):
    """Makes configs: ``ccssl({'train_cfg.max_iters': 2}, folder='a')``."""
    return lambda options=None, folder='run': make_config(
        data, tmp_path / folder, options
    )


@pytest.fixture(scope='module')
def finished(data, tmp_path_factory):
    """A run with all its checkpoints, and what was seen before each step."""
    work_dir = tmp_path_factory.mktemp('ccssl') / 'run'
    torch.set_num_threads(1)
    seen = {}

    def look(runner, batch_idx, data_batch, outputs=None):
        table = unwrap(runner.model).label_table
        teacher = {k: v.clone() for k, v in networks(runner)[0].items()}
        contents = table.contents() | dict(keep=table.keep)
        seen[runner.iter] = contents, teacher

    every = {'default_hooks.checkpoint.interval': 1}
    with engine_kit.quick_runs():
        runner = build(make_config(data, work_dir, every))
        runner.register_hook(Call(after_train_iter=look))
        runner.train()
    runner.seen, runner.folder = seen, work_dir
    runner.result = state(runner)
    return runner


def saved(runner, step):
    return load_from_local(f'{runner.folder}/iter_{step}.pth')


# ------------------------------------------------------------ one process
def test_schedule(finished):
    """A table at the steps 4 and 6, of the student that came there."""
    for step in range(PRETRAIN):
        assert finished.seen[step][0]['points'] is None
    for step in range(PRETRAIN, STEPS):
        table, teacher = finished.seen[step]
        number = (step - PRETRAIN) // INTERVAL
        assert table['quantile'] == QUANTILES[number]
        dropped = math.floor(QUANTILES[number] * LABELS)
        assert table['keep'].sum() == LABELS - dropped
        labeller = {
            name.removeprefix('student.'): value
            for name, value in saved(finished, PRETRAIN + 2 * number)[
                'state_dict'
            ].items()
            if name.startswith('student.')
        }
        assert differing(teacher, labeller) == []
    first, same, second, _ = (
        finished.seen[s][0]['points'] for s in range(PRETRAIN, STEPS)
    )
    assert first.equal(same)
    assert not first.equal(second)


def test_the_last_quantile_stays(ccssl):
    options = {
        'custom_hooks.1.interval': 1,
        'train_cfg.pretrain_iters': 1,
        'train_cfg.max_iters': 4,
    }
    found = []

    def look(runner, batch_idx, data_batch, outputs=None):
        found.append(unwrap(runner.model).label_table.quantile)

    runner = build(ccssl(options))
    runner.register_hook(Call(after_train_iter=look))
    runner.train()
    assert found == [0, 0.8, 0.5, 0.5]


def test_labels_are_learnt(finished):
    losses = engine_kit.losses(finished)
    for step, values in losses.items():
        assert ('loss_target' in values) == (step >= PRETRAIN)
    assert all(losses[s]['loss_target'] > 0 for s in range(PRETRAIN, STEPS))


# before a table, between two, at the step that makes the second
@pytest.mark.parametrize('step', [3, 5, 6])
def test_resumed(ccssl, finished, step):
    runner = resume(ccssl(), f'{finished.folder}/iter_{step}.pth')
    wanted = engine_kit.losses(finished)
    assert engine_kit.losses(runner) == {
        n: values for n, values in wanted.items() if n >= step
    }
    assert differing(state(runner), finished.result) == []


def test_checkpoint_without_a_table(ccssl, finished, tmp_path):
    """Of another method: the labels are made at once."""
    checkpoint = saved(finished, 5)
    assert checkpoint.pop('pseudo_labels')['quantile'] == QUANTILES[0]
    torch.save(checkpoint, tmp_path / 'other.pth')
    runner = resume(ccssl(), tmp_path / 'other.pth')
    assert len(engine_kit.losses(runner)) == STEPS - 5


def test_new_run_takes_no_old_table(ccssl, finished):
    runner = build(ccssl({'load_from': f'{finished.folder}/iter_5.pth'}))
    runner.load_or_resume()
    assert unwrap(runner.model).label_table.rows == 0


def test_labels_of_other_images(ccssl, finished):
    cfg = ccssl({'train_dataloader.dataset.target.indices': 9})
    with pytest.raises(RuntimeError, match=r'10 target images.* has 9'):
        resume(cfg, f'{finished.folder}/iter_5.pth')


SHORT = {'train_cfg.pretrain_iters': 1, 'train_cfg.max_iters': 3}


def test_workers_and_monitoring_do_not_matter(ccssl):
    cfg = ccssl(SHORT | {'train_dataloader.num_workers': 2}, 'changed')
    for name in ('BranchPanelHook', 'GradientNormHook'):
        cfg.custom_hooks.append(dict(type=f'mmpose_mlda.{name}', interval=1))
    assert differing(state(train(ccssl(SHORT))), state(train(cfg))) == []
    pictures = Path(cfg.work_dir).rglob('branches_*.png')
    assert len(list(pictures)) == SHORT['train_cfg.max_iters']


def test_labels_of_the_target_do_not_matter(ccssl, data):
    states = []
    for shift in (0, 21.5):
        cfg = ccssl(SHORT)
        labelled = dict(
            type='mmpose_mlda.LSPExtendedDataset',
            data_root=str(data),
            serialize_data=False,
        )
        if shift:
            labelled |= dict(type='mmpose_mlda.WrongLabels', shift=shift)
        target = cfg.train_dataloader.dataset.target
        cfg.train_dataloader.dataset.target = dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=labelled,
            pipeline=target.pipeline,
            serialize_data=False,
        )
        states.append(state(train(cfg)))
    assert differing(*states) == []


def test_log(ccssl):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    runner = build(ccssl({'log_level': 'INFO'} | SHORT))
    runner.logger.addHandler(handler)
    runner.train()
    found = [line for line in lines if 'Pseudo-labels' in line]
    assert len(found) == 1
    assert re.search(r'table 1 at step 1: \d+\.\d% kept', found[0])


# ------------------------------------------------------------- wrong options
@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(interval=0), 'interval is 0'),
        (dict(interval=2, quantiles=()), 'quantiles are'),
        (dict(interval=2, quantiles=(0.5, 1.0)), 'quantiles are'),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        PseudoLabelRefreshHook(**options)


def test_another_model(config):
    hook = dict(type='mmpose_mlda.PseudoLabelRefreshHook', interval=2)
    cfg = config(NO_VALIDATION)
    cfg.custom_hooks.append(hook)
    with pytest.raises(TypeError, match='such as CCSSL, not a MLDA'):
        train(cfg)


# ------------------------------------------------------------- two processes
def _train(rank, cfg, wanted):
    """Tables and parameters of both are the same after every step."""
    tables = []

    def look(runner, batch_idx, data_batch, outputs=None):
        model = unwrap(runner.model)
        table = model.label_table.contents()
        values = [table['points'], table['confidence'], *model.parameters()]
        everyone = all_gather_object([v.detach() for v in values])
        for mine, other in zip(values, everyone[1 - rank], strict=True):
            assert mine.equal(other)
        tables.append(table)

    with engine_kit.quick_runs():
        runner = build(cfg)
        runner.register_hook(Call(after_train_iter=look))
        runner.train()
    # of the same weights, those of the first step, as one process has it
    for name in ('points', 'confidence'):
        torch.testing.assert_close(
            tables[0][name], wanted[name], rtol=1e-5, atol=1e-5
        )
    assert not tables[0]['points'].equal(tables[1]['points'])


def test_two_processes(ccssl, tmp_path):
    options = {
        'train_cfg.pretrain_iters': 0,
        'train_cfg.max_iters': 2,
        'custom_hooks.1.interval': 1,
        # an odd number: one process labels one image more
        'train_dataloader.dataset.target.indices': 9,
    }
    wanted = {}

    def look(runner, batch_idx, data_batch, outputs=None):
        if not wanted:
            wanted.update(unwrap(runner.model).label_table.contents())

    runner = build(ccssl(options, 'one'))
    runner.register_hook(Call(after_train_iter=look))
    runner.train()
    assert wanted['points'].shape == (9, 14, 2)
    cfg = ccssl(options | {'launcher': 'pytorch'})
    run_group(2, tmp_path / 'group', _train, cfg, wanted)
