# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Run jobs as processes, some at a time, each after what it needs."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mmpose_mlda.apis.launch import OptionError

from .plan import Job

LOG_TAIL = 15  # lines of a failed run's log that are shown
PATIENCE = 10  # seconds that a process has to end when it is asked to
STEP = re.compile(rb'Iter\(train\)\s+\[\s*(\d+)/\d+\]')


class Scheduler:
    """Runs jobs; one that fails does not stop those that do not need it.

    Args:
        jobs: In an order in which they can be run.
        command: The command line of a job.
        num_jobs: Processes at a time.
        lock: A file that is inherited, so that a run that has lost its
            parent keeps the lock.
        environment: Variables that are added.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        command: Callable[[Job], list[str]],
        num_jobs: int = 1,
        lock: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.jobs = list(jobs)
        self.command = command
        self.num_jobs = num_jobs
        self.inherited = () if lock is None else (lock,)
        self.environment = os.environ | (environment or {})
        self.done = {j.name for j in jobs if j.state() == 'done'}
        self.waiting = [j for j in jobs if j.name not in self.done]
        self.running: dict[str, tuple[Job, subprocess.Popen]] = {}
        self.failed: dict[str, str] = {}  # name: reason
        self._first_step: dict[str, int] = {}
        self._line = ''

    def run(self) -> dict[str, str]:
        """Run all; the reasons of those that failed, by name."""
        self._start_time, self._steps_done = time.monotonic(), 0
        try:
            with _terminate_as_interrupt():
                while self.waiting or self.running:
                    self._start()
                    self._collect()
                    self._show_progress()
                    if self.running:
                        time.sleep(0.2)
        finally:
            self._end_processes()
        return self.failed

    def _start(self) -> None:
        for job in list(self.waiting):
            need = job.needs.name if job.needs else None
            if need in self.failed:
                self.waiting.remove(job)
                self.failed[job.name] = f'{need} has failed'
            elif len(self.running) < self.num_jobs and (
                need is None or need in self.done
            ):
                self.waiting.remove(job)
                self._launch(job)

    def _launch(self, job: Job) -> None:
        job.folder.mkdir(parents=True, exist_ok=True)
        self._say(f'start  {job.name}')
        with log_of(job).open('ab') as log:
            self._first_step[job.name] = log.tell()
            process = subprocess.Popen(
                self.command(job),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                pass_fds=self.inherited,
                # Ctrl-C reaches this process alone, which then ends its own
                start_new_session=True,
            )
        self.running[job.name] = job, process

    def _collect(self) -> None:
        for name, (job, process) in list(self.running.items()):
            code = process.poll()
            if code is None:
                continue
            del self.running[name]
            if code == 0 and job.state() == 'done':
                self.done.add(name)
                self._steps_done += job.steps
                self._say(f'done   {name}')
                continue
            self.failed[name] = f'exit code {code}, see {log_of(job)}'
            lines = log_of(job).read_text(errors='replace').splitlines()
            tail = '\n'.join(f'    {x}' for x in lines[-LOG_TAIL:])
            self._say(f'FAILED {name} ({self.failed[name]})\n{tail}')

    def _end_processes(self) -> None:
        processes = [process for _, process in self.running.values()]
        for process in processes:
            _signal_group(process, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.wait()

    # ------------------------------------------------------------- progress
    def progress(self) -> str:
        """One line: how many are done, what runs, how long it will take."""
        steps, parts = self._steps_done, []
        for name, (job, _) in self.running.items():
            now = last_step(log_of(job), self._first_step[name])
            first = job.needs.steps if job.needs else 0
            own = max(0, now - first)
            steps += own
            parts.append(f'{name} {own}/{job.steps}')
        left = sum(j.steps for j in self.waiting) - steps + self._steps_done
        left += sum(j.steps for j, _ in self.running.values())
        pace = (time.monotonic() - self._start_time) / steps if steps else None
        eta = f'{pace * left / 60:.0f} min left' if pace else 'time unknown'
        return (
            f'{len(self.done)}/{len(self.jobs)} done, '
            f'running: {", ".join(parts) or "none"}; {eta}'
        )

    def _show_progress(self) -> None:
        if sys.stdout.isatty() and self.running:
            line = self.progress()
            print('\r' + line.ljust(len(self._line)), end='', flush=True)
            self._line = line

    def _say(self, text: str) -> None:
        if self._line:
            print('\r' + ' ' * len(self._line), end='\r')
            self._line = ''
        count = f'{len(self.done):3d}/{len(self.jobs)}'
        clock = time.strftime('%H:%M:%S')
        print(f'{clock} {count}  {text}', flush=True)


def log_of(job: Job) -> Path:
    """Where a job's output goes."""
    return job.folder / 'output.log'


def last_step(log: Path, start: int = 0) -> int:
    """The last step in MMEngine's log, 0 if there is none.

    Args:
        log (Path): The file.
        start (int): Byte from which to look.
    """
    with log.open('rb') as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(start, size - 20000))
        found = STEP.findall(file.read())
    return int(found[-1]) if found else 0


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Keep a second instance out; the lock is that of an open file.

    Raises:
        OptionError: If another one, or a run that it left, is at work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / 'lock').open('a+') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise OptionError(
                f'{folder} is in use by process {file.read().strip()} or a '
                'run that it has started; wait for it, or end it'
            ) from None
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        yield file.fileno()


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does."""

    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)  # with its data workers
