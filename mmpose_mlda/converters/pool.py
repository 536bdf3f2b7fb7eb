# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A function over many tasks in several processes, with a progress bar."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Any

import cv2
from mmengine.utils import ProgressBar

from .errors import ConversionError


def run_parallel(
    function: Callable[[Any], Any], tasks: Sequence, processes: int
) -> Iterator[Any]:
    """Results of a function as they come, in any order.

    MMEngine's ``track_parallel_progress`` keeps all results in a list and
    waits for ever for a worker that was killed.

    Args:
        function (Callable): Called with one task; it is pickled once a task,
            so it should be small.
        tasks (Sequence): Its arguments.
        processes (int): How many work at a time; with 1 it is this one.

    Raises:
        ConversionError: If a worker was killed.
    """
    if not tasks:
        return
    bar = ProgressBar(len(tasks))
    if processes == 1:
        _one_thread()
        for task in tasks:
            result = function(task)
            bar.update()
            yield result
    else:
        # forked, so that what this process has read is there
        fork = get_context('fork')
        with ProcessPoolExecutor(processes, fork, _start) as pool:
            futures = [pool.submit(function, task) for task in tasks]
            try:
                for future in as_completed(futures):
                    result = future.result()
                    bar.update()
                    yield result
            except BrokenProcessPool as error:
                raise ConversionError(
                    'a worker was killed, by lack of memory perhaps; the '
                    'same command with fewer --processes goes on.'
                ) from error
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    print()


def _start() -> None:
    """Begin a worker: Ctrl-C lets it finish its task, and it ends with its
    parent, however that one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _one_thread()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _one_thread() -> None:
    """Threads of OpenCV and FFmpeg would only compete with the processes."""
    cv2.setNumThreads(1)
    os.environ.setdefault('OPENCV_FFMPEG_CAPTURE_OPTIONS', 'threads;1')


def _end_with_parent() -> None:
    connection.wait([parent_process().sentinel])
    os._exit(1)
