# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What ``tools/train.py`` and ``tools/test.py`` share: MMPose's flags."""

import gc
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from .. import registry  # noqa: F401 - before MMPose is imported
from ..checkpoint import UnsafeCheckpointError
from ..compat import init_cpu_process_group
from ..errors import RunStopped

__all__ = [
    'OptionError',
    'add_cfg_options',
    'add_common_arguments',
    'check_checkpoint',
    'errors_without_traceback',
    'load_config',
    'load_for_looking',
    'process_group',
    'read_config',
    'set_visualization',
]

CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


class OptionError(ValueError):
    """A flag of the command line that does not fit config or machine."""


def add_cfg_options(parser: ArgumentParser, text: str) -> None:
    """Add ``--cfg-options``, explained by ``text``."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help=text,
    )


def add_common_arguments(parser: ArgumentParser) -> None:
    """Add the flags that MMPose's training and test tools have in common."""
    parser.add_argument(
        '--work-dir',
        help="folder of logs and checkpoints (default: the config's "
        'work_dir, else ./work_dirs/<name of the config>)',
    )
    add_cfg_options(
        parser,
        'change the config, e.g. train_cfg.max_iters=20; lists are '
        'written key="[a,b]" or key=a,b',
    )
    parser.add_argument(
        '--show-dir',
        help='save pictures of predictions in this folder; a relative path '
        'starts at <work dir>/<time of the start>',
    )
    parser.add_argument(
        '--show', action='store_true', help='show predictions in a window'
    )
    parser.add_argument(
        '--interval',
        type=int,
        default=1,
        help='steps between pictures while validating, or between bad cases '
        '(default: 1)',
    )
    parser.add_argument(
        '--wait-time',
        type=float,
        default=1,
        help='seconds that a window stays (default: 1)',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how the processes were started',
    )
    # torch.distributed.launch passes --local-rank since torch 2.0
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def read_config(path: str) -> Config:
    """A config file, as it stands.

    Raises:
        FileNotFoundError: If there is no such config.
        OptionError: If it is none, by its name or content.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'config {path} does not exist; give a .py file, such as '
            'configs/demo/mlda_figures.py'
        )
    if Path(path).suffix not in CONFIG_SUFFIXES:
        raise OptionError(
            f'config {path} must end in one of '
            f'{", ".join(CONFIG_SUFFIXES)}; checkpoints come after it'
        )
    try:
        return Config.fromfile(path)
    except SyntaxError as error:
        raise OptionError(
            f'config {path} is no Python that can be read: {error}; '
            'correct that line'
        ) from error


def load_config(args: Namespace) -> Config:
    """The config file with the launcher and the work folder filled in.

    Args:
        args (Namespace): ``config``, ``launcher``, ``work_dir``.

    Returns:
        Config: Its ``work_dir`` is that of the command line, else its own,
        else ``./work_dirs/<name of the config>``.

    Raises:
        FileNotFoundError: See :func:`read_config`.
        OptionError: Likewise.
    """
    cfg = read_config(args.config)
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = os.path.join('./work_dirs', Path(args.config).stem)
    return cfg


def load_for_looking(args: Namespace) -> Config:
    """The config file for tools that build parts of it without a runner.

    Args:
        args (Namespace): ``config``, ``cfg_options``.

    Raises:
        FileNotFoundError: See :func:`read_config`.
        OptionError: Likewise.
    """
    cfg = read_config(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    return cfg


def set_visualization(
    cfg: Config, args: Namespace, show: bool | None = None
) -> None:
    """Switch the visualization hook on, if the command line asks for it.

    Args:
        cfg (Config): Changed in place.
        args (Namespace): ``show``, ``show_dir``, ``interval``, ``wait_time``.
        show (bool, optional): Whether to open windows. Defaults to
            ``args.show``.

    Raises:
        OptionError: If the config has no visualization hook.
    """
    show = args.show if show is None else show
    if not show and args.show_dir is None:
        return
    if 'visualization' not in cfg.get('default_hooks', {}):
        raise OptionError(
            f'--show and --show-dir need a hook that {args.config} lacks: '
            "default_hooks.visualization=dict(type='PoseVisualizationHook')"
        )
    cfg.default_hooks.visualization.update(
        enable=True,
        show=show,
        wait_time=args.wait_time,
        out_dir=args.show_dir,
        interval=args.interval,
    )


def check_checkpoint(path: str) -> None:
    """Find out about a missing checkpoint before anything is built.

    Args:
        path (str): A file, or an address such as ``https://...``.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if '://' not in path and not Path(path).expanduser().is_file():
        raise FileNotFoundError(
            f'checkpoint {path} does not exist; give the path of a .pth file'
        )


@contextmanager
def process_group(args: Namespace) -> Iterator[None]:
    """A run of one or several processes, with a clean end.

    Without a GPU it starts the group that MMEngine cannot start. A group that
    is left open aborts the process now and then when Python exits.

    Args:
        args (Namespace): ``launcher``, ``local_rank``.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    init_cpu_process_group(args.launcher)
    yield
    # After an error the others may still wait: torchrun ends them.
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
        gc.collect()  # the runner, a cycle, holds the group and its threads


@contextmanager
def errors_without_traceback() -> Iterator[None]:
    """End with one line for what the user can mend alone.

    These are missing files, refused checkpoints, unfit options and what
    :mod:`.failures` explains: their messages name the file or value and the
    remedy. Any other error keeps its traceback.
    """
    try:
        yield
    except (
        FileNotFoundError,
        NotADirectoryError,
        OptionError,
        RunStopped,
        UnsafeCheckpointError,
    ) as error:
        sys.exit(f'error: {error}')
