# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Losses that are no numbers, in a run that takes a blink."""

import errno
import math
from pathlib import Path

import pytest
import torch
from engine_kit import Call, build, train
from mmengine.logging import MessageHub
from toy_kit import ToyModel, toy_run

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.engine.hooks import AtomicLocalBackend, FiniteLossHook
from mmpose_mlda.errors import NonFiniteError
from mmpose_mlda.registry import MODELS


@MODELS.register_module(force=True)
class SpoiltModel(ToyModel):
    """Two terms; what ``faults`` names goes wrong in that step, from 1."""

    def __init__(self, faults=None):
        super().__init__()
        self.faults = faults or {}

    def forward(self, inputs, mode='tensor'):
        if mode == 'predict':
            return super().forward(inputs, mode)
        step = MessageHub.get_current_instance().get_info('iter') + 1
        value = self.layer(torch.stack(inputs)).square().mean()
        losses = {'loss_a': value, 'loss_b': 2 * value, 'share': value}
        fault = self.faults.get(str(step))
        if fault == 'gradient':  # 0 of an infinite slope
            losses['loss_a'] = value + (0 * value).sqrt()
        elif fault is not None:
            losses[fault] = value * math.nan
        return losses


def run(folder, faults=None, interval=4, save=100, options=None, **hook):
    model = dict(type='mmpose_mlda.SpoiltModel', faults=faults)
    finite = dict(type='mmpose_mlda.FiniteLossHook', interval=interval)
    options = {
        'model': model,
        'default_hooks.finite': dict(finite, **hook),
        'train_cfg.val_interval': 100,
    } | (options or {})
    return toy_run(folder, options=options, interval=save, save_best=None)


def stopped(folder, *args, **kwargs) -> str:
    with pytest.raises(NonFiniteError) as caught:
        run(folder, *args, **kwargs)
    return str(caught.value)


def weights(path):
    return load_from_local(str(path))['state_dict']['layer.weight']


@pytest.mark.parametrize(
    ('faults', 'step', 'terms'),
    [
        ({'3': 'loss_b'}, 3, 'loss_b. '),
        ({'1': 'loss_a'}, 1, 'loss_a. '),
        # the terms after it are spoilt by the weights
        ({'2': 'gradient'}, 3, 'loss_a, loss_b. '),
        ({'4': 'gradient'}, 4, 'the parameters. '),
        ({'6': 'loss_b'}, 6, 'loss_b. '),  # after the last reading
    ],
)
def test_first_bad_step(tmp_path, faults, step, terms):
    text = stopped(tmp_path, faults)
    assert text.startswith(f'Not finite at step {step}: {terms}')
    assert not (tmp_path / 'last_checkpoint').exists()
    begin = 4 if step > 4 else 0
    assert f'before_failure_iter_{begin}.pth' in text


def test_what_is_no_loss_may_be_anything(tmp_path):
    assert run(tmp_path, {'3': 'share'}).iter == 6


@pytest.mark.parametrize(
    ('fault', 'last'), [('loss_b', 'iter_4'), ('gradient', 'iter_4')]
)
def test_no_checkpoint_is_spoilt(tmp_path, fault, last):
    stopped(tmp_path, {'5': fault}, interval=100, save=1)
    path = Path((tmp_path / 'last_checkpoint').read_text())
    assert path == tmp_path / f'{last}.pth'
    for path in tmp_path.glob('*.pth'):
        assert weights(path).isfinite().all()
    names = {path.name for path in tmp_path.glob('*.pth')}
    assert names == {'iter_3.pth', 'iter_4.pth', 'before_failure_iter_0.pth'}


def test_validation_does_not_begin(tmp_path):
    text = stopped(
        tmp_path,
        {'2': 'loss_b'},
        interval=100,
        options={'train_cfg.val_interval': 2},
    )
    assert 'step 2' in text


def test_the_state_leads_to_the_same_step(tmp_path):
    """Exactly to it with an interval of 1."""
    good = run(tmp_path / 'good', save=1, options={'train_cfg.max_iters': 5})
    assert good.iter == 5
    first = stopped(tmp_path / 'first', {'6': 'loss_b'}, interval=5)
    state = tmp_path / 'first/before_failure_iter_5.pth'
    assert str(state) in first
    assert weights(state).equal(weights(tmp_path / 'good/iter_5.pth'))
    saved = load_from_local(str(state))
    assert saved['meta']['not_finite'] == dict(
        step=6, terms=['loss_b'], samples=[]
    )
    wanted = load_from_local(str(tmp_path / 'good/iter_5.pth'))
    found = saved['optimizer']['state'][0]
    for name, value in wanted['optimizer']['state'][0].items():
        assert found[name].equal(value)
    again = stopped(
        tmp_path / 'again',
        {'6': 'loss_b'},
        interval=1,
        options={'resume': True, 'load_from': str(state)},
    )
    assert again.startswith('Not finite at step 6: loss_b. ')


def test_nothing_is_changed(tmp_path):
    with_hook = run(tmp_path / 'with', interval=2)
    without = toy_run(
        tmp_path / 'without',
        options={'model.type': 'mmpose_mlda.SpoiltModel'},
        save_best=None,
    )
    for a, b in zip(
        with_hook.model.parameters(), without.model.parameters(), strict=True
    ):
        assert a.equal(b)


def test_without_a_state(tmp_path):
    text = stopped(tmp_path, {'3': 'loss_b'}, keep_state=False)
    assert 'before_failure' not in text
    assert not list(tmp_path.glob('*.pth'))


def test_without_room_for_the_state(tmp_path, monkeypatch):
    """The message stays what it is about."""
    put = AtomicLocalBackend.put

    def full(self, obj, path):
        if 'before_failure' in str(path):
            raise OSError(errno.ENOSPC, 'No space left on device')
        put(self, obj, path)

    monkeypatch.setattr(AtomicLocalBackend, 'put', full)
    text = stopped(tmp_path, {'3': 'loss_b'})
    assert text.startswith('Not finite at step 3: loss_b. ')
    assert 'could not be saved ([Errno 28] No space left' in text


def test_samples_of_the_step(config):
    """As the step itself has got them; state of a run of both stages."""
    seen = {}

    def spoil(runner, batch_idx, data_batch=None):
        seen[runner.iter + 1] = data_batch['data_samples']
        if runner.iter + 1 == 6:
            with torch.no_grad():
                next(runner.model.student.parameters()).fill_(math.inf)

    runner = build(config({'default_hooks.finite_loss.interval': 3}))
    runner.register_hook(Call(before_train_iter=spoil))
    with pytest.raises(NonFiniteError, match=r'step 6: .*loss_supervised'):
        runner.train()
    path = Path(runner.work_dir, 'before_failure_iter_3.pth')
    noted = load_from_local(str(path))['meta']['not_finite']
    assert noted['step'] == 6
    assert [s[1:] for s in noted['samples']] == list(
        map(list, zip(seen[6]['target_index'], seen[6]['seed'], strict=True))
    )


def test_state_of_an_adaptation_is_a_checkpoint(config, uninterrupted):
    """Byte for byte the numbers that a checkpoint of that step has."""

    def spoil(runner, batch_idx, data_batch=None):
        if runner.iter == 6:
            runner.model.student.head.final_layer.weight.data.fill_(math.nan)

    runner = build(config({'default_hooks.finite_loss.interval': 6}))
    runner.register_hook(Call(before_train_iter=spoil))
    with pytest.raises(NonFiniteError, match='step 7'):
        runner.train()
    path = Path(runner.work_dir, 'before_failure_iter_6.pth')
    found = load_from_local(str(path))['state_dict']
    wanted = load_from_local(str(uninterrupted.folder / 'iter_6.pth'))
    wanted = wanted['state_dict']
    assert found.keys() == wanted.keys()
    assert all(found[name].equal(wanted[name]) for name in wanted)
    cfg = config(folder='resumed')
    cfg.resume, cfg.load_from = True, str(path)
    final = train(cfg).model.state_dict()
    for name, value in uninterrupted.model.state_dict().items():
        assert final[name].equal(value), name


def test_bad_interval():
    with pytest.raises(ValueError, match='interval is 0'):
        FiniteLossHook(interval=0)
