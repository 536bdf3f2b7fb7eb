# Copyright (c) mmpose_mlda contributors. All rights reserved.
import logging
from pathlib import Path

import engine_kit
import pytest
import torch
from engine_kit import PRETRAIN, STEPS, Call, build, differing, networks


def compare(cfg):
    """Before each step and after the last: does the teacher differ?"""
    apart = {}

    def before(runner, batch_idx, data_batch=None):
        apart[runner.iter] = bool(differing(*networks(runner)))

    runner = build(cfg)
    runner.register_hook(Call(before_train_iter=before))
    runner.train()
    apart[runner.iter] = bool(differing(*networks(runner)))
    return apart


def test_teacher_is_the_student_until_the_switch(config):
    """Parameters and buffers, bit for bit, up to the start of step 4."""
    assert compare(config()) == {n: n > PRETRAIN for n in range(STEPS + 1)}


def test_resumed_exactly_at_the_switch(config, uninterrupted):
    cfg = config()
    cfg.resume, cfg.load_from = True, f'{uninterrupted.folder}/iter_4.pth'
    assert compare(cfg) == {n: n > 4 for n in range(4, 9)}


def test_resumed_after_the_switch(config, uninterrupted):
    """The teacher of the checkpoint is not replaced by its student."""
    cfg = config()
    cfg.resume, cfg.load_from = True, f'{uninterrupted.folder}/iter_6.pth'
    assert compare(cfg) == {6: True, 7: True, 8: True}


def test_adaptation_alone(config):
    cfg = config({'train_cfg.pretrain_iters': 0, 'train_cfg.max_iters': 2})
    assert compare(cfg) == {0: False, 1: True, 2: True}


def test_source_training_alone(config):
    cfg = config({'train_cfg.pretrain_iters': 1.0, 'train_cfg.max_iters': 2})
    assert compare(cfg) == {0: False, 1: False, 2: False}


def test_log_names_the_step(config):
    """One line, when the adaptation begins."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    runner = build(config({'log_level': 'INFO'}))
    runner.logger.addHandler(handler)
    runner.train()
    found = [line for line in lines if 'adaptation begins' in line]
    assert len(found) == 1
    assert f'step {PRETRAIN}' in found[0]
    assert sorted(engine_kit.losses(runner)) == list(range(STEPS))


def source_stage(runner):
    path = Path(runner.work_dir, 'source_stage.pth')
    return torch.load(path, weights_only=True)['state_dict']


def test_source_stage_is_kept(config, uninterrupted):
    """The student after the last step of the first stage, as it is saved."""
    kept = source_stage(uninterrupted)
    saved = torch.load(
        f'{uninterrupted.folder}/iter_{PRETRAIN}.pth', weights_only=False
    )['state_dict']
    student = {
        name.removeprefix('student.'): value
        for name, value in saved.items()
        if name.startswith('student.')
    }
    assert kept.keys() == student.keys()
    assert all(torch.equal(kept[name], student[name]) for name in kept)

    # a new adaptation can begin with it
    cfg = config({'train_cfg.max_iters': PRETRAIN + 1}, folder='other')
    cfg.load_from = f'{uninterrupted.folder}/source_stage.pth'
    runner = build(cfg)
    runner.train()
    again = source_stage(runner)
    assert all(torch.equal(kept[name], again[name]) for name in kept)


@pytest.mark.parametrize(
    'options',
    [
        {'train_cfg.pretrain_iters': 0},  # nothing was learnt before
        {'train_cfg.pretrain_iters': 1.0},  # nothing is adapted
        {'custom_hooks.0.keep_source': False, 'train_cfg.pretrain_iters': 1},
    ],
)
def test_no_source_stage(config, options):
    cfg = config({'train_cfg.max_iters': 2, **options})
    assert cfg.custom_hooks[0].type == 'mmpose_mlda.StageSwitchHook'
    runner = build(cfg)
    runner.train()
    assert not list(Path(runner.work_dir).glob('source_stage*'))
