# Copyright (c) mmpose_mlda contributors. All rights reserved.
import argparse
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from mmpose_mlda.apis import launch
from mmpose_mlda.checkpoint import UnsafeCheckpointError


def parse(*argv):
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    launch.add_common_arguments(parser)
    return parser.parse_args(argv)


def test_flags_of_mmpose():
    flags = (
        '--work-dir w --show-dir s --show --interval 3 --wait-time 0.5 '
        '--launcher slurm --local-rank 2 --cfg-options a.b=1 c=[2,3]'
    )
    args = parse('c.py', *flags.split())
    assert vars(args) == dict(
        config='c.py',
        work_dir='w',
        show_dir='s',
        show=True,
        interval=3,
        wait_time=0.5,
        launcher='slurm',
        local_rank=2,
        cfg_options={'a.b': 1, 'c': [2, 3]},
    )
    assert parse('c.py', '--local_rank', '1').local_rank == 1


@pytest.mark.parametrize(
    ('content', 'flags', 'expected'),
    [
        ('', [], './work_dirs/tiny'),
        ("work_dir = 'own'", [], 'own'),
        ("work_dir = 'own'", ['--work-dir', 'given'], 'given'),
    ],
)
def test_work_dir(tmp_path, content, flags, expected):
    config = tmp_path / 'tiny.py'
    config.write_text(content)
    cfg = launch.load_config(parse(str(config), *flags))
    assert cfg.work_dir == expected
    assert cfg.launcher == 'none'


def test_missing_config_is_named():
    with pytest.raises(FileNotFoundError, match=r'config no/such\.py does'):
        launch.load_config(parse('no/such.py'))


def visualization(*flags, **kwargs):
    cfg = Config(dict(default_hooks=dict(visualization=dict(enable=False))))
    launch.set_visualization(cfg, parse('c.py', *flags), **kwargs)
    return cfg.default_hooks.visualization


def test_visualization():
    assert visualization() == dict(enable=False)
    assert visualization('--show', show=False) == dict(enable=False)
    assert visualization('--show-dir', 'd', '--interval', '5') == dict(
        enable=True, show=False, wait_time=1, out_dir='d', interval=5
    )
    assert visualization('--show', '--wait-time', '2') == dict(
        enable=True, show=True, wait_time=2, out_dir=None, interval=1
    )


def test_visualization_needs_its_hook():
    with pytest.raises(launch.OptionError, match=r'c\.py lacks.*Visualiz'):
        launch.set_visualization(Config(), parse('c.py', '--show'))


def test_checkpoint_must_exist(tmp_path):
    launch.check_checkpoint('https://example.com/x.pth')
    (tmp_path / 'x.pth').touch()
    launch.check_checkpoint(str(tmp_path / 'x.pth'))
    with pytest.raises(FileNotFoundError, match=r'y\.pth does not exist'):
        launch.check_checkpoint(str(tmp_path / 'y.pth'))


@pytest.mark.parametrize(
    'error', [FileNotFoundError, launch.OptionError, UnsafeCheckpointError]
)
def test_one_line_for_what_the_user_can_mend(error):
    with (
        pytest.raises(SystemExit) as caught,
        launch.errors_without_traceback(),
    ):
        raise error('the file and the remedy')
    # Python prints such a code and exits with status 1.
    assert caught.value.code == 'error: the file and the remedy'


def test_other_errors_keep_their_traceback():
    with pytest.raises(KeyError), launch.errors_without_traceback():
        raise KeyError('a bug')


THREADS = """
import sys
from argparse import Namespace
from pathlib import Path
from torch import nn
from mmpose_mlda.apis.launch import process_group

def threads():
    names = [p.read_text() for p in Path('/proc/self/task').glob('*/comm')]
    return sum('gloo' in name for name in names)

def run():
    model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
    model.around = [model]  # a cycle, as a runner and its hooks are
    assert threads()

with process_group(Namespace(launcher='pytorch', local_rank=0)):
    run()
assert threads() == 0
"""


@pytest.mark.skipif(
    not Path('/proc/self/task').is_dir(), reason='threads are seen in /proc'
)
def test_no_thread_of_the_group_is_left(monkeypatch):
    """A thread that waits for Python while Python ends aborts the process."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    group = dict(RANK=0, WORLD_SIZE=1, MASTER_ADDR='127.0.0.1')
    for name, value in dict(group, MASTER_PORT=port).items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    subprocess.run([sys.executable, '-c', THREADS], check=True)
