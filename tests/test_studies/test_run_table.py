# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The tools on a study in miniature, with a run that is killed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TESTS = Path(__file__).parents[1]
TOOLS = TESTS.parent / 'tools' / 'analysis_tools'
KITS = [str(TESTS / name) for name in ('test_engine', 'test_studies')]
STUDY = """
_c = dict(config='{config}', first_stage='plain')
_kill = {{'custom_hooks.3': dict(step=7, flag='{flag}')}}
_none = {{f'model.{{part}}': None for part in (
    'consistency', 'occlusion', 'domain_head', 'im_loss')}}
seeds = [0]
options = {{'default_hooks.checkpoint.interval': 2, 'log_level': 'INFO'}}
first_stages = dict(plain=dict(config='{config}'))
rows = dict(
    source_only=dict(options=_none, evaluate=['student'], **_c),
    killed=dict(options=_kill, **_c),
    whole=dict(config='{config}'))
"""


@pytest.fixture
def kit(monkeypatch):
    for folder in KITS:
        monkeypatch.syspath_prepend(folder)
    import engine_kit

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with engine_kit.quick_runs():
        yield engine_kit
    torch.set_num_threads(threads)


@pytest.fixture
def run(tmp_path):
    """Runs a tool in the folder of the test."""
    path = os.pathsep.join([*KITS, str(TESTS.parent)])

    def run(tool, *args):
        return subprocess.run(
            [sys.executable, '-W', 'ignore', TOOLS / tool, *map(str, args)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=os.environ | dict(PYTHONPATH=path, OMP_NUM_THREADS='1'),
        )

    return run


def write_study(kit, folder: Path) -> Path:
    data = kit.write_data(folder / 'data')
    cfg = kit.make_config(data, folder / 'unused')
    cfg.custom_imports = dict(imports=['engine_kit', 'kill_kit'])
    # a place for the hook that kills
    cfg.custom_hooks.append(dict(type='mmpose_mlda.KillOnce', step=0, flag=''))
    config, flag = folder / 'config.py', folder / 'killed'
    cfg.dump(config)
    path = folder / 'tiny.py'
    path.write_text(
        STUDY.format(config=config.as_posix(), flag=flag.as_posix())
    )
    return path


def rates(folder: Path) -> dict[int, str]:
    """Learning rate by step, out of the log."""
    text = (folder / 'output.log').read_text()
    return {
        int(step): rate
        for step, rate in re.findall(r'\[ ?(\d+)/\d+\].*? lr: (\S+)', text)
    }


@pytest.mark.slow
def test_a_study_with_a_killed_run(kit, run, tmp_path):
    study = write_study(kit, tmp_path)
    out = tmp_path / 'out'
    arguments = ('run_table.py', study, '--out', out, '--work-dir', 'work')
    done = run(*arguments, '--jobs', 2)
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'failed: killed-seed0: exit code -9' in done.stdout
    assert '3 of 4 runs are done' in done.stdout
    work = tmp_path / 'work'
    folders = {p.name[:-15]: p for p in (work / 'tiny').glob('*-seed*')}
    (stage,) = (work / 'first_stages').glob('*-plain-seed*')
    weights = stage / 'plain.pth'
    written = weights.stat().st_mtime_ns

    done = run(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('start ') == 1  # the killed one alone
    assert weights.stat().st_mtime_ns == written

    # the same pairs, weights and schedule as in the whole run
    losses = {
        name: kit.read_losses(folders[name])
        for name in ('source_only', 'killed', 'whole')
    }
    assert sorted(losses['killed']) == [4, 5, 6, 7]
    assert sorted(losses['source_only']) == [4, 5, 6, 7]
    first = {each[4]['loss_supervised'] for each in losses.values()}
    assert len(first) == 1
    assert set(losses['source_only'][7]) == {'loss', 'loss_supervised'}
    whole = rates(folders['whole'])
    for folder, steps in (
        (stage, range(1, 5)),
        (folders['killed'], range(5, 9)),
    ):
        own = rates(folder)
        assert {s: own[s] for s in steps} == {s: whole[s] for s in steps}

    check_result(kit, study, out / 'tiny', weights)
    done = run(
        'collect_results.py',
        study,
        '--runs',
        out,
        '--out',
        'table',
        '--thresholds',
        0.2,
    )
    assert done.returncode == 0, done.stderr
    assert 'missing' not in done.stdout
    assert '| source only (student) | 1 |' in done.stdout
    names = {path.name for path in (tmp_path / 'table').iterdir()}
    assert names == {'table.md', 'table.csv', 'table.png'}


def check_result(kit, study: Path, out: Path, weights: Path) -> None:
    """As a run without interruption in this process, which tests alone."""
    result = json.loads((out / 'killed-seed0.json').read_text())
    cfg = kit.Config.fromfile(study.with_name('config.py'))
    cfg.merge_from_dict(
        dict(
            load_from=str(weights),
            work_dir=str(study.parent / 'alone'),
            val_cfg=None,
            val_dataloader=None,
            val_evaluator=None,
        )
    )
    cfg.randomness.seed = 0
    runner = kit.train(cfg)
    for network in ('student', 'teacher'):
        runner.model.predict_on = network
        metrics = runner.test()
        found = result['networks'][network]
        assert found['metrics'] == pytest.approx(metrics, abs=1e-6)
        assert len(found['errors']) == kit.SOURCE
    assert result['iters'] == 8
    assert result['train_seconds'] > 0
    # nothing of this machine's folders but what the options name
    del result['options']
    commands = json.dumps(result['command'])
    assert str(study.parent) not in commands
    assert result['first_stage']['row'] == 'first_stage-plain'
