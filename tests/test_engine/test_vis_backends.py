# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What arrives in TensorBoard and Weights & Biases."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from engine_kit import PRETRAIN, STEPS, build

EXPECTED = {
    'loss_supervised': range(1, STEPS + 1),
    'loss_consistency': range(PRETRAIN + 1, STEPS + 1),
    'pseudo_kept': range(PRETRAIN + 1, STEPS + 1),
    'pseudo_agreement': range(PRETRAIN + 1, STEPS + 1),
    'acc_domain_source': range(PRETRAIN + 1, STEPS + 1),
    'grad_norm/supervised': [1, PRETRAIN + 1],
    'teacher/PCK@0.2': [STEPS],
    'student/PCK@0.2': [STEPS],
}
PICTURES = [1, PRETRAIN + 1, STEPS]


class Writer:
    """Keeps what MMEngine's backend hands to TensorBoard."""

    made = []

    def __init__(self, log_dir):
        self.scalars, self.images, self.texts = {}, {}, []
        self.made.append(self)

    def add_scalar(self, name, value, step):
        self.scalars.setdefault(name, {})[step] = float(value)

    def add_image(self, name, image, step, dataformats):
        self.images.setdefault(name, {})[step] = dataformats, image

    def add_text(self, name, text):
        self.texts.append(name)

    def close(self):
        pass


class Wandb(SimpleNamespace):
    """Keeps what MMEngine's backend hands to Weights & Biases."""

    def __init__(self):
        super().__init__(logged=[], metrics=[])
        self.config = SimpleNamespace(update=lambda *_, **__: None)
        self.run = SimpleNamespace(log_code=lambda **_: None)
        self.Image = lambda image: ('image', image)

    def init(self, **kwargs):
        pass

    def define_metric(self, **kwargs):
        self.metrics.append(kwargs)

    def log(self, values, commit):
        self.logged.append(dict(values))

    def join(self):
        pass


def train(config, *backends):
    cfg = config({'visualizer.vis_backends': [*backends]})
    cfg.custom_hooks += [
        dict(type='mmpose_mlda.GradientNormHook', interval=STEPS),
        dict(type='mmpose_mlda.BranchPanelHook', interval=STEPS),
    ]
    runner = build(cfg)
    runner.train()
    return runner


def check_pictures(images):
    for image in images:
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3


def check_tensorboard(writer):
    for name, steps in EXPECTED.items():
        assert list(writer.scalars[name]) == list(steps), name
    assert list(writer.images['branches']) == PICTURES
    forms, images = zip(*writer.images['branches'].values(), strict=True)
    assert {*forms} == {'HWC'}
    check_pictures(images)
    assert writer.texts == ['config']


def check_wandb(wandb):
    """It gets no steps from MMEngine, but may take ``iter`` for them."""
    step, seen, images = 0, {}, []
    for values in wandb.logged:
        step = values.get('iter', step)
        for name, value in values.items():
            seen.setdefault(name, []).append(step)
            if name == 'branches':
                images.append(value[1])
    for name, steps in EXPECTED.items():
        if name.startswith('grad_norm'):  # logged before their step's losses
            assert len(seen[name]) == len(steps)
        else:
            assert seen[name] == list(steps), name
    assert len(images) == len(PICTURES)
    check_pictures(images)


def test_values_and_pictures_arrive(config, monkeypatch):
    wandb, module = Wandb(), SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, 'torch.utils.tensorboard', module)
    monkeypatch.setitem(sys.modules, 'wandb', wandb)
    axis = dict(name='*', step_metric='iter')
    train(
        config,
        dict(type='TensorboardVisBackend'),
        dict(type='WandbVisBackend', define_metric_cfg=[axis]),
    )
    check_tensorboard(Writer.made.pop())
    check_wandb(wandb)
    assert wandb.metrics == [axis]


def test_tensorboard_itself(config):
    pytest.importorskip(
        'tensorboard', reason='tensorboard is not installed (an extra)'
    )
    from tensorboard.backend.event_processing import event_accumulator

    runner = train(config, dict(type='TensorboardVisBackend'))
    runner.visualizer.close()
    found = event_accumulator.EventAccumulator(f'{runner.log_dir}/vis_data')
    found.Reload()
    for name, steps in EXPECTED.items():
        assert [e.step for e in found.Scalars(name)] == list(steps), name
    assert [e.step for e in found.Images('branches')] == PICTURES
