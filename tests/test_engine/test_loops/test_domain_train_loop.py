# Copyright (c) mmpose_mlda contributors. All rights reserved.
import engine_kit
import pytest
import torch
from engine_kit import BATCH, PRETRAIN, STEPS, Call, build, differing, train
from mmengine.dataset import BaseDataset

from mmpose_mlda.engine.utils import unwrap

SHORT = {'train_cfg.max_iters': 2, 'train_cfg.pretrain_iters': 0}
SHORT |= {'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None}


def loop_of(config, **train_cfg):
    """The loop of a run that is built, not started."""
    options = {f'train_cfg.{name}': v for name, v in train_cfg.items()}
    return build(config(options)).build_train_loop(
        config(options).train_cfg | {}
    )


# ------------------------------------------------------------- the stages
def test_stages(uninterrupted):
    """Four steps know the supervised term alone, then all are there."""
    losses = engine_kit.losses(uninterrupted)
    assert sorted(losses) == list(range(STEPS))
    alignment = {'loss_consistency', 'loss_domain', 'loss_im'}
    for step, values in losses.items():
        assert 'loss_supervised' in values
        assert alignment & set(values) == (
            alignment if step >= PRETRAIN else set()
        )


@pytest.mark.parametrize(
    ('value', 'steps'),
    [(0, 0), (3, 3), (8, 8), (0.0, 0), (0.5, 4), (0.7, 6), (1.0, 8)],
)
def test_pretrain_iters(config, value, steps):
    """0.7 of 8 are 5.6, hence 6 steps."""
    assert loop_of(config, pretrain_iters=value).pretrain_iters == steps


@pytest.mark.parametrize('value', [-1, 9, -0.1, 1.1, 2.0])
def test_refused_pretrain_iters(config, value):
    with pytest.raises(ValueError, match=f'pretrain_iters is {value}.*8'):
        loop_of(config, pretrain_iters=value)


def test_refused_max_iters(config):
    with pytest.raises(ValueError, match=r'max_iters is 8\.5'):
        loop_of(config, max_iters=8.5)


def test_other_sampler_is_refused(config):
    sampler = {'type': 'InfiniteSampler', '_delete_': True}
    cfg = config({'train_dataloader.sampler': sampler})
    with pytest.raises(TypeError, match=r'DomainPairSampler.*InfiniteSampler'):
        train(cfg)


def test_other_model_is_refused(config):
    cfg = config()
    cfg.model = cfg.model.student | {
        'data_preprocessor': cfg.model.data_preprocessor
    }
    cfg.optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
    with pytest.raises(TypeError, match=r'MLDA.*TopdownPoseEstimator'):
        train(cfg)


# ------------------------------------------------ order and random numbers
def test_each_step_has_its_own_seed(config):
    """What torch draws in a step depends on (seed, step) alone."""
    drawn = {}

    def draw(runner, batch_idx, data_batch=None):
        drawn.setdefault(runner, []).append(torch.rand(3).tolist())
        torch.rand(runner.iter + len(drawn))  # some take more than others

    def run(seed):
        runner = build(config({**SHORT, 'randomness.seed': seed}))
        runner.register_hook(Call(before_train_iter=draw))
        torch.rand(seed)
        runner.train()
        return drawn[runner]

    first, again, other = run(3), run(3), run(4)
    assert first == again
    assert len({tuple(x) for x in first + other}) == 4


def test_order_of_the_samples(config, monkeypatch):
    """Over three rounds every source image is read once a round."""
    read = []
    getitem = BaseDataset.__getitem__

    def counting(self, index):
        read.append((type(self).__name__, index))
        return getitem(self, index)

    monkeypatch.setattr(BaseDataset, '__getitem__', counting)
    train(config(SHORT | {'train_cfg.max_iters': 9}))
    source = [i for name, i in read if name == 'LSPExtendedDataset']
    assert len(source) == 9 * BATCH == 36
    rounds = [source[:12], source[12:24], source[24:]]
    assert all(sorted(r) == list(range(12)) for r in rounds)
    assert rounds[0] != rounds[1] != rounds[2]
    assert len(read) == 2 * len(source)  # one target each


# -------------------------------------------------------- where to validate
def test_validation_steps(config):
    steps = []
    options = {'train_cfg.val_interval': 3, 'train_cfg.val_begin': 4}
    runner = build(config(options))
    runner.register_hook(
        Call(before_val=lambda runner: steps.append(runner.iter))
    )
    runner.train()
    assert steps == [6, 8]  # 3 is before val_begin; 8 is the last


@pytest.mark.parametrize(
    ('step', 'steps'), [(3, [6, 8]), (6, [6, 8]), (8, [8])]
)
def test_validation_after_a_resume(config, uninterrupted, step, steps):
    """Where it stands as well: a kill may have come in between."""
    cfg = config({'train_cfg.val_interval': 6})
    cfg.resume, cfg.load_from = True, f'{uninterrupted.folder}/iter_{step}.pth'
    seen = []
    runner = build(cfg)
    runner.register_hook(
        Call(before_val=lambda runner: seen.append(runner.iter))
    )
    runner.train()
    assert seen == steps


def test_stop_training(config):
    """EarlyStoppingHook ends a run by this flag."""

    def stop(runner, **_):
        runner.train_loop.stop_training = runner.iter == 1

    runner = build(config())
    runner.register_hook(Call(after_train_iter=lambda r, *_, **__: stop(r)))
    runner.train()
    assert runner.iter == 2


# ----------------------------------------------------------- plain weights
@pytest.fixture(scope='module')
def plain(uninterrupted, tmp_path_factory):
    """A checkpoint of the student alone, as MMPose would have it."""
    student = unwrap(uninterrupted.model).student.state_dict()
    student = {
        name: value + 0.5 if value.is_floating_point() else value
        for name, value in student.items()
    }
    path = tmp_path_factory.mktemp('plain') / 'plain.pth'
    torch.save({'state_dict': student, 'meta': {}}, path)
    return path


def at_start(cfg):
    """What a run looks like before its first step."""
    seen = {}

    def look(runner):
        seen['iter'] = runner.iter
        seen['lr'] = [
            g['lr'] for g in runner.optim_wrapper.optimizer.param_groups
        ]
        seen['count'] = runner.optim_wrapper._inner_count
        seen['networks'] = [
            {name: value.clone() for name, value in network.items()}
            for network in engine_kit.networks(runner)
        ]

    runner = build(cfg)
    runner.register_hook(Call(before_train=look))
    runner.train()
    return seen, runner


@pytest.mark.filterwarnings('error::UserWarning:mmengine.optim')
def test_plain_checkpoint_counts_as_source_training(config, plain):
    """Both networks have it; loop and rates stand at step 4.

    1e-3 dropped once, at step 2, and again at 6; the head's is held.
    """
    seen, runner = at_start(config({'load_from': str(plain)}))
    weights = torch.load(plain, weights_only=True)['state_dict']
    for network in seen['networks']:
        assert differing(network, weights) == []
    assert seen['iter'] == seen['count'] == PRETRAIN
    assert seen['lr'] == pytest.approx([1e-4, 1e-3])
    assert sorted(engine_kit.losses(runner)) == [4, 5, 6, 7]
    rates = [g['lr'] for g in runner.optim_wrapper.optimizer.param_groups]
    assert rates == pytest.approx([1e-5, 1e-3])


def test_schedulers_advance_as_in_training(config, plain):
    """Two that take turns, whatever their order, and one by epochs."""
    schedule = [
        dict(type='CosineAnnealingLR', eta_min=5e-4, begin=2, end=8, T_max=6),
        dict(type='LinearLR', start_factor=0.1, begin=0, end=2),
    ]
    schedule = [s | {'by_epoch': False} for s in schedule]
    epochs = dict(type='MultiStepLR', by_epoch=True, milestones=[1], end=9)
    schedule.append(epochs)
    rates = {}

    def note(runner, batch_idx, data_batch=None):
        rates.setdefault(runner, {})[runner.iter] = [
            g['lr'] for g in runner.optim_wrapper.optimizer.param_groups
        ]

    runs = []
    for options in ({}, {'load_from': str(plain)}):
        runner = build(config({'param_scheduler': schedule, **options}))
        runner.register_hook(Call(before_train_iter=note))
        runner.train()
        runs.append(rates[runner])
    trained, skipped = runs
    assert sorted(skipped) == [4, 5, 6, 7]
    for step, values in skipped.items():
        assert values == pytest.approx(trained[step])


def test_own_checkpoint_in_load_from(config, uninterrupted):
    """Loaded as it is, teacher and student apart; the stage begins at 0."""
    path = f'{uninterrupted.folder}/iter_8.pth'
    seen, runner = at_start(config({'load_from': path}))
    for network, original in zip(
        seen['networks'], engine_kit.networks(uninterrupted), strict=True
    ):
        assert differing(network, original) == []
    assert differing(*seen['networks'])
    assert seen['iter'] == 0
    assert sorted(engine_kit.losses(runner)) == list(range(STEPS))


def test_plain_checkpoint_without_source_training(config, plain):
    options = {'load_from': str(plain), 'train_cfg.pretrain_iters': 0}
    seen, _ = at_start(config(options))
    assert seen['iter'] == 0
