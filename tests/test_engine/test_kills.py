# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""SIGKILL at random wall times, a resume after each, the same weights.

``KILLS=50 pytest tests/test_engine/test_kills.py`` for more of them.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest import mock

import engine_kit
import pytest
from engine_kit import STEPS, Call, build, differing, finish, fork
from test_engine.test_processes import two_process_config

from mmpose_mlda.checkpoint import load_from_local

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get('KILLS', '6'))
DISK = 0.1  # seconds that a slow disk takes to take in a file
# what random times seldom meet, first of all
AIMS = ('validation', 'saving', 'worker start')
OPTIONS = {
    'resume': True,
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.checkpoint.max_keep_ckpts': 2,
    'default_hooks.checkpoint.save_best': 'teacher/PCK@0.2',
    'default_hooks.checkpoint.rule': 'greater',
    'train_cfg.val_interval': 3,
    'train_dataloader.num_workers': 2,
}


def note_phases(path: Path) -> Call:
    """A hook that writes what the run is at."""

    def noting(phase: str):
        def note(*args, **kwargs) -> None:
            new = path.with_suffix('.new')
            new.write_text(phase)
            new.replace(path)

        return note

    return Call(
        before_train=noting('worker start'),
        before_train_iter=noting('step'),
        after_train_iter=noting('between steps'),
        before_save_checkpoint=noting('saving'),
        before_val=noting('validation'),
        after_val=noting('between steps'),
        after_train=noting('end'),
    )


def run(cfg, folder: Path) -> None:
    """Train, or go on, on a slow disk."""
    phase = folder / 'phase'
    phase.write_text('start')
    with mock.patch('os.fsync', side_effect=lambda fd: time.sleep(DISK)):
        runner = build(cfg)
        runner.register_hook(note_phases(phase), 'VERY_HIGH')
        runner.train()


def run_rank(rank: int, cfg, folder: Path) -> None:
    (folder / str(rank)).mkdir(exist_ok=True)
    run(cfg, folder / str(rank))


def end(processes) -> None:
    """SIGKILL; the workers see it and go on their own."""
    for process in processes:
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
        with suppress(RuntimeError):  # of a rank that lost the other one
            finish(process)


def alive(processes, until: Callable[[], bool]) -> bool:
    """Whether they are all still running when it has come."""
    while not until():
        if any(process.exitcode is not None for process in processes):
            return False
        time.sleep(0.01)
    return True


def after(seconds: float) -> Callable[[], bool]:
    """So long from now."""
    limit = time.monotonic() + seconds
    return lambda: time.monotonic() >= limit


def numbers(folder: Path) -> dict:
    """Weights and optimiser of the last checkpoint."""
    path = Path((folder / 'last_checkpoint').read_text())
    assert path.name == f'iter_{STEPS}.pth'
    checkpoint = load_from_local(str(path))
    found = dict(checkpoint['state_dict'])
    for index, values in checkpoint['optimizer']['state'].items():
        found |= {f'optimizer.{index}.{k}': v for k, v in values.items()}
    return found


def best(folder: Path) -> list[str]:
    """Name of the best checkpoint, which tells its step."""
    return [path.name for path in folder.glob('best_*')]


def last_is_whole(folder: Path) -> None:
    """What a kill leaves can be loaded, or it was killed before."""
    last = folder / 'last_checkpoint'
    if last.exists():
        load_from_local(last.read_text())


def test_kills(config, uninterrupted, tmp_path, capsys):
    """Over both stages, with workers, validations and the best checkpoint."""
    rng = random.Random(0)
    folder, phase = tmp_path / 'run', tmp_path / 'phase'
    wanted = numbers(uninterrupted.folder)
    phases, whole, limit, found = Counter(), 0, None, None

    def moment() -> Callable[[], bool]:
        for aim in AIMS:
            if aim not in phases:
                return lambda: phase.read_text() == aim
        return after(rng.random() * limit / 2)

    while phases.total() < KILLS or not whole:
        begin = time.monotonic()
        process = fork(run, config(OPTIONS), tmp_path)
        if limit is None:  # an undisturbed run
            assert finish(process, 600) == 0
            limit, found = time.monotonic() - begin, best(folder)
            assert len(found) == 1
        elif phases.total() < KILLS and alive([process], moment()):
            end([process])
            phases[phase.read_text()] += 1
            last_is_whole(folder)
            continue
        assert finish(process, 600) == 0
        assert differing(numbers(folder), wanted) == []
        assert best(folder) == found
        assert not list(folder.rglob('*.part'))
        assert {p.name for p in folder.glob('iter_*')} == {
            'iter_6.pth',
            'iter_8.pth',
        }
        shutil.rmtree(folder)
        whole += 1
    assert set(AIMS) <= set(phases)
    with capsys.disabled():
        print(f'\n{KILLS} kills, {whole} whole runs: {dict(phases)}')


def start_group(folder: Path, cfg):
    folder.mkdir(exist_ok=True)
    (folder / 'group').unlink(missing_ok=True)
    args = (2, folder, run_rank, (cfg, folder))
    return [fork(engine_kit._join_group, rank, *args) for rank in range(2)]


def test_kill_of_two_processes(config, tmp_path, capsys):
    """Both are killed after the first checkpoint and start again."""
    finals = []
    for name in ('whole', 'killed'):
        cfg = two_process_config(
            lambda options, name=name: config(options, name),
            {'resume': True, 'default_hooks.checkpoint.interval': 2},
        )
        if name == 'killed':
            last = tmp_path / name / 'last_checkpoint'
            processes = start_group(tmp_path / name, cfg)
            assert alive(processes, last.exists)
            end(processes)
            last_is_whole(tmp_path / name)
            left = Path(last.read_text()).name
        processes = start_group(tmp_path / name, cfg)
        try:
            assert [finish(process, 300) for process in processes] == [0, 0]
        finally:
            end(processes)
        finals.append(numbers(tmp_path / name))
    assert differing(*finals) == []
    with capsys.disabled():
        print(f'\nkilled with {left}')
