# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The examples of configs/reuse train, validate and stay short."""

import ast
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import DATASETS
from mmpose_mlda.studies.startup_checks import (
    WatchHook,
    loss_faults,
    metric_faults,
    parameter_faults,
    teacher_faults,
)

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = {p.stem: p for p in sorted((ROOT / 'configs/reuse').glob('*.py'))}
PLAIN = {'information_maximization', 'style_augmentation'}
STEPS = 20

each_config = pytest.mark.parametrize('name', CONFIGS)


@pytest.fixture(autouse=True)
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    init_default_scope('mmpose')


@each_config
def test_an_example_is_short(name):
    """25 lines without the comment at its head."""
    text = CONFIGS[name].read_text()
    head = ast.parse(text).body[0].end_lineno
    lines = [line for line in text.splitlines()[head:] if line.strip()]
    assert len(lines) <= 25


@pytest.mark.slow
@each_config
def test_an_example_trains(name, tmp_path):
    """Both stages where there are two: finite losses, all of it learns."""
    cfg = Config.fromfile(CONFIGS[name])
    cfg.work_dir = str(tmp_path)
    cfg.log_level = 'ERROR'
    cfg.train_cfg.max_iters = STEPS
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    cfg.train_dataloader.batch_size = 4 if name in PLAIN else 2
    cfg.val_dataloader.dataset.length = cfg.val_dataloader.batch_size = 8
    cfg.test_dataloader = None
    cfg.test_cfg = cfg.test_evaluator = None
    cfg.default_hooks.checkpoint.interval = STEPS

    runner = Runner.from_cfg(cfg)
    watch = WatchHook()
    runner.register_hook(watch, 'VERY_LOW')
    runner.train()

    faults = loss_faults(watch.losses, STEPS)
    faults += parameter_faults(runner, watch.moved)
    faults += teacher_faults(unwrap(runner.model))
    faults += metric_faults('validation', watch.metrics)
    assert faults == []
    terms = [set(losses) - {'loss'} for losses in watch.losses]
    if name in PLAIN:
        assert terms == [{'loss_kpt'}] * STEPS
        assert 'PCK@0.05' in watch.metrics
    else:
        later = {'loss_supervised', 'loss_domain', 'loss_consistency'}
        assert terms[:12] == [{'loss_supervised'}] * 12
        assert terms[12:] == [later | {'loss_im'}] * 8
        assert {'teacher/PCK@0.05', 'student/PCK@0.05'} <= set(watch.metrics)


def test_two_sources_have_the_same_joints():
    """The second one as the first would have drawn it."""
    cfg = Config.fromfile(CONFIGS['several_sources'])
    config = cfg.train_dataloader.dataset.source
    config.pipeline = []
    sources = DATASETS.build(config)
    assert len(sources) == 4000
    fourteen = DATASETS.build(dict(cfg.source_train, seed=1))
    for index in (0, 1, 77):
        ours, other = sources[2000 + index], fourteen.get_data_info(index)
        np.testing.assert_array_equal(ours['img'], other['img'])
        np.testing.assert_allclose(ours['keypoints'], other['keypoints'])
        weights = ours['keypoints_visible'].prod(-1)
        np.testing.assert_array_equal(weights, other['keypoints_visible'])
    names = sources.metainfo['keypoint_id2name']
    assert names == fourteen.metainfo['keypoint_id2name']


def test_both_targets_come_without_labels():
    cfg = Config.fromfile(CONFIGS['several_sources'])
    targets = DATASETS.build(cfg.train_dataloader.dataset.target)
    assert len(targets) == 4000
    images = []
    for index in (5, 2005):
        info = targets.get_data_info(index)
        assert not info['keypoints'].any()
        assert not info['keypoints_visible'].any()
        images.append(info['img'])
    assert (images[0] != images[1]).any()
