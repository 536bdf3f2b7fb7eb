# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Checkpoints that are chosen without labels, in whole runs."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from engine_kit import (
    CHECKOUT,
    PRETRAIN,
    STEPS,
    TARGET,
    build,
    differing,
    run_group,
    state,
    train,
)
from mmengine.dist import get_rank

from mmpose_mlda.visualization import read_curves

SCORE = 'teacher/label_free/score'
OPTIONS = {
    'model.probe': dict(type='mmpose_mlda.AgreementProbe'),
    'val_evaluator.type': 'mmpose_mlda.LabelFreeScore',
    'val_evaluator.thr': [0.05, 0.1],
    # joints of the little network lie close together
    'val_evaluator.min_spread': 0.01,
}


def unlabelled(cfg, **options):
    """Validate on a folder of images."""
    cfg.val_dataloader.dataset = dict(
        cfg.train_dataloader.dataset.target,
        test_mode=True,
        pipeline=cfg.val_dataloader.dataset.pipeline,
        **options,
    )
    return cfg


def test_a_folder_of_images_is_enough(config):
    """Training, validation and best checkpoint without any target label."""
    cfg = unlabelled(config(OPTIONS | {'train_cfg.val_interval': 2}))
    cfg.default_hooks.checkpoint.update(
        interval=2, save_best=SCORE, rule='greater'
    )
    runner = train(cfg)
    curves = read_curves(runner.work_dir)
    scores = curves[SCORE]
    assert list(scores) == [2, 4, 6, 8]
    assert all(0 <= score <= 100 for score in scores.values())
    # before the adaptation both networks are one
    both = [curves[f'{n}/label_free/networks@0.05'] for n in
            ('teacher', 'student')]  # fmt: skip
    assert both[0] == both[1]
    assert both[0][PRETRAIN] == 100
    best = max(scores, key=scores.get)
    (file,) = Path(runner.work_dir).glob('best_*')
    assert file.name.endswith(f'score_iter_{best}.pth')


def metrics_of(cfg, checkpoint=None):
    cfg.load_from = None if checkpoint is None else str(checkpoint)
    return build(cfg).val()


def test_labels_change_nothing(config, uninterrupted):
    checkpoint = uninterrupted.folder / f'iter_{STEPS}.pth'
    right = metrics_of(config(OPTIONS), checkpoint)
    cfg = config(OPTIONS, 'other')
    cfg.val_dataloader.dataset.update(
        type='mmpose_mlda.WrongLabels', shift=100.0
    )
    assert metrics_of(cfg, checkpoint) == right
    # nor does it whether there are any
    cfg = config(OPTIONS, 'none')
    labelled = cfg.val_dataloader.dataset
    cfg.val_dataloader.dataset = dict(
        type='mmpose_mlda.UnlabeledPoseDataset',
        dataset=dict(labelled, pipeline=[]),
        test_mode=True,
        pipeline=labelled.pipeline,
    )
    assert metrics_of(cfg, checkpoint) == right
    assert right[SCORE] != right[SCORE.replace('teacher', 'student')]


def test_the_probe_leaves_no_trace(config, uninterrupted):
    """A training with it has the weights of one without."""
    cfg = config(OPTIONS | {'train_cfg.val_interval': 3})
    runner = train(cfg)
    assert not differing(state(runner), uninterrupted.result)


def _validate(rank, cfg, folder):
    torch.set_num_threads(1)
    metrics = build(cfg).val()
    (folder / f'{get_rank()}.json').write_text(json.dumps(metrics))


def test_two_processes(config, uninterrupted, tmp_path):
    """An odd number of images, as one process scores them."""
    checkpoint = uninterrupted.folder / f'iter_{STEPS}.pth'

    def make(folder):
        cfg = unlabelled(config(OPTIONS, folder), indices=TARGET - 1)
        cfg.load_from = str(checkpoint)
        cfg.val_dataloader.batch_size = 2
        return cfg

    alone = build(make('alone')).val()
    cfg = make('run')
    cfg.launcher = 'pytorch'
    cfg.env_cfg.dist_cfg.backend = 'gloo'
    run_group(2, tmp_path / 'group', _validate, cfg, tmp_path)
    for rank in range(2):
        found = json.loads((tmp_path / f'{rank}.json').read_text())
        assert found.keys() == alone.keys()
        for name, value in alone.items():
            assert abs(found[name] - value) < 1e-3


@pytest.fixture
def tool():
    path = CHECKOUT / 'tools/analysis_tools/score_models.py'
    spec = importlib.util.spec_from_file_location('score_models', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize('network', ['teacher', 'student'])
def test_scores_of_finished_models(tool, config, uninterrupted, network):
    """Those of a validation on the unlabelled images of the training."""
    checkpoint = uninterrupted.folder / f'iter_{STEPS}.pth'
    cfg = unlabelled(config(OPTIONS), indices=TARGET - 1)
    wanted = metrics_of(cfg, checkpoint)
    model = tool.load_model(cfg, checkpoint)
    model.predict_on = network
    scores = tool.score(model, tool.load_batches(cfg, TARGET - 1))
    # the tool's has the default guard
    assert (
        scores.pop('label_free/score')
        <= wanted[f'{network}/label_free/score'] + 1e-3
    )
    for name, value in scores.items():
        assert value == pytest.approx(wanted[f'{network}/{name}'], abs=1e-3)
    assert len(scores) == 10
