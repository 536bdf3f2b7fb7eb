# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A complete run in miniature, for the tests of the engine.

Imported by the tests (``pytest.ini`` puts this folder on the path) and, as
``custom_imports`` of the configs made here, by processes that train alone.
"""

import copy
import itertools
import json
import multiprocessing
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import mmpose_mlda.registry  # noqa: F401 # isort: skip (before MMPose)

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.models import HeatmapHead
from scipy.io import savemat

from mmpose_mlda.datasets import LSPExtendedDataset
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import DATASETS, HOOKS, MODELS

CHECKOUT = Path(__file__).parents[2]
SIDE = 64
SOURCE, TARGET = 12, 10  # images
BATCH, PRETRAIN, STEPS = 4, 4, 8
_NUMBERS = itertools.count()


# ---------------------------------------------------------------- the data
def write_data(root: Path) -> Path:
    """A labelled set as LSP Extended has it, and a folder of images."""
    rng = np.random.default_rng(0)
    for folder, count in (('images', SOURCE), ('target', TARGET)):
        (root / folder).mkdir(parents=True)
        for number in range(1, count + 1):
            coarse = rng.integers(0, 256, (6, 5, 3), np.uint8)
            image = cv2.resize(coarse, (40, 48))  # width, height
            path = root / folder / f'im{number:05d}.jpg'
            cv2.imwrite(str(path), image)
    joints = np.ones((14, 3, SOURCE))
    joints[:, :2] = rng.uniform(4, 36, (14, 2, SOURCE))
    joints[3, 2, ::2] = 0  # not visible
    savemat(root / 'joints.mat', {'joints': joints})
    return root


@DATASETS.register_module(force=True)
class WrongLabels(LSPExtendedDataset):
    """Every keypoint moved by ``shift`` pixels, every visibility inverted."""

    def __init__(self, shift: float, **kwargs) -> None:
        self.shift = shift
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        samples = super().load_data_list()
        for sample in samples:
            sample['keypoints'] = sample['keypoints'] + self.shift
            sample['keypoints_visible'] = 1 - sample['keypoints_visible']
        return samples


# -------------------------------------------------------- parts of the run
@MODELS.register_module(force=True)
class DropoutHead(HeatmapHead):
    """A head with a layer that draws from torch's global generator."""

    def forward(self, feats):
        *_, last = feats
        return super().forward((F.dropout(last, 0.3, self.training),))


@HOOKS.register_module(force=True)
class RecordLosses(Hook):
    """Keeps the losses of every step, bit for bit, also in a file."""

    priority = 'LOWEST'

    def before_train(self, runner) -> None:
        self.steps: dict[int, dict[str, float]] = {}
        self.path = Path(runner.work_dir) / 'losses.jsonl'

    def after_train_iter(self, runner, batch_idx, data_batch, outputs) -> None:
        values = {name: value.item() for name, value in outputs.items()}
        self.steps[runner.iter] = values
        if runner.rank == 0:
            line = dict(step=runner.iter, time=time.time(), losses=values)
            with self.path.open('a') as file:
                file.write(json.dumps(line) + '\n')


@HOOKS.register_module(force=True)
class Call(Hook):
    """Calls a function of the hook's point, for tests in one process."""

    priority = 'LOWEST'

    def __init__(self, **functions: Callable) -> None:
        for name, function in functions.items():
            setattr(self, name, function)


def read_losses(work_dir: str | Path) -> dict[int, dict[str, float]]:
    """What :class:`RecordLosses` wrote; of a repeated step the last."""
    lines = (Path(work_dir) / 'losses.jsonl').read_text().splitlines()
    return {line['step']: line['losses'] for line in map(json.loads, lines)}


# -------------------------------------------------------------- the config
def _model() -> dict:
    head = dict(
        type='mmpose_mlda.DropoutHead',
        in_channels=64,
        out_channels=14,
        deconv_out_channels=(16, 16, 16),
        deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(SIDE, SIDE),
            heatmap_size=(SIDE // 4, SIDE // 4),
            sigma=1,
        ),
    )
    backbone = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8)
    return dict(
        type='mmpose_mlda.MLDA',
        student=dict(
            type='TopdownPoseEstimator',
            backbone=backbone,
            head=head,
            test_cfg=dict(output_heatmaps=True),
        ),
        style_transfer=dict(type='mmpose_mlda.StatisticsStyle', prob=0.7),
        consistency=dict(type='mmpose_mlda.HeatmapConsistency'),
        occlusion=dict(
            type='mmpose_mlda.KeypointOcclusion', size=6, threshold=-1.0
        ),
        domain_head=dict(
            type='mmpose_mlda.DomainHead', in_channels=16, channels=(8,)
        ),
        im_loss=dict(type='mmpose_mlda.InformationMaximizationLoss'),
        data_preprocessor=dict(
            type='mmpose_mlda.DomainDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            bgr_to_rgb=True,
        ),
    )


def _loaders(data: Path) -> dict:
    jitter = dict(type='mmpretrain.ColorJitter', brightness=0.25)
    view = [
        dict(
            type='mmpose_mlda.TopdownAffineWithMatrix',
            input_size=(SIDE, SIDE),
            mirror_prob=0.5,
        ),
        jitter,
    ]
    load = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose_mlda.RandomBoxCrop'),
    ]
    labelled = dict(
        type='mmpose_mlda.LSPExtendedDataset',
        data_root=str(data),
        serialize_data=False,  # which collects garbage for half a second
    )
    test = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='TopdownAffine', input_size=(SIDE, SIDE)),
        dict(type='PackPoseInputs'),
    ]
    return dict(
        train_dataloader=dict(
            batch_size=BATCH,
            num_workers=0,
            sampler=dict(type='mmpose_mlda.DomainPairSampler'),
            collate_fn=dict(type='default_collate'),
            dataset=dict(
                type='mmpose_mlda.DomainPairDataset',
                source=dict(labelled, pipeline=load + view),
                target=dict(
                    type='mmpose_mlda.UnlabeledPoseDataset',
                    metainfo='lsp14',
                    data_root=str(data),
                    data_prefix=dict(img='target'),
                    serialize_data=False,
                    pipeline=load,
                ),
                student_pipeline=view,
                teacher_pipeline=view,
            ),
        ),
        val_dataloader=dict(
            batch_size=BATCH,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(labelled, test_mode=True, pipeline=test),
        ),
        val_evaluator=dict(type='mmpose_mlda.PCK', thr=0.2),
        val_cfg=dict(type='mmpose_mlda.TeacherStudentValLoop'),
    )


def make_config(data: Path, work_dir: Path, options: dict | None = None):
    """Config of a run of both stages with every part switched on.

    Args:
        data: What :func:`write_data` wrote.
        work_dir: Folder of the run.
        options: Changes, with dotted keys.

    Returns:
        Config: 4 steps of source training, 4 of adaptation; a validation at
        the end, no checkpoint.
    """
    cfg = Config.fromfile(CHECKOUT / 'configs/_base_/default_runtime.py')
    cfg.merge_from_dict(_loaders(data))
    cfg.merge_from_dict(
        dict(
            custom_imports=dict(imports=['engine_kit']),
            model=_model(),
            train_cfg=dict(
                type='mmpose_mlda.DomainTrainLoop',
                max_iters=STEPS,
                pretrain_iters=PRETRAIN,
                val_interval=100,
            ),
            optim_wrapper=dict(
                optimizer=dict(type='Adam', lr=1e-3),
                constructor='mmpose_mlda.DomainOptimWrapperConstructor',
                paramwise_cfg=dict(domain_head=dict(hold_lr=True)),
            ),
            param_scheduler=[
                dict(
                    type='mmpose_mlda.HeldMultiStepLR',
                    by_epoch=False,
                    milestones=[2, 6],
                    gamma=0.1,
                )
            ],
            custom_hooks=[
                dict(type='mmpose_mlda.StageSwitchHook'),
                dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.9),
                dict(type='mmpose_mlda.RecordLosses'),
            ],
            randomness=dict(seed=3),
            work_dir=str(work_dir),
            log_level='ERROR',
        )
    )
    cfg.test_dataloader = copy.deepcopy(cfg.val_dataloader)
    cfg.test_evaluator = copy.deepcopy(cfg.val_evaluator)
    cfg.test_cfg = dict()
    cfg.default_hooks.logger.interval = 1
    cfg.default_hooks.checkpoint.update(save_last=False, max_keep_ckpts=-1)
    cfg.merge_from_dict(options or {})
    return cfg


# ----------------------------------------------------------------- running
@contextmanager
def quick_runs() -> Iterator[None]:
    """Spares runs the text of their config, other programs and the disk."""
    with (
        mock.patch(
            'mmengine.config.config.FormatCode', lambda text, **_: (text, True)
        ),
        mock.patch('mmengine.runner.runner.collect_env', dict),
        mock.patch('mmengine.runner.runner.get_git_hash', str),
        mock.patch('os.fsync'),
    ):
        yield


def build(cfg: Config) -> Runner:
    """A runner that shares nothing with earlier ones of this process."""
    # some of MMEngine's objects live as long as their name
    cfg.experiment_name = f'run_{os.getpid()}_{next(_NUMBERS)}'
    cfg.visualizer.name = cfg.experiment_name
    return Runner.from_cfg(cfg)


def train(cfg: Config) -> Runner:
    """Train as the config says."""
    runner = build(cfg)
    runner.train()
    return runner


def resume(cfg: Config, checkpoint: str | Path) -> Runner:
    """Go on from a checkpoint."""
    cfg.resume, cfg.load_from = True, str(checkpoint)
    return train(cfg)


def losses(runner: Runner) -> dict[int, dict[str, float]]:
    """Losses of all steps of a run."""
    (hook,) = (h for h in runner.hooks if isinstance(h, RecordLosses))
    return hook.steps


def state(runner: Runner) -> dict[str, torch.Tensor]:
    """All numbers that a run has made: networks, head, optimiser, rate."""
    optimizer = runner.optim_wrapper.state_dict()
    numbers = dict(unwrap(runner.model).state_dict())
    for index, values in optimizer['state'].items():
        for name, value in values.items():
            numbers[f'optimizer.{index}.{name}'] = torch.as_tensor(value)
    for index, group in enumerate(optimizer['param_groups']):
        numbers[f'lr.{index}'] = torch.tensor(group['lr'], dtype=torch.double)
    return {name: value.clone() for name, value in numbers.items()}


def differing(first: dict, second: dict) -> list[str]:
    """Names of the tensors that are not equal bit for bit."""
    assert first.keys() == second.keys()
    return [name for name in first if not first[name].equal(second[name])]


def networks(runner: Runner) -> tuple[dict, dict]:
    """Parameters and buffers of teacher and student."""
    model = unwrap(runner.model)
    return model.teacher.state_dict(), model.student.state_dict()


# --------------------------------------------------------------- processes
def _enter(function: Callable, args: tuple, log: Path) -> None:
    # libraries that have had threads hang if they use them in a fork
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    try:
        function(*args)
    except BaseException:
        log.write_text(traceback.format_exc())
        raise


def fork(function: Callable, *args) -> multiprocessing.Process:
    """Start ``function(*args)`` in a copy of this process."""
    process = multiprocessing.get_context('fork').Process(
        target=_enter, args=(function, args, _log_of(args)), daemon=False
    )
    process.log = _log_of(args)
    process.start()
    return process


def _log_of(args: tuple) -> Path:
    folder = next(arg for arg in args if isinstance(arg, Path))
    rank = next((arg for arg in args if isinstance(arg, int)), '')
    return folder / f'error{rank}.txt'


def finish(process: multiprocessing.Process, seconds: float = 120) -> int:
    """Wait for a fork; its exit code, -9 if SIGKILL ended it."""
    end = time.monotonic() + seconds
    # join would wait for the workers that a killed process leaves behind
    while process.exitcode is None:
        if time.monotonic() > end:
            process.kill()
            raise TimeoutError(f'not done after {seconds} s')
        time.sleep(0.01)
    if process.exitcode > 0:
        raise RuntimeError(process.log.read_text())
    return process.exitcode


def kill_self() -> None:
    """End this process as ``kill -9`` and the memory killer do."""
    os.kill(os.getpid(), signal.SIGKILL)


def free_port() -> int:
    """A port for a process group."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def _join_group(
    rank: int, count: int, folder: Path, function: Callable, args: tuple
) -> None:
    init = f'file://{folder / "group"}'
    torch.distributed.init_process_group(
        'gloo', init_method=init, rank=rank, world_size=count
    )
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank))
    os.environ.update(WORLD_SIZE=str(count))
    function(rank, *args)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def run_group(count: int, folder: Path, function: Callable, *args) -> None:
    """Run ``function(rank, *args)`` in several processes that communicate."""
    folder.mkdir(parents=True, exist_ok=True)
    processes = [
        fork(_join_group, rank, count, folder, function, args)
        for rank in range(count)
    ]
    try:
        for process in processes:
            finish(process)
    finally:
        for process in processes:
            process.kill()
