# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import cv2
import pytest

from mmpose_mlda.apis import launch


@pytest.fixture
def run(tmp_path):
    """What two parts of a run leave behind."""

    def make(name='run', **train_cfg):
        for part in ('20240101_000000', '20240102_000000'):
            folder = tmp_path / name / part / 'vis_data'
            folder.mkdir(parents=True)
            line = {'loss_supervised': 0.5, 'step': 50}
            (folder / 'scalars.json').write_text(json.dumps(line))
            (folder / 'config.py').write_text(f'train_cfg = {train_cfg}\n')
        return tmp_path / name

    return make


@pytest.fixture
def plot_run(tool):
    return tool('analysis_tools/plot_run')


def test_picture_of_two_runs(plot_run, run, tmp_path, capsys):
    out = tmp_path / 'new/plot.png'
    plot_run.plot([run('a', max_iters=9, pretrain_iters=3), run('b')], out)
    assert cv2.imread(str(out)).std() > 0
    assert [path.name for path in out.parent.iterdir()] == ['plot.png']
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize(
    ('train_cfg', 'step'),
    [
        (dict(max_iters=1200, pretrain_iters=0.6), 720),
        (dict(max_iters=100, pretrain_iters=30), 30),
        (dict(by_epoch=True, max_epochs=3), None),
    ],
)
def test_switch(plot_run, run, train_cfg, step):
    assert plot_run.switch_step(run(**train_cfg)) == step


def test_titles(plot_run, tmp_path):
    names = plot_run.titles([tmp_path / 'a', tmp_path / 'b'])
    assert names == ['a', 'b']
    same = [tmp_path / 'x/run', tmp_path / 'y/run']
    assert plot_run.titles(same) == [str(path) for path in same]


def test_unknown_format(plot_run, run, tmp_path):
    with pytest.raises(launch.OptionError, match=r'--out .*run\.xyz'):
        plot_run.plot([run(max_iters=3)], tmp_path / 'run.xyz')


def test_options(plot_run):
    args = plot_run.parse_args(['a', 'b', '--out', 'c.pdf'])
    assert [str(path) for path in args.work_dirs] == ['a', 'b']
    assert str(args.out) == 'c.pdf'
