# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whole runs of the tools, with a plain model of MMPose."""

import json
import os
import pickle
from pathlib import Path

import cv2
import pytest
import torch

TOOLS = Path(__file__).parents[2] / 'tools'


def succeed(done):
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done


@pytest.mark.slow
def test_train_resume_test(run_python, config, tmp_path):
    work = tmp_path / 'work'
    train = (TOOLS / 'train.py', config, '--work-dir', work, '--seed', 0)
    succeed(run_python(*train, '--cfg-options', 'train_cfg.max_iters=2'))
    assert (work / 'last_checkpoint').read_text().endswith('iter_2.pth')
    done = succeed(run_python(*train, '--resume'))
    assert 'resumed epoch: 0, iter: 2' in done.stdout + done.stderr
    whole = tmp_path / 'whole'
    succeed(run_python(*train[:3], whole, *train[4:], '--no-validate'))
    states = [
        torch.load(d / 'iter_4.pth', weights_only=False)['state_dict']
        for d in (work, whole)
    ]
    for name, value in states[1].items():
        torch.testing.assert_close(states[0][name], value)

    files = ('--out', tmp_path / 'm.json', '--dump', tmp_path / 'p.pkl')
    flags = (*files, '--show-dir', 'pictures', '--badcase')
    test = (TOOLS / 'test.py', config, work / 'iter_4.pth', '--work-dir', work)
    done = succeed(run_python(*test, *flags))
    assert 0 <= json.loads((tmp_path / 'm.json').read_text())['PCK'] <= 1
    assert len(pickle.loads((tmp_path / 'p.pkl').read_bytes())) == 5
    folder = Path(done.stdout.split('pictures: ')[-1].strip())
    pictures = [cv2.imread(str(path)) for path in folder.iterdir()]
    assert len(pictures) == 5
    assert all(picture is not None for picture in pictures)


@pytest.mark.slow
def test_hostile_checkpoint_is_one_line(run_python, config, tmp_path):
    mark = tmp_path / 'it_ran'

    class Hostile:
        def __reduce__(self):
            return os.system, (f'touch {mark}',)

    path = tmp_path / 'hostile.pth'
    torch.save(dict(state_dict={}, meta=Hostile()), path)
    done = run_python(TOOLS / 'test.py', config, path, '--work-dir', tmp_path)
    assert done.returncode == 1
    assert 'Traceback' not in done.stderr
    assert f'error: {path}: refused' in done.stderr.splitlines()[-1]
    assert not mark.exists()
