# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a run that fails tells its user."""

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger

from mmpose_mlda.errors import DISK_FULL, RunStopped, disk_full

__all__ = ['explain', 'explained']

_NO_MEMORY = r'not enough memory|can.t allocate memory|CUDA out of memory'
_WORKER_DIED = r'DataLoader worker \(pid.*?\) (is killed|exited unexpectedly)'


@contextmanager
def explained(
    cfg: Config, again: str = 'the same command with --resume'
) -> Iterator[None]:
    """Tell in words why a run failed; the traceback goes to its log.

    Args:
        cfg (Config): Of the run.
        again (str): What goes on from the last checkpoint.

    Raises:
        RunStopped: In place of an error that :func:`explain` knows. Others
            pass.
    """
    try:
        yield
    except Exception as error:
        text = explain(error, cfg)
        if text is None:
            raise
        _log_traceback()
        raise RunStopped(f'{text}.\n{_way_on(cfg, again)}') from error


def explain(error: Exception, cfg: Config) -> str | None:
    """What happened and what to do, if the error is known.

    Args:
        error (Exception): Whatever ended the run.
        cfg (Config): Of the run.

    Returns:
        str, optional: Sentences without the last full stop.
    """
    text = str(error)
    if text.startswith('Caught ') and 'DataLoader worker' in text:
        # a whole traceback with the message at the end
        text = text.rsplit(f'{type(error).__name__}: ', 1)[-1]
        if isinstance(error, OSError):
            text = text.strip(' .\n')
            return f'{text}. See whether its folder is mounted'
    if isinstance(error, RunStopped):
        return text.rstrip(' .\n')
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        path = error.filename or Path(cfg.work_dir, 'a file of the run')
        return str(disk_full(path))
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and re.search(_NO_MEMORY, text)
    ):
        return _out_of_memory(error, cfg)
    if isinstance(error, RuntimeError) and re.search(_WORKER_DIED, text):
        return _worker_died(text, cfg)
    return None


def _out_of_memory(error: Exception, cfg: Config) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    batch = _loader(cfg).get('batch_size')
    smaller = max((batch or 2) // 2, 1)
    gpu = isinstance(error, torch.OutOfMemoryError) or 'CUDA' in first
    options = [
        f'a smaller batch (--cfg-options train_dataloader.batch_size={smaller}'
        '; accumulate over two by optim_wrapper.accumulative_counts=2)'
    ]
    if gpu and 'Amp' not in (cfg.get('optim_wrapper') or {}).get('type', ''):
        options.append('mixed precision (optim_wrapper.type=AmpOptimWrapper)')
    options.append('a smaller network or input (model.student)')
    return (
        f'Out of memory of the {"GPU" if gpu else "host"} with '
        f'batch_size={batch} of each domain: {first.rstrip(".")}. '
        f'Try {", ".join(options[:-1])} or {options[-1]}'
    )


def _worker_died(text: str, cfg: Config) -> str:
    workers = _loader(cfg).get('num_workers')
    return (
        f'{text.strip().splitlines()[0].rstrip(". ")}. As a rule the system '
        'has ended it for want of memory or of shared memory (/dev/shm). Try '
        'fewer workers: --cfg-options train_dataloader.num_workers='
        f'{(workers or 2) // 2} val_dataloader.num_workers=0, which changes '
        'no result'
    )


def _loader(cfg: Config) -> dict:
    return cfg.get('train_dataloader') or {}


def _way_on(cfg: Config, again: str) -> str:
    note = Path(cfg.work_dir, 'last_checkpoint')
    if not note.is_file():
        return 'There is no checkpoint yet: start again when this is mended.'
    last = note.read_text().strip()
    return (
        f'The last good checkpoint is {last}: {again} goes on from there when '
        'this is mended.'
    )


def _log_traceback() -> None:
    """Of the error that is being handled, to the files of the log alone."""
    logger = MMLogger.get_current_instance()
    record = logger.makeRecord(
        logger.name,
        logging.ERROR,
        __file__,
        0,
        traceback.format_exc(),
        (),
        None,
    )
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(record)
