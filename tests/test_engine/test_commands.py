# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The tools, in processes of their own, killed from outside."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engine_kit import CHECKOUT, STEPS, differing, free_port, read_losses

from mmpose_mlda.checkpoint import load_from_local

pytestmark = pytest.mark.slow

TRAIN = CHECKOUT / 'tools/train.py'
# waits before the temporary file of a checkpoint gets its name
SLOW_WRITER = """
import os, runpy, sys, time
fsync = os.fsync
def slow_fsync(fd):
    if os.readlink(f'/proc/self/fd/{fd}').endswith('iter_6.pth.part'):
        time.sleep(600)
    fsync(fd)
os.fsync = slow_fsync
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""
EVERY_TWO = {
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.checkpoint.max_keep_ckpts': 2,
}


class Command:
    """A Python process whose output is shown if something goes wrong."""

    def __init__(self, folder: Path, *args) -> None:
        environment = os.environ | {'OMP_NUM_THREADS': '1'}
        self.log = folder / f'output_{time.monotonic_ns()}.txt'
        self.begin = time.time()
        self.process = subprocess.Popen(
            [sys.executable, '-W', 'ignore', *map(str, args)],
            env=environment,
            stdout=self.log.open('w'),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def finish(self) -> None:
        """Wait for its end, which must be a good one."""
        try:
            code = self.process.wait(300)
        finally:
            self.process.kill()
        assert code == 0, self.log.read_text()

    def kill_when(self, condition) -> None:
        """SIGKILL, as soon as the condition holds."""
        end = time.time() + 300
        while not condition():
            code = self.process.poll()
            assert code is None, self.log.read_text()
            assert time.time() < end, self.log.read_text()
            time.sleep(0.01)
        self.process.kill()
        assert self.process.wait() == -9


def dumped(cfg, tmp_path):
    path = tmp_path / 'config.py'
    cfg.dump(path)
    return path


def lines(folder):
    path = folder / 'losses.jsonl'
    if not path.exists():
        return []
    text = path.read_text()
    return [json.loads(x) for x in text[: text.rfind('\n') + 1].splitlines()]


def check(folder, step, uninterrupted):
    """From a step on as the uninterrupted run of another process."""
    wanted = uninterrupted.hooks_losses
    found = read_losses(folder)
    assert sorted(found) == list(range(STEPS))
    assert found == wanted
    last = Path((folder / 'last_checkpoint').read_text())
    assert last.name == f'iter_{STEPS}.pth'
    weights = load_from_local(str(last))['state_dict']
    wanted = uninterrupted.model.state_dict()
    assert differing(dict(weights), dict(wanted)) == []
    assert not list(folder.rglob('*.part'))
    assert {p.name for p in folder.glob('iter_*')} == {
        'iter_6.pth',
        'iter_8.pth',
    }


@pytest.fixture
def whole(uninterrupted):
    uninterrupted.hooks_losses = read_losses(uninterrupted.folder)
    return uninterrupted


def test_killed_while_writing(config, tmp_path, whole):
    """The temporary file is there, the name is not."""
    path = dumped(config(EVERY_TWO), tmp_path)
    folder = tmp_path / 'run'
    part = folder / 'iter_6.pth.part'
    first = Command(tmp_path, '-c', SLOW_WRITER, TRAIN, path)
    first.kill_when(part.exists)
    assert not (folder / 'iter_6.pth').exists()
    last = (folder / 'last_checkpoint').read_text()
    assert last == str(folder / 'iter_4.pth')
    load_from_local(last)
    Command(tmp_path, TRAIN, path, '--resume').finish()
    check(folder, 4, whole)


@pytest.mark.parametrize('step', [2, 6])
def test_killed_in_a_stage(config, tmp_path, whole, step, capsys):
    """With workers; prints how long each start took to its first step."""
    options = EVERY_TWO | {
        'train_dataloader.num_workers': 2,
        'train_dataloader.persistent_workers': True,
    }
    path = dumped(config(options), tmp_path)
    folder = tmp_path / 'run'
    first = Command(tmp_path, TRAIN, path)
    first.kill_when(
        lambda: lines(folder) and lines(folder)[-1]['step'] >= step
    )
    before = lines(folder)
    second = Command(tmp_path, TRAIN, path, '--resume')
    second.finish()
    after = lines(folder)[len(before) :]
    check(folder, step, whole)
    begun = after[0]['step']
    assert begun % 2 == 0
    assert begun >= step - 1
    with capsys.disabled():
        print(
            f'\nfirst step: {before[0]["time"] - first.begin:.1f} s after a '
            f'fresh start, {after[0]["time"] - second.begin:.1f} s after a '
            f'resume at step {begun}'
        )


def test_two_processes(config, tmp_path):
    """dist_train.sh, then test.py in one and dist_test.sh in two."""
    cfg = config({'train_dataloader.num_workers': 1})
    cfg.default_hooks.checkpoint.save_last = True
    path = dumped(cfg, tmp_path)
    environment = os.environ | {
        'OMP_NUM_THREADS': '1',
        'PYTHON': sys.executable,
        'PORT': str(free_port()),
    }

    def run(*command):
        result = subprocess.run(
            list(map(str, command)),
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stdout + result.stderr

    tools = CHECKOUT / 'tools'
    run('bash', tools / 'dist_train.sh', path, 2)
    assert sorted(read_losses(tmp_path / 'run')) == list(range(STEPS))
    checkpoint = tmp_path / f'run/iter_{STEPS}.pth'
    one, two = tmp_path / 'one.json', tmp_path / 'two.json'
    run(sys.executable, tools / 'test.py', path, checkpoint, '--out', one)
    environment['PORT'] = str(free_port())
    run('bash', tools / 'dist_test.sh', path, checkpoint, 2, '--out', two)
    metrics = json.loads(one.read_text())
    assert 0 < metrics['PCK@0.2'] < 100
    assert json.loads(two.read_text()) == pytest.approx(metrics, abs=1e-12)
    logged = [
        json.loads(line)
        for log in (tmp_path / 'run').rglob('vis_data/scalars.json')
        for line in log.read_text().splitlines()
    ]
    (last,) = (line for line in logged if 'teacher/PCK@0.2' in line)
    assert last['teacher/PCK@0.2'] == pytest.approx(metrics['PCK@0.2'])
