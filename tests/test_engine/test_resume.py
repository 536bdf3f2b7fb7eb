# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Runs that were stopped, and runs on other numbers of workers."""

import signal
from pathlib import Path
from unittest import mock

import engine_kit
import pytest
import torch
from engine_kit import (
    BATCH,
    STEPS,
    Call,
    build,
    differing,
    finish,
    fork,
    kill_self,
    resume,
    state,
    train,
)
from mmengine.dataset import BaseDataset

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.engine.hooks import AtomicLocalBackend

FIVE = {
    'train_cfg.max_iters': 5,
    'train_cfg.pretrain_iters': 2,
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
}


EVERY = {'default_hooks.checkpoint.interval': 1}


def same_from(step, runner, uninterrupted):
    """Same losses from a step on, same numbers in the end, bit for bit."""
    wanted = engine_kit.losses(uninterrupted)
    assert engine_kit.losses(runner) == {
        n: values for n, values in wanted.items() if n >= step
    }
    assert differing(state(runner), uninterrupted.result) == []


# ----------------------------------------------------------- stopped, resumed
# in the source training, at the switch, in the adaptation, at the end
@pytest.mark.parametrize('step', [1, 4, 6, 8])
def test_resumed(config, uninterrupted, step):
    path = uninterrupted.folder / f'iter_{step}.pth'
    same_from(step, resume(config(), path), uninterrupted)


def test_resumed_with_workers(config, uninterrupted):
    cfg = config({'train_dataloader.num_workers': 2})
    path = uninterrupted.folder / 'iter_5.pth'
    same_from(5, resume(cfg, path), uninterrupted)


def test_stopped_in_each_stage(config, uninterrupted):
    """One folder; stopped at 3, gone on, stopped at 6, gone on."""
    for last in (3, 6, STEPS):

        def stop(runner, batch_idx, data_batch, outputs, last=last):
            runner.train_loop.stop_training = runner.iter + 1 == last

        runner = build(config({'resume': True} | EVERY))
        runner.register_hook(Call(after_train_iter=stop))
        runner.train()
        assert runner.iter == last
    same_from(6, runner, uninterrupted)


def test_draws_go_on(config, uninterrupted):
    """Torch's generator, which dropout uses, is that of the step."""
    drawn = {}

    def draw(runner, batch_idx, data_batch=None):
        drawn.setdefault(runner, {})[runner.iter] = torch.rand(4).tolist()

    def run(cfg):
        runner = build(cfg)
        runner.register_hook(Call(before_train_iter=draw))
        runner.train()
        return drawn[runner]

    whole = run(config())
    cfg = config()
    cfg.resume, cfg.load_from = True, f'{uninterrupted.folder}/iter_3.pth'
    assert run(cfg) == {n: v for n, v in whole.items() if n >= 3}
    assert len({tuple(v) for v in whole.values()}) == STEPS


def test_dropout_is_part_of_it(config, uninterrupted):
    """The runs above do depend on torch's generator."""
    cfg = config(FIVE)
    cfg.model.student.head.type = 'HeatmapHead'
    runner = train(cfg)
    first = engine_kit.losses(runner)[0]
    assert first != engine_kit.losses(uninterrupted)[0]


def test_seed_that_is_not_given(config):
    """Drawn once, saved, and taken up again."""
    unseeded = {'randomness.seed': None}
    whole = train(config(unseeded | EVERY))
    whole.result = state(whole)
    path = Path(whole.work_dir) / 'iter_3.pth'
    saved = load_from_local(str(path))['meta']['seed']
    assert saved == whole.seed
    resumed = resume(config(unseeded, folder='other'), path)
    assert resumed.seed == saved
    same_from(3, resumed, whole)
    assert train(config(unseeded | FIVE, 'third')).seed != saved


@pytest.mark.parametrize('step', [3, 7])
def test_nothing_is_read_again(config, uninterrupted, monkeypatch, step):
    """A resumed run reads the samples of its own steps and no others."""
    read = []
    getitem = BaseDataset.__getitem__

    def noting(self, index):
        if not self.test_mode:
            read.append((type(self).__name__, index))
        return getitem(self, index)

    monkeypatch.setattr(BaseDataset, '__getitem__', noting)
    train(config())
    whole, read[:] = list(read), []
    assert len(whole) == STEPS * BATCH * 2  # a source and a target image
    resume(config(folder='resumed'), uninterrupted.folder / f'iter_{step}.pth')
    assert read == whole[step * BATCH * 2 :]


# --------------------------------------------------------------------- killed
def killed(cfg, prepare):
    """Train in a process that does not survive; the rest of its folder."""
    folder = Path(cfg.work_dir).parent

    def run(folder):
        runner = build(cfg)
        with prepare(runner):
            runner.train()

    assert finish(fork(run, folder)) == -signal.SIGKILL
    return Path(cfg.work_dir)


def at_step(step):
    """Kill in a step, when the networks are updated already."""

    def after(runner, batch_idx, data_batch, outputs):
        if runner.iter == step:
            kill_self()

    def prepare(runner):
        runner.register_hook(Call(after_train_iter=after), 'VERY_HIGH')
        return mock.MagicMock()

    return prepare


def while_writing(name):
    """Kill when half of a checkpoint is written."""
    put = AtomicLocalBackend.put

    def dying_put(self, obj, filepath):
        if Path(filepath).name == name:
            Path(f'{filepath}.part').write_bytes(obj[: len(obj) // 2])
            kill_self()
        put(self, obj, filepath)

    return lambda runner: mock.patch.object(
        AtomicLocalBackend, 'put', dying_put
    )


EVERY_TWO = {
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.checkpoint.max_keep_ckpts': 2,
}


@pytest.mark.parametrize(
    ('prepare', 'last', 'present'),
    [
        (at_step(3), 2, {'iter_2.pth'}),
        (at_step(7), 6, {'iter_4.pth', 'iter_6.pth'}),
        (while_writing('iter_4.pth'), 2, {'iter_2.pth', 'iter_4.pth.part'}),
        (
            while_writing('iter_6.pth'),
            4,
            {'iter_2.pth', 'iter_4.pth', 'iter_6.pth.part'},
        ),
    ],
    ids=['source', 'adaptation', 'writing at the switch', 'writing'],
)
def test_killed(config, uninterrupted, prepare, last, present):
    folder = killed(config(EVERY_TWO), prepare)

    def checkpoints():
        return {path.name for path in folder.glob('iter_*')}

    assert checkpoints() == present
    path = Path((folder / 'last_checkpoint').read_text())
    assert path == folder / f'iter_{last}.pth'
    assert load_from_local(str(path))['meta']['iter'] == last

    runner = train(config(EVERY_TWO | {'resume': True}))
    same_from(last, runner, uninterrupted)
    assert checkpoints() == {'iter_6.pth', 'iter_8.pth'}


def test_killed_with_workers(config, uninterrupted):
    options = EVERY_TWO | {'train_dataloader.num_workers': 2}
    killed(config(options), at_step(5))
    runner = train(config(options | {'resume': True}))
    same_from(4, runner, uninterrupted)


# ------------------------------------------------------ what must not matter
@pytest.fixture(scope='module')
def five(data, tmp_path_factory):
    """Five steps over the switch, without workers."""
    folder = tmp_path_factory.mktemp('five')
    with engine_kit.quick_runs():
        return state(train(engine_kit.make_config(data, folder, FIVE)))


@pytest.mark.parametrize('workers', [1, 2])
def test_workers(config, five, workers):
    cfg = config(FIVE | {'train_dataloader.num_workers': workers})
    assert differing(state(train(cfg)), five) == []


def test_seed_matters(config, five):
    """The comparison does see a difference."""
    other = state(train(config(FIVE | {'randomness.seed': 4})))
    assert len(differing(other, five)) > 100


def test_pictures_and_checkpoints(config, five):
    """Neither draws random numbers nor leaves anything behind."""
    cfg = config(FIVE | EVERY)
    cfg.custom_hooks.append(
        dict(type='mmpose_mlda.BranchPanelHook', interval=1)
    )
    assert differing(state(train(cfg)), five) == []


def test_validation(config, five):
    options = {k: v for k, v in FIVE.items() if not k.startswith('val_')}
    cfg = config(options | {'train_cfg.val_interval': 1})
    assert differing(state(train(cfg)), five) == []


def labelled(data, shift):
    """Config of the labelled set, right without a shift."""
    cfg = dict(
        type='mmpose_mlda.LSPExtendedDataset',
        data_root=str(data),
        serialize_data=False,
    )
    wrong = dict(type='mmpose_mlda.WrongLabels', shift=shift)
    return cfg | wrong if shift else cfg


def test_labels_of_the_target(config, data):
    """Every keypoint and visibility of the target may be wrong."""
    states, labels = [], []
    for shift in (0, 21.5):
        cfg = config(FIVE)
        pipeline = cfg.train_dataloader.dataset.target.pipeline
        cfg.train_dataloader.dataset.target = dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=labelled(data, shift),
            pipeline=pipeline,
            serialize_data=False,
        )
        runner = train(cfg)
        states.append(state(runner))
        wrapped = runner.train_dataloader.dataset.target.wrapped
        labels.append([wrapped.get_data_info(i) for i in range(12)])
    for right, wrong in zip(*labels, strict=True):
        for name in ('keypoints', 'keypoints_visible'):
            assert (right[name] != wrong[name]).all()
    assert differing(*states) == []


def test_labels_of_the_source_matter(config, data):
    """The same corruption of the source does change the weights."""
    states = []
    for shift in (0, 21.5):
        cfg = config(FIVE)
        source = cfg.train_dataloader.dataset.source
        source.update(labelled(data, shift))
        states.append(state(train(cfg)))
    assert len(differing(*states)) > 100
