# Copyright (c) mmpose_mlda contributors. All rights reserved.
from pathlib import Path

import pytest
from mmengine.config import Config

from mmpose_mlda.apis.launch import OptionError

TRAIN = Path(__file__).parents[2] / 'tools' / 'train.py'


@pytest.fixture(scope='module')
def train(tool):
    return tool('train')


@pytest.fixture
def merge(train, tmp_path):
    def run(*flags, **content):
        cfg = Config(dict(work_dir=str(tmp_path), **content))
        return train.merge_args(cfg, train.parse_args(['c.py', *flags]))

    return run


def test_nothing_changes_without_flags(merge, tmp_path):
    assert merge(a=1).to_dict() == dict(work_dir=str(tmp_path), a=1)


def test_no_validate(merge):
    cfg = merge('--no-validate', val_cfg={}, val_dataloader={})
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None


def test_seed_and_auto_scale_lr(merge):
    cfg = merge('--seed', '3', '--auto-scale-lr', auto_scale_lr=dict(b=32))
    assert cfg.randomness == dict(seed=3)
    assert cfg.auto_scale_lr == dict(b=32, enable=True)


def test_options_of_the_command_line_come_last(merge):
    cfg = merge('--cfg-options', 'train_cfg.max_iters=20', 'randomness.seed=4')
    assert cfg.train_cfg.max_iters == 20
    assert cfg.randomness.seed == 4


def test_amp_on_a_gpu(merge, train, monkeypatch):
    monkeypatch.setattr(train, 'get_device', lambda: 'cuda')
    assert merge('--amp', optim_wrapper={}).optim_wrapper == dict(
        type='AmpOptimWrapper', loss_scale='dynamic'
    )
    with pytest.raises(OptionError, match='type=OptimWrapperDict'):
        merge('--amp', optim_wrapper=dict(type='OptimWrapperDict'))


def test_amp_without_a_gpu(merge, train, monkeypatch):
    monkeypatch.setattr(train, 'get_device', lambda: 'cpu')
    with pytest.raises(OptionError, match='--amp needs a GPU'):
        merge('--amp', optim_wrapper={})


@pytest.mark.parametrize('device', ['cpu', 'cuda'])
def test_bf16(merge, train, monkeypatch, device):
    monkeypatch.setattr(train, 'get_device', lambda: device)
    name = 'mmpose_mlda.BFloat16OptimWrapper'
    for before in ({}, dict(type='OptimWrapper'), dict(type=name)):
        cfg = merge('--bf16', optim_wrapper=dict(before, clip_grad=None))
        assert cfg.optim_wrapper == dict(type=name, clip_grad=None)
    with pytest.raises(OptionError, match='type=AmpOptimWrapper'):
        merge('--bf16', optim_wrapper=dict(type='AmpOptimWrapper'))
    with pytest.raises(OptionError, match='choose one'):
        merge('--bf16', '--amp', optim_wrapper={})


class TestResume:
    def test_path(self, merge, tmp_path):
        path = tmp_path / 'iter_1.pth'
        with pytest.raises(FileNotFoundError, match=r'iter_1\.pth does not'):
            merge('--resume', str(path))
        path.touch()
        cfg = merge('--resume', str(path), load_from='source.pth')
        assert (cfg.resume, cfg.load_from) == (True, str(path))

    def test_from_the_last_checkpoint(self, merge, tmp_path):
        path = tmp_path / 'iter_2.pth'
        path.touch()
        (tmp_path / 'last_checkpoint').write_text(str(path))
        cfg = merge('--resume', load_from='source.pth')
        assert (cfg.resume, cfg.load_from) == (True, str(path))

    def test_without_one_the_run_starts_as_the_first_time(self, merge):
        cfg = merge('--resume', resume=False, load_from='source.pth')
        assert (cfg.resume, cfg.load_from) == (False, 'source.pth')


def test_missing_data_is_one_line(run_python, config, tmp_path):
    nowhere = tmp_path / 'nowhere'
    done = run_python(
        *(TRAIN, config, '--work-dir', tmp_path / 'work', '--cfg-options'),
        f'train_dataloader.dataset.data_root={nowhere}/',
    )
    assert done.returncode == 1
    assert 'Traceback' not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('error: ')
    assert str(nowhere) in last
    assert 'docs/' in last
