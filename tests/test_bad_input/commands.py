# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Commands."""

import argparse

from test_bad_input.kit import Table

from mmpose_mlda.apis import launch

TABLE = Table('Commands')


def load_config(path, *flags):
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    launch.add_common_arguments(parser)
    with launch.errors_without_traceback():
        return launch.load_config(parser.parse_args([str(path), *flags]))


@TABLE.refused(
    'a config that is not there',
    SystemExit,
    'error: config DATA/my.py does not exist; give a .py file, such as '
    'configs/demo/mlda_figures.py',
)
def _(root):
    load_config(root / 'my.py')


@TABLE.refused(
    'a checkpoint in place of the config',
    SystemExit,
    'error: config DATA/my.pth must end in one of .py, .json, .yaml, .yml; '
    'checkpoints come after it',
)
def _(root):
    (root / 'my.pth').touch()
    load_config(root / 'my.pth')


@TABLE.refused(
    'a config with a syntax error',
    SystemExit,
    'error: config DATA/my.py is no Python that can be read: ...line 1); '
    'correct that line',
)
def _(root):
    (root / 'my.py').write_text('model = dict(')
    load_config(root / 'my.py')


@TABLE.refused(
    'a checkpoint that is not there',
    SystemExit,
    'error: checkpoint DATA/gone.pth does not exist; give the path of a .pth '
    'file',
)
def _(root):
    with launch.errors_without_traceback():
        launch.check_checkpoint(str(root / 'gone.pth'))


@TABLE.taken('a config in a folder with spaces and accents', 'It is read.')
def _(root):
    path = root / 'mes configs été' / 'a b.py'
    path.parent.mkdir()
    path.write_text('x = 1')
    assert load_config(path).work_dir == './work_dirs/a b'
