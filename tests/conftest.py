# Copyright (c) mmpose_mlda contributors. All rights reserved.
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / 'shared'


def pytest_collection_finish() -> None:
    """Keep what the imports have made from being looked through again.

    MMEngine collects garbage for every data set that is built.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session')
def shared_dir() -> Path:
    """Folder of real data beside the checkout; the test is skipped without."""
    if not (SHARED / 'data').is_dir():
        pytest.skip(f'no real data: {SHARED / "data"} is not there')
    return SHARED


@pytest.fixture(scope='session')
def run_python() -> Callable[..., subprocess.CompletedProcess]:
    """Runs this Python in a process of its own: ``run_python('-c', code)``."""

    def run(*args, **environment) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, '-W', 'ignore', *map(str, args)],
            capture_output=True,
            text=True,
            env={**os.environ, 'OMP_NUM_THREADS': '1', **environment},
        )

    return run
