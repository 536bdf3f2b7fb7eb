# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Every method goes on as if nothing had happened, in both stages."""

import engine_kit
import pytest
from engine_kit import CHECKOUT, differing, resume, state, train
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmpose_mlda.studies.shrink import shrink

pytestmark = pytest.mark.slow

PRETRAIN, STEPS = 2, 4
# UDAPE, mean teacher and source-only are MLDA with parts left out
CONFIGS = (
    'demo/mlda_figures.py',
    'baselines/ccssl_figures.py',
    'baselines/regda_figures.py',
    'baselines/uda_animal_figures.py',
)


@pytest.fixture(autouse=True)
def default_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def small(name, tmp_path, folder, workers=0):
    """Four steps of a config on fixtures, with its optimiser and hooks."""
    cfg = shrink(Config.fromfile(CHECKOUT / 'configs' / name), tmp_path)
    cfg.train_cfg.update(max_iters=STEPS, pretrain_iters=PRETRAIN)
    for loop in ('val', 'test'):
        for part in ('cfg', 'dataloader', 'evaluator'):
            cfg[f'{loop}_{part}'] = None
    cfg.default_hooks.checkpoint = dict(
        type='mmpose_mlda.AtomicCheckpointHook', by_epoch=False, interval=1
    )
    for hook in cfg.custom_hooks:
        if hook.type == 'mmpose_mlda.PseudoLabelRefreshHook':
            hook.interval = 100  # once: a resume takes up the saved table
    cfg.train_dataloader.num_workers = workers
    cfg.work_dir = str(tmp_path / folder)
    return cfg


@pytest.mark.parametrize('name', CONFIGS)
def test_resumed_in_both_stages(name, tmp_path):
    """With other numbers of workers, bit for bit, optimiser included."""
    wanted = state(train(small(name, tmp_path, 'whole')))
    for step, workers in ((1, 2), (3, 1)):
        cfg = small(name, tmp_path, f'from_{step}', workers)
        runner = resume(cfg, tmp_path / 'whole' / f'iter_{step}.pth')
        assert runner.iter == STEPS
        assert differing(state(runner), wanted) == []


def test_the_comparison_sees_a_difference(tmp_path):
    name = CONFIGS[0]
    states = []
    for seed in (0, 1):
        cfg = small(name, tmp_path, f'seed_{seed}')
        cfg.train_cfg.update(max_iters=1, pretrain_iters=1)
        cfg.randomness.seed = seed
        states.append(engine_kit.state(train(cfg)))
    assert len(differing(*states)) > 50
