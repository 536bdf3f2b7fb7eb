# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Faster runs are the same runs, as far as their numbers are precise.

Two runs of the same program part slowly once a single bit differs. How fast
is measured: a run in float32 whose weights were rounded once, before its
first step, to the format in question. A network rounds the output of each of
its some 64 layers (21 convolutions, 20 normalisations and 8 sums of the
student, the style network, the domain head). If roundings add up as
independent ones do, their sum is sqrt(64) = 8 times one.
"""

import os
from contextlib import contextmanager

import engine_kit
import pytest
import torch
from engine_kit import run_group
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_mlda.engine.rounded_layers import (
    RoundedLayers,
)
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.registry import OPTIM_WRAPPERS

STEPS, PRETRAIN = 50, 20
INDEPENDENT = 8  # sqrt of the number of roundings on the way to a loss
NO_VALIDATION = dict.fromkeys(('val_cfg', 'val_dataloader', 'val_evaluator'))
COMPILER = os.environ.get('COMPILER', 'aot_eager')  # inductor takes minutes
COMPILE = {
    'default_hooks.compile.type': 'mmpose_mlda.CompileHook',
    'default_hooks.compile.backend': COMPILER,
}
CHANNELS_LAST = {'model.data_preprocessor.channels_last': True}
BFLOAT16 = {'optim_wrapper.type': 'mmpose_mlda.BFloat16OptimWrapper'}
FLOAT16 = {'optim_wrapper.type': 'mmpose_mlda.Float16OnCPU'}
SCALE = 2.0**10  # of the loss; with torch's 2^16 the first steps are skipped


@OPTIM_WRAPPERS.register_module(force=True)
class Float16OnCPU(AmpOptimWrapper):
    """What ``--amp`` is on a GPU; MMEngine refuses it elsewhere."""

    def __init__(self, **kwargs):
        OptimWrapper.__init__(self, **kwargs)
        self.loss_scaler = torch.amp.GradScaler('cpu', init_scale=SCALE)
        self._scale_update_param = None

    @contextmanager
    def optim_context(self, model):
        with (
            OptimWrapper.optim_context(self, model),
            torch.autocast('cpu', torch.float16),
            RoundedLayers(torch.float16),
        ):
            yield


def weights_of_style(folder):
    torch.manual_seed(0)
    files = {}
    for part, make in (('encoder', build_encoder), ('decoder', build_decoder)):
        files[part] = str(folder / f'{part}.pth')
        torch.save(make('relu2_1').state_dict(), files[part])
    return files


def figures_config(config, folder, files, options):
    """Flat figures to photo-like ones, 64 px, all parts of MLDA."""
    cfg = config(
        NO_VALIDATION
        | {
            'train_cfg.max_iters': STEPS,
            'train_cfg.pretrain_iters': PRETRAIN,
            # its dropout draws other numbers in another format
            'model.student.head.type': 'HeatmapHead',
            'optim_wrapper.optimizer.lr': 1e-4,
        }
        | options,
        folder=folder,
    )
    cfg.model.style_transfer = dict(
        type='mmpose_mlda.AdaINStyleTransfer',
        layer='relu2_1',
        prob=cfg.model.style_transfer.prob,
        **files,
    )
    figures = dict(
        type='mmpose_mlda.FiguresDataset',
        length=24,
        image_size=64,
        label_occluded=True,
        cache=True,
    )
    pair = cfg.train_dataloader.dataset
    pair.source = dict(
        figures, style='synthetic', pipeline=pair.source.pipeline
    )
    pair.target = dict(
        type='mmpose_mlda.UnlabeledPoseDataset',
        dataset=dict(figures, style='photo'),
        pipeline=pair.target.pipeline,
    )
    return cfg


def rounded(format):
    """Weights that went through a format; None is float32's next number."""

    def change(runner):
        model = engine_kit.unwrap(runner.model)
        with torch.no_grad():
            for value in model.student.parameters():
                if format is None:
                    value.copy_(value.nextafter(torch.full_like(value, 9e9)))
                else:
                    value.copy_(value.to(format))
        model.copy_student_to_teacher()

    return change


def losses_of(cfg, before_train=None):
    """{term: (steps,)} of a run."""
    runner = engine_kit.build(cfg)
    if before_train is not None:
        runner.register_hook(engine_kit.Call(before_train=before_train))
    runner.train()
    steps = engine_kit.losses(runner).values()
    assert len(steps) == STEPS
    return {
        name: torch.tensor([s[name] for s in steps if name in s]).double()
        for name in list(steps)[-1]
        if name.startswith('loss_')
    }


def deviation(found, exact):
    """Of each term, the largest of all steps, as a share of its mean."""
    return {
        name: ((found[name] - values).abs().max() / values.abs().mean()).item()
        for name, values in exact.items()
    }


@pytest.fixture
def runs(config, tmp_path):
    files = weights_of_style(tmp_path)
    done = iter(range(100))

    def run(options, before_train=None):
        folder = f'run{next(done)}'
        cfg = figures_config(config, folder, files, options)
        return losses_of(cfg, before_train)

    return run


def too_far(runs, format, variants):
    """Terms of variants that part from float32 beyond the roundings."""
    exact = runs({})
    assert set(exact) == {
        f'loss_{n}' for n in ('supervised', 'consistency', 'domain', 'im')
    }
    once = deviation(runs({}, rounded(format)), exact)
    print(f'\nrounded once ({format or "float32"}):', shown(once))
    assert all(once.values())
    found_far = []
    for name, options in variants.items():
        found = deviation(runs(options), exact)
        print(f'{name}:', shown(found))
        found_far += [
            (name, term)
            for term, value in found.items()
            if not value <= INDEPENDENT * once[term]
        ]
    return found_far


def shown(values):
    return {name: float(f'{value:.1e}') for name, value in values.items()}


@pytest.mark.slow
def test_same_precision(runs):
    """Another order of the same sums."""
    variants = {'channels_last': CHANNELS_LAST, 'compile': COMPILE}
    assert not too_far(runs, None, variants)


@pytest.mark.slow
def test_bfloat16(runs):
    assert not too_far(runs, torch.bfloat16, {'bfloat16': BFLOAT16})


@pytest.mark.slow
def test_float16(runs):
    assert not too_far(runs, torch.float16, {'float16': FLOAT16})


# -------------------------------------------------------- several processes
def group_config(config, folder, batch_size):
    options = NO_VALIDATION | {
        'train_cfg.max_iters': 20,
        'train_cfg.pretrain_iters': 8,
        'train_dataloader.batch_size': batch_size,
        'model.teacher_bn': 'eval',
        'model.student.head.type': 'HeatmapHead',
        'optim_wrapper.optimizer.lr': 1e-4,
    }
    return config(options, folder=folder)


def running_statistics(runner, batch_idx, data_batch=None):
    for module in runner.model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()


def _train(rank, cfg):
    cfg.launcher = 'pytorch'
    with engine_kit.quick_runs():
        runner = engine_kit.build(cfg)
        runner.register_hook(
            engine_kit.Call(before_train_iter=running_statistics)
        )
        runner.train()


@pytest.mark.slow
def test_two_processes_of_16_are_one_of_32(config, tmp_path):
    """All terms; masks may differ in a joint at the threshold."""
    run_group(
        2, tmp_path / 'group', _train, group_config(config, 'halves', 16)
    )
    halves = engine_kit.read_losses(tmp_path / 'halves')
    runner = engine_kit.build(group_config(config, 'whole', 32))
    runner.register_hook(engine_kit.Call(before_train_iter=running_statistics))
    runner.train()
    whole = engine_kit.losses(runner)
    assert halves.keys() == whole.keys() == set(range(20))
    for step, values in whole.items():
        assert halves[step].keys() == values.keys()
        for name, value in values.items():
            if 'loss' in name:
                found = halves[step][name]
                assert found == pytest.approx(value, abs=1e-4), (step, name)
    assert 'loss_im' in whole[19]
