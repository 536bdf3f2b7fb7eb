# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The scheduler with programs that take a blink."""

import json
import os
import signal
import sys
import threading
import time

import pytest

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.studies.jobs import Scheduler, last_step, locked
from mmpose_mlda.studies.plan import make_plan
from mmpose_mlda.studies.study import load_study

WRITE = (
    'import json, sys, time; start = time.time(); time.sleep(0.2);'
    'json.dump(dict(fingerprint=sys.argv[2], start=start,'
    ' end=time.time()), open(sys.argv[1], "w"))'
)


@pytest.fixture
def jobs(study_file, tmp_path):
    jobs = make_plan(
        load_study(study_file), tmp_path / 'out', tmp_path / 'w', seeds=[0]
    )
    jobs[-1].result.parent.mkdir(parents=True)
    return jobs


def write(job):
    return [sys.executable, '-c', WRITE, str(job.result), job.fingerprint]


def test_two_at_a_time_in_the_right_order(jobs, capsys):
    scheduler = Scheduler(jobs, write, num_jobs=2)
    assert scheduler.run() == {}
    times = {j.row: json.loads(j.result.read_text()) for j in jobs}
    stage = times.pop('first_stage-plain')
    for row in ('source_only', 'teacher'):
        assert times[row]['start'] >= stage['end']
    # the row without a first stage does not wait for it
    assert times['oracle']['start'] < stage['end']
    assert capsys.readouterr().out.count('start ') == 4
    # nothing is done twice
    again = Scheduler(jobs, lambda job: 1 / 0)
    assert again.run() == {}
    assert len(again.done) == 4


def test_a_failure_stops_only_what_needs_it(jobs, capsys):
    def command(job):
        if job.is_stage:
            return [sys.executable, '-c', 'print("why"); raise SystemExit(3)']
        return write(job)

    failed = Scheduler(jobs, command).run()
    assert set(failed) == {
        'first_stage-plain-seed0',
        'source_only-seed0',
        'teacher-seed0',
    }
    assert failed['teacher-seed0'] == 'first_stage-plain-seed0 has failed'
    assert jobs[-1].state() == 'done'
    out = capsys.readouterr().out
    assert 'FAILED first_stage-plain-seed0 (exit code 3' in out
    assert '    why' in out


def test_success_without_a_result_is_a_failure(jobs):
    failed = Scheduler(jobs, lambda job: ['true']).run()
    assert len(failed) == 4


@pytest.fixture
def heeds_ctrl_c():
    """Also if the tests were started in the background of a shell."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.usefixtures('heeds_ctrl_c')
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_children_and_grandchildren(jobs, tmp_path, number):
    pid = tmp_path / 'pid'
    # a child that ignores SIGTERM is none of ours, but a worker may live on
    code = f'sleep 60 & echo $! > {pid}; sleep 60'
    timer = threading.Thread(target=_signal_when, args=(pid, number))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        Scheduler(jobs, lambda job: ['sh', '-c', code]).run()
    timer.join()
    worker = int(pid.read_text())
    end = time.time() + 5
    while _alive(worker) and time.time() < end:
        time.sleep(0.05)
    assert not _alive(worker)


def _signal_when(path, number):
    while not (path.exists() and path.read_text()):
        time.sleep(0.02)
    os.kill(os.getpid(), number)


def _alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_lock_keeps_others_out(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(OptionError, match=f'process {os.getpid()}'),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass  # free again


def test_a_run_without_parent_keeps_the_lock(jobs, tmp_path):
    with locked(tmp_path) as lock:
        scheduler = Scheduler(jobs, lambda job: ['sleep', '60'], lock=lock)
        scheduler._launch(jobs[0])
    with pytest.raises(OptionError, match='a run that it has started'):
        locked(tmp_path).__enter__()
    scheduler._end_processes()
    with locked(tmp_path):
        pass


def test_progress(jobs):
    log = jobs[0].folder / 'output.log'
    scheduler = Scheduler(jobs, lambda job: ['sleep', '60'])
    scheduler._start_time, scheduler._steps_done = time.monotonic() - 60, 0
    scheduler._start()
    assert 'time unknown' in scheduler.progress()
    log.write_text('x\nIter(train) [ 4/12] lr\nIter(train) [ 6/12] lr\n')
    # 6 of 12 + 8 + 8 + 20 steps took a minute, 42 are left
    assert scheduler.progress() == (
        '0/4 done, running: first_stage-plain-seed0 6/12; 7 min left'
    )
    assert last_step(log, start=log.stat().st_size) == 0
    scheduler._end_processes()
