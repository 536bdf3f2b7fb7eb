# Copyright (c) mmpose_mlda contributors. All rights reserved.
import os
from collections.abc import Callable
from pathlib import Path

import engine_kit
import pytest
import torch

# for the processes that tests start; their own path is that of pytest.ini
os.environ['PYTHONPATH'] = os.pathsep.join(
    [
        str(Path(__file__).parent),
        *filter(None, [os.environ.get('PYTHONPATH')]),
    ]
)


@pytest.fixture(autouse=True)
def _one_thread():
    """Bit identity is promised for the same number of threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with engine_kit.quick_runs():
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope='session')
def data(tmp_path_factory) -> Path:
    """Twelve labelled and ten unlabelled images."""
    return engine_kit.write_data(tmp_path_factory.mktemp('data') / 'set')


@pytest.fixture
def config(data, tmp_path) -> Callable:
    """Makes configs: ``config({'train_cfg.max_iters': 2}, folder='a')``."""

    def make(options: dict | None = None, folder: str = 'run'):
        return engine_kit.make_config(data, tmp_path / folder, options)

    return make


@pytest.fixture(scope='session')
def uninterrupted(data, tmp_path_factory):
    """A finished run with all its checkpoints, and what came out of it."""
    torch.set_num_threads(1)
    work_dir = tmp_path_factory.mktemp('uninterrupted') / 'run'
    with engine_kit.quick_runs():
        runner = engine_kit.train(
            engine_kit.make_config(
                data, work_dir, {'default_hooks.checkpoint.interval': 1}
            )
        )
    runner.result = engine_kit.state(runner)
    runner.folder = work_dir
    return runner
