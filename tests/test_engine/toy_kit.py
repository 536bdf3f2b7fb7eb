# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A run that takes a blink, for the tests of checkpoints."""

from collections.abc import Callable
from pathlib import Path

import torch
from engine_kit import build
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch import nn
from torch.utils.data import Dataset

from mmpose_mlda.registry import DATASETS, METRICS, MODELS

SCORES = (0.1, 0.3, 0.2, 0.5, 0.4, 0.6)  # of the validation after step n


@DATASETS.register_module(force=True)
class ToyData(Dataset):
    def __init__(self, size: int = 1000):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return {'inputs': torch.full((2,), index / 1000)}


@MODELS.register_module(force=True)
class ToyModel(BaseModel):
    def __init__(self, fingerprint: str | None = None):
        super().__init__()
        self.layer = nn.Linear(2, 1)
        if fingerprint is not None:
            self.style_transfer = nn.Identity()
            self.style_transfer.register_buffer(
                'weight', torch.ones(3), persistent=False
            )
            self.style_transfer.fingerprint = fingerprint

    def forward(self, inputs, mode='tensor'):
        if mode == 'predict':
            return [{}] * len(inputs)
        return {'loss': self.layer(torch.stack(inputs)).square().mean()}


@METRICS.register_module(force=True)
class ToyScore(BaseMetric):
    """Knows the scores beforehand."""

    runner = None

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        step = self.runner.iter
        return {'score': SCORES[step - 1], 'other': -SCORES[step - 1]}


def toy_config(work_dir: Path, steps: int = 6, **checkpoint) -> Config:
    """Six steps; checkpoint and validation after each."""
    loader = dict(
        batch_size=4,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='mmpose_mlda.ToyData'),
    )
    hook = dict(
        type='mmpose_mlda.AtomicCheckpointHook',
        by_epoch=False,
        interval=1,
        max_keep_ckpts=2,
        save_best='score',
        rule='greater',
    )
    return Config(
        dict(
            default_scope='mmpose',
            model=dict(type='mmpose_mlda.ToyModel'),
            train_dataloader=loader,
            train_cfg=dict(by_epoch=False, max_iters=steps, val_interval=1),
            optim_wrapper=dict(optimizer=dict(type='Adam', lr=0.1)),
            val_dataloader=dict(
                loader, dataset=dict(type='mmpose_mlda.ToyData', size=1)
            ),
            val_cfg=dict(),
            val_evaluator=dict(type='mmpose_mlda.ToyScore'),
            default_hooks=dict(
                checkpoint=dict(hook, **checkpoint),
                logger=dict(type='LoggerHook', interval=100),
            ),
            log_processor=dict(by_epoch=False),
            visualizer=dict(type='Visualizer', vis_backends=[]),
            randomness=dict(seed=1),
            work_dir=str(work_dir),
            log_level='ERROR',
        )
    )


def toy_run(
    work_dir: Path,
    prepare: Callable = lambda runner: None,
    options: dict | None = None,
    **kwargs,
):
    """Train; ``prepare(runner)`` is called before."""
    cfg = toy_config(work_dir, **kwargs)
    cfg.merge_from_dict(options or {})
    runner = build(cfg)
    ToyScore.runner = runner
    prepare(runner)
    runner.train()
    return runner
