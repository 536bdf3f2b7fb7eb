# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Does a config start? Two steps and a test on fixtures, then a look."""

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmengine.utils import ManagerMixin

from mmpose_mlda.engine.utils import unwrap

from .options import layer
from .shrink import shrink
from .startup_checks import (
    WatchHook,
    loss_faults,
    metric_faults,
    parameter_faults,
    teacher_faults,
)
from .study import load_study


@dataclass(frozen=True)
class Trial:
    """One config with options."""

    name: str
    config: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a trial."""

    name: str
    seconds: float
    faults: list[str]  # none: it starts
    traceback: str = ''

    @property
    def line(self) -> str:
        """As the tool prints it."""
        if not self.faults:
            return f'ok   {self.name} {self.seconds:.1f} s'
        return f'FAIL {self.name}: {"; ".join(self.faults)}'


# --------------------------------------------------------------- what to try
def all_configs(root: Path) -> list[Trial]:
    """Every config below a folder but bases and studies."""
    paths = sorted(
        os.path.relpath(path)
        for path in root.rglob('*.py')
        if not {'_base_', 'studies'} & set(path.relative_to(root).parts)
    )
    return [Trial(path, path) for path in paths]


def list_trials(paths: Sequence[str]) -> list[Trial]:
    """Configs as they are; of a study every row.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    trials = []
    for path in paths:
        if not Path(path).is_file():
            raise FileNotFoundError(f'config {path} does not exist')
        if not _is_study(path):
            trials.append(Trial(path, path))
            continue
        study = load_study(path)
        for name, row in study['rows'].items():
            options = layer(study['options'], row.get('options', {}))
            trials.append(Trial(f'{path}: {name}', row['config'], options))
    return trials


def _is_study(path: str) -> bool:
    try:
        return 'rows' in Config.fromfile(path)
    except Exception:  # what is wrong with it, its trial will tell
        return False


# ------------------------------------------------------------------ one trial
def try_config(trial: Trial) -> Outcome:
    """Run one trial in this process, and clean up."""
    start, text = time.perf_counter(), ''
    try:
        with tempfile.TemporaryDirectory() as folder, _quiet():
            cfg = Config.fromfile(trial.config)
            cfg.merge_from_dict(dict(trial.options))
            with DefaultScope.overwrite_default_scope(cfg.default_scope):
                cfg = shrink(cfg, Path(folder))
            faults = run(cfg)
    except Exception as error:
        faults, text = [describe(error)], traceback.format_exc()
    return Outcome(trial.name, time.perf_counter() - start, faults, text)


def run(cfg: Config) -> list[str]:
    """Train, validate and test; what is wrong with it."""
    watch = WatchHook()
    runner = Runner.from_cfg(cfg)
    runner.register_hook(watch, 'VERY_LOW')
    runner.train()
    tests = {}
    if cfg.get('val_dataloader') is not None:
        tests['validation'] = watch.metrics
    if cfg.get('test_dataloader') is not None:
        tests['test'] = runner.test()
    return [
        *loss_faults(watch.losses, runner.max_iters),
        *parameter_faults(runner, watch.moved),
        *teacher_faults(unwrap(runner.model)),
        *(fault for item in tests.items() for fault in metric_faults(*item)),
    ]


def describe(error: Exception) -> str:
    """Type, first line and the last place in this project."""
    lines = str(error).strip().splitlines() or ['']
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if 'mmpose_mlda' in Path(f.filename).parts]
    place = f' ({Path(own[-1].filename).name}:{own[-1].lineno})' if own else ''
    return f'{type(error).__name__}: {lines[0]}{place}'


@contextmanager
def _quiet() -> Iterator[None]:
    """Without output, and without what MMEngine keeps of other runs."""
    managers = list(_subclasses(ManagerMixin))
    kept = [dict(manager._instance_dict) for manager in managers]
    threads = torch.get_num_threads()
    for manager in managers:
        manager._instance_dict.clear()
    try:
        with _silent():
            yield
    finally:
        torch.set_num_threads(threads)
        for manager, instances in zip(managers, kept, strict=True):
            manager._instance_dict.clear()
            manager._instance_dict.update(instances)


@contextmanager
def _silent() -> Iterator[None]:
    """Also without what goes past ``sys.stdout``."""
    streams = (sys.stdout, sys.stderr)
    kept = {number: os.dup(number) for number in (1, 2)}
    with open(os.devnull, 'w') as nothing:
        try:
            for number in kept:
                os.dup2(nothing.fileno(), number)
            with redirect_stdout(nothing), redirect_stderr(nothing):
                yield
        finally:
            for stream in streams:
                stream.flush()
            for number, copy in kept.items():
                os.dup2(copy, number)
                os.close(copy)


def _subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


# ----------------------------------------------------------------- all trials
def try_all(trials: Sequence[Trial], jobs: int = 1) -> Iterator[Outcome]:
    """Outcomes as they come; trials run in ``jobs`` other processes."""
    pool = ProcessPoolExecutor(jobs, get_context('spawn'))
    try:
        running = {pool.submit(try_config, trial): trial for trial in trials}
        for future in as_completed(running):
            error = future.exception()
            yield (
                future.result()
                if error is None
                else Outcome(running[future].name, 0.0, [describe(error)])
            )
    finally:
        pool.shutdown(cancel_futures=True)


def report(outcomes: Iterable[Outcome]) -> int:
    """Print a line each, and the count; how many failed."""
    done, failed = 0, 0
    for outcome in outcomes:
        print(outcome.line, flush=True)
        if outcome.traceback:
            print(outcome.traceback, file=sys.stderr, flush=True)
        done += 1
        failed += bool(outcome.faults)
    print(f'{done - failed} of {done} configs start')
    return failed
