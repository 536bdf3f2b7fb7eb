# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What ends a run though neither the program nor the config is wrong."""

import errno
import shutil
from pathlib import Path

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class RunStopped(RuntimeError):
    """A run that ended; the message says why and what to do."""


class NonFiniteError(RunStopped):
    """A loss or a parameter became infinite or not a number."""


class DataLostError(RunStopped):
    """A file that was there when the run began cannot be read any more."""


class DiskFullError(RunStopped):
    """A file that could not be written."""


def disk_full(path: str | Path, size: int | None = None) -> DiskFullError:
    """The error for a file that a full disk refuses.

    Args:
        path: The file.
        size: How many bytes it needs, if that is known.
    """
    path = Path(path)
    folder = next((p for p in path.parents if p.is_dir()), Path('.'))
    free = shutil.disk_usage(folder).free
    needed = '' if size is None else f', which needs {_megabytes(size)}'
    return DiskFullError(
        f'The disk is full: {path}{needed}, could not be written; '
        f'{_megabytes(free)} are free in {folder} (or a quota is used up). '
        'Make room there; a training keeps fewer checkpoints by --cfg-options '
        'default_hooks.checkpoint.max_keep_ckpts=1 and writes elsewhere by '
        '--work-dir'
    )


def _megabytes(size: int) -> str:
    return f'{size / 1e6:.1f} MB'
