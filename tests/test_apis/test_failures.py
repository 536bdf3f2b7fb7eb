# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the user reads when a run fails."""

import errno
import logging

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger

from mmpose_mlda.apis import launch
from mmpose_mlda.apis.failures import explain, explained
from mmpose_mlda.engine.hooks import AtomicLocalBackend
from mmpose_mlda.errors import DataLostError, DiskFullError, RunStopped


@pytest.fixture
def cfg(tmp_path):
    return Config(
        dict(
            work_dir=str(tmp_path),
            train_dataloader=dict(batch_size=32, num_workers=4),
            optim_wrapper=dict(type='OptimWrapper'),
        )
    )


@pytest.mark.parametrize(
    ('error', 'place', 'amp'),
    [
        (torch.OutOfMemoryError('CUDA out of memory. Tried 2 GiB.'), 1, 1),
        (
            RuntimeError(
                '[enforce fail at alloc_cpu.cpp:1] err == 0. DefaultCPU'
                "Allocator: can't allocate memory: you tried to allocate 9"
            ),
            0,
            0,
        ),
        (RuntimeError('DefaultCPUAllocator: not enough memory: 9'), 0, 0),
        (MemoryError(), 0, 0),
    ],
)
def test_out_of_memory(cfg, error, place, amp):
    text = explain(error, cfg)
    assert f'Out of memory of the {"GPU" if place else "host"} with ' in text
    assert 'batch_size=32' in text
    assert 'train_dataloader.batch_size=16' in text
    assert ('AmpOptimWrapper' in text) == amp
    assert 'model.student' in text


def test_no_amp_where_it_is_on(cfg):
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    text = explain(torch.OutOfMemoryError('CUDA out of memory'), cfg)
    assert 'AmpOptimWrapper' not in text


def test_killed_worker(cfg):
    error = RuntimeError('DataLoader worker (pid(s) 17) exited unexpectedly')
    text = explain(error, cfg)
    assert text.startswith('DataLoader worker (pid(s) 17) exited')
    assert 'train_dataloader.num_workers=2' in text


def test_error_of_a_worker_is_its_message(cfg):
    error = DataLostError(
        'Caught DataLostError in DataLoader worker process 0.\n'
        'Original Traceback (most recent call last):\n  File "a.py", line 1\n'
        'mmpose_mlda.errors.DataLostError: a.jpg is gone: mounted?\n'
    )
    assert explain(error, cfg) == 'a.jpg is gone: mounted?'
    error = FileNotFoundError(
        'Caught FileNotFoundError in DataLoader worker process 1.\n'
        'Original Traceback:\nFileNotFoundError: `a.jpg` is not there.\n'
    )
    assert explain(error, cfg) == (
        '`a.jpg` is not there. See whether its folder is mounted'
    )


@pytest.mark.parametrize(
    'error',
    [
        FileNotFoundError('config a.py does not exist'),  # of the start
        RuntimeError('shapes do not match'),
        OSError(errno.EACCES, 'no', 'a'),
        KeyError('a'),
    ],
)
def test_other_errors_pass(cfg, error):
    assert explain(error, cfg) is None
    with pytest.raises(type(error)), explained(cfg):
        raise error


def test_full_disk_of_a_log(cfg):
    text = explain(OSError(errno.ENOSPC, 'full', 'logs/a.json'), cfg)
    assert text.startswith('The disk is full: logs/a.json, could')


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_of_a_checkpoint(tmp_path, monkeypatch, number):
    """The error tells where and how much; the last one stays, no part."""
    backend, path = AtomicLocalBackend(), tmp_path / 'iter_2.pth'
    backend.put(b'old', path)

    def full(*args):
        raise OSError(number, 'No space left on device')

    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(DiskFullError) as caught:
        backend.put(b'x' * 2_500_000, path)
    text = str(caught.value)
    assert f'{path}, which needs 2.5 MB, could not be written' in text
    assert f'MB are free in {tmp_path}' in text
    assert 'max_keep_ckpts=1' in text
    assert 'same command' not in text  # how to go on, others say
    assert [p.name for p in tmp_path.iterdir()] == ['iter_2.pth']
    assert path.read_bytes() == b'old'


def test_other_trouble_with_a_file_is_not_a_full_disk(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match='exists'):
        AtomicLocalBackend().put(b'x', tmp_path / 'file' / 'a.pth')


@pytest.mark.parametrize('saved', [True, False])
def test_the_end_of_a_run(cfg, tmp_path, saved, capsys):
    """Sentences on the screen, the traceback in the log, the way on."""
    log = tmp_path / 'run.log'
    MMLogger.get_instance(
        f'failures_{saved}', log_file=str(log), distributed=False
    )
    last = tmp_path / 'iter_4.pth'
    if saved:
        (tmp_path / 'last_checkpoint').write_text(str(last))
    with (
        pytest.raises(SystemExit) as end,
        launch.errors_without_traceback(),
        explained(cfg),
    ):
        raise torch.OutOfMemoryError('CUDA out of memory. Tried 2 GiB.')
    lines = str(end.value.code).splitlines()
    assert lines[0].startswith('error: Out of memory of the GPU')
    wanted = f'The last good checkpoint is {last}: the same command with'
    assert lines[1].startswith(wanted if saved else 'There is no checkpoint')
    assert 'Traceback' not in capsys.readouterr().err
    logging.shutdown()
    text = log.read_text()
    assert 'Traceback' in text
    assert 'OutOfMemoryError: CUDA out of memory' in text


def test_messages_pass_unchanged(cfg):
    wanted = r'^Stop here\.\nThere is no'
    with pytest.raises(RunStopped, match=wanted), explained(cfg):
        raise RunStopped('Stop here.')
