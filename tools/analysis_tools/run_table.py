# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Train and test every row of a study with every seed.

python tools/analysis_tools/run_table.py configs/studies/figures_lspet.py

Called again after an interruption it goes on; docs/studies.md tells more.
With --startup-test [FILE ...] it only tries whether configs start.
"""

import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


from mmpose_mlda.apis import launch
from mmpose_mlda.studies import startup
from mmpose_mlda.studies.files import write_json
from mmpose_mlda.studies.jobs import Scheduler, locked
from mmpose_mlda.studies.options import layer, to_arguments
from mmpose_mlda.studies.plan import Job, make_plan
from mmpose_mlda.studies.study import load_study

OUT = 'docs/results/runs'
WORK_DIR = 'work_dirs/studies'
THIS = 'tools/analysis_tools/run_table.py'


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Run a study')
    parser.add_argument('study', nargs='?', help='file in configs/studies')
    parser.add_argument(
        '--startup-test',
        nargs='*',
        metavar='FILE',
        help='two steps and a test of these configs, and of all rows of '
        'these studies, on data in miniature (default: of all configs)',
    )
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time')
    parser.add_argument('--rows', nargs='+', help='only these rows')
    parser.add_argument(
        '--seeds', nargs='+', type=int, help="instead of the study's"
    )
    parser.add_argument(
        '--out', default=OUT, help=f'folder of results (default: {OUT})'
    )
    parser.add_argument(
        '--work-dir',
        default=WORK_DIR,
        help=f'folder of logs and checkpoints (default: {WORK_DIR})',
    )
    parser.add_argument(
        '--threads',
        type=int,
        help='threads of a run (default: 1 with several jobs)',
    )
    parser.add_argument(
        '--rerun',
        action='store_true',
        help='replace results of rows that have changed',
    )
    parser.add_argument(
        '--dry-run', action='store_true', help='show the runs and their state'
    )
    launch.add_cfg_options(
        parser,
        'change every config, on top of the options of the study',
    )
    args = parser.parse_args(argv)
    if (args.study is None) == (args.startup_test is None):
        parser.error('give a study, or --startup-test with any files')
    return args


def describe(job: Job, args: Namespace) -> dict:
    """What the result says of a job before it is run.

    Commands are written with the default folders, whatever this machine's.
    """
    default = relocated(job, Path(WORK_DIR))
    command = ['python', THIS, public(args.study)]
    if not job.is_stage:
        command += ['--rows', job.row]
    command += ['--seeds', str(job.seed)]
    if args.cfg_options:
        options = to_arguments(layer(args.cfg_options))
        command += ['--cfg-options', *options]
    return dict(
        study=job.study,
        row=job.row,
        title=job.title,
        seed=job.seed,
        fingerprint=job.fingerprint,
        config=public(job.config),
        options=job.options,
        command=shlex.join(command),
        train_command=shlex.join(
            ['python', 'tools/train.py', *default.train_arguments()]
        ),
        first_stage=describe(job.needs, args) if job.needs else None,
    )


def public(path: str) -> str:
    """A path in the repository; the name alone of one outside of it."""
    full = Path(path).resolve()
    if full.is_relative_to(ROOT):
        return str(full.relative_to(ROOT))
    return full.name


def relocated(job: Job, work_dir: Path) -> Job:
    """The same job in the work folder of another machine."""
    return replace(
        job,
        config=public(job.config),
        folder=work_dir / job.folder.parent.name / job.folder.name,
        needs=relocated(job.needs, work_dir) if job.needs else None,
    )


def command(job: Job, args: Namespace) -> list[str]:
    """Write the file of a job; the command that runs it."""
    content = dict(
        train=job.train_arguments(),
        evaluate=job.evaluate,
        curves=job.curves,
        plain=str(job.plain) if job.is_stage else None,
        file=str(job.result),
        result=describe(job, args),
    )
    path = job.folder / 'job.json'
    write_json(content, path)
    script = Path(__file__).with_name('study_run.py')
    return [sys.executable, '-W', 'ignore', str(script), str(path)]


def refuse_changed(jobs: list[Job], rerun: bool) -> None:
    """Stop, or put results away, where a row is not what it was."""
    changed = [job for job in jobs if job.state() == 'changed']
    if rerun:
        for job in changed:
            job.result.rename(job.result.with_suffix('.json.old'))
    elif changed:
        lines = [f'  {job.result}: {job.changes()}' for job in changed]
        raise launch.OptionError(
            'these results are of rows that have changed since:\n'
            + '\n'.join(lines)
            + '\nUse --rerun to replace them (the old ones are kept as '
            '.json.old), or another --out'
        )


def environment(args: Namespace) -> dict[str, str]:
    threads = args.threads or (1 if args.jobs > 1 else None)
    return {} if threads is None else {'OMP_NUM_THREADS': str(threads)}


def run_startup_test(args: Namespace) -> int:
    os.environ.update(environment(args))
    trials = startup.list_trials(args.startup_test) or startup.all_configs(
        ROOT / 'configs'
    )
    trials = [
        replace(trial, options=layer(trial.options, args.cfg_options))
        for trial in trials
    ]
    outcomes = startup.try_all(trials, args.jobs)
    return 1 if startup.report(outcomes) else 0


def run(args: Namespace) -> int:
    if args.startup_test is not None:
        return run_startup_test(args)
    jobs = make_plan(
        load_study(args.study),
        args.out,
        args.work_dir,
        args.rows,
        args.seeds,
        args.cfg_options,
    )
    if args.dry_run:
        for job in jobs:
            arguments = shlex.join(job.train_arguments())
            print(f'{job.state():8} {job.name} ({job.steps} steps)')
            print(f'         python tools/train.py {arguments}')
        return 0
    with locked(Path(args.work_dir)) as lock:
        refuse_changed(jobs, args.rerun)
        scheduler = Scheduler(
            jobs,
            lambda job: command(job, args),
            args.jobs,
            lock,
            environment(args),
        )
        failed = scheduler.run()
    print(f'{len(scheduler.done)} of {len(jobs)} runs are done')
    for name, reason in failed.items():
        print(f'failed: {name}: {reason}')
    return 1 if failed else 0


def main() -> None:
    with launch.errors_without_traceback():
        try:
            sys.exit(run(parse_args()))
        except KeyboardInterrupt:
            print('\ninterrupted; the same command goes on')
            sys.stdout.flush()
            os._exit(130)


if __name__ == '__main__':
    main()
