# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""docs/adding_a_method.md, followed to the letter in an empty folder."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import mmpose_mlda
from mmpose_mlda.checkpoint import load_from_local

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / 'docs' / 'adding_a_method.md').read_text('utf-8')
FILES = dict(
    re.findall(r'`(\w+\.py)`:\n\n```python\n(.*?)```', PAGE, re.DOTALL)
)
COMMANDS = re.findall(r'```bash\n(.*?)```', PAGE, re.DOTALL)


def test_every_block_has_a_place():
    assert list(FILES) == ['coral.py', 'coral_figures.py', 'coral_study.py']
    assert PAGE.count('```python') == len(FILES)
    assert PAGE.count('```') == 2 * (len(FILES) + len(COMMANDS))
    # the recipe's promise: three steps, and a module of a screen
    assert re.findall(r'^## \d', PAGE, re.MULTILINE) == [
        '## 1',
        '## 2',
        '## 3',
    ]
    assert len(FILES['coral.py'].splitlines()) <= 40


def test_formula():
    """By hand: covariances [[2, 0], [0, 0]] and [[2, -4], [-4, 8]]."""
    module = {}
    formula, _, _ = FILES['coral.py'].partition('@MODELS')
    exec(formula, module)
    # two channels, an image of 1 x 2 pixels
    f_s = torch.tensor([[[[1.0, -1.0]], [[5.0, 5.0]]]])
    f_t = torch.tensor([[[[4.0, 2.0]], [[-2.0, 2.0]]]])
    # 0 + 16 + 16 + 64, over 4 * 2^2
    assert module['coral'](f_s, f_t).item() == pytest.approx(6.0)
    assert module['coral'](f_s, f_s).item() == 0
    # pixels are observations, wherever they are
    pixels = f_t.expand(3, 2, 2, 2).reshape(2, 2, 1, 6)
    assert module['coral'](pixels, pixels.flip(0, 3)).item() == 0


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """The reader's folder, after the last command of the page."""
    if not (Path(mmpose_mlda.__file__).parent / '.mim').is_dir():
        pytest.skip('a checkout that is not installed has no .mim')
    folder = tmp_path_factory.mktemp('own')
    for name, content in FILES.items():
        (folder / name).write_text(content, 'utf-8')
    path = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
    done = subprocess.run(
        ['bash', '-e', '-c', '\n'.join(COMMANDS)],
        cwd=folder,
        env=os.environ | dict(MLDA=str(ROOT), PATH=path, OMP_NUM_THREADS='1'),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    (folder / 'output.txt').write_text(done.stdout)
    return folder


def logged(run):
    """Lines of a run's log with losses."""
    (path,) = run.glob('*/vis_data/scalars.json')
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if 'loss' in line]


def student(run):
    state = load_from_local(str(run / 'iter_4.pth'))['state_dict']
    return {
        name: value
        for name, value in state.items()
        if name.startswith('student.') and name.endswith('weight')
    }


@pytest.mark.slow
def test_the_page_works(folder):
    output = (folder / 'output.txt').read_text()
    assert output.count('The adaptation begins at step 2') == 2
    own = folder / 'work_dirs' / 'coral_figures'
    without = folder / 'work_dirs' / 'without'
    first, second, *adapted = logged(own)
    assert 'loss_coral' not in first | second
    assert len(adapted) == 2
    assert all(line['loss_coral'] > 0 for line in adapted)

    others = logged(without)
    assert not any('loss_coral' in line for line in others)
    # the same run up to the first update with the new term
    same = [line['loss_supervised'] for line in others[:3]]
    assert [
        line['loss_supervised'] for line in (first, second, adapted[0])
    ] == same
    weights, plain = student(own), student(without)
    assert weights.keys() == plain.keys()
    changed = [n for n in weights if not torch.equal(weights[n], plain[n])]
    # all but the last layer, which stands above the features
    assert set(weights) - set(changed) <= {'student.head.final_layer.weight'}

    names = re.findall(r'^open +(\S+)', output, re.MULTILINE)
    assert names == [
        f'{row}-seed{seed}'
        for seed in (0, 1, 2)
        for row in ('source_only', 'coral')
    ]
