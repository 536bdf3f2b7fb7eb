# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One run of a study: train, test, write the result. Called by run_table.py.

python tools/analysis_tools/study_run.py JOB.json
"""

import json
import os
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOOLS.parent), str(TOOLS)]

import train
from mmengine.hooks import Hook
from mmengine.runner import Runner

import mmpose_mlda
from mmpose_mlda.apis import failures, launch
from mmpose_mlda.checkpoint import load_from_local, plain_checkpoint
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.evaluation.errors import encode_errors
from mmpose_mlda.studies.files import write_json, write_tensors
from mmpose_mlda.visualization import read_curves

import torch  # isort: skip (after the registry)


class StopwatchHook(Hook):
    """Seconds of the training steps, over interruptions."""

    seconds = 0.0

    def before_train(self, runner) -> None:
        """Start the clock."""
        self.last = time.perf_counter()

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Add the step, with the wait for its data."""
        now = time.perf_counter()
        self.seconds += now - self.last
        self.last = now

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep the sum."""
        checkpoint['meta']['train_seconds'] = self.seconds

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Go on with the sum of a resumed run."""
        if runner._resume:
            self.seconds = checkpoint['meta'].get('train_seconds', 0.0)


def evaluate(runner: Runner, networks: list[str]) -> dict:
    """Metrics and errors of each network on the test set."""
    model, results = unwrap(runner.model), {}
    for network in networks:
        model.predict_on = network
        metrics = runner.test()
        pck = find_pck(runner)
        results[network] = dict(
            metrics={k: round(float(v), 6) for k, v in metrics.items()},
            errors=encode_errors(pck.distance, pck.scored),
        )
    return results


def find_pck(runner: Runner) -> PCK:
    """The metric that the errors come from."""
    metrics = runner.test_loop.evaluator.metrics
    found = [metric for metric in metrics if isinstance(metric, PCK)]
    if len(found) != 1 or found[0].protocol != 'pooled':
        raise launch.OptionError(
            "a study needs one mmpose_mlda.PCK(protocol='pooled') as "
            'test_evaluator, whose values follow from the errors of single '
            "images; the option test_evaluator.protocol='pooled' makes it so"
        )
    return found[0]


def table_of_joints(pck: PCK) -> dict:
    """Names of the joints, of the groups and parts that are reported."""
    names = pck.joint_names(pck.scored.shape[1])
    groups = pck.columns(len(names))
    table = dict(
        joints=names,
        groups={g: [names[k] for k in ids] for g, ids in groups.items()},
        thresholds=pck.thresholds,
        decode=pck.decode,
    )
    return table | dict(parts=pck.part) if pck.by else table


def surroundings() -> dict:
    """Versions and machine, without its name."""
    packages = ('mmpose', 'mmengine', 'mmcv-lite', 'torch', 'numpy')
    versions = {'mmpose_mlda': mmpose_mlda.__version__}
    versions['python'] = platform.python_version()
    for name in packages:
        try:
            versions[name] = version(name)
        except ModuleNotFoundError:
            continue
    device = processor()
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
    return dict(
        versions=versions,
        machine=dict(
            cores=os.cpu_count(),
            torch_threads=torch.get_num_threads(),
            device=device,
        ),
    )


def processor() -> str:
    """Name of the processor."""
    try:
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def validation_curves(work_dir: str) -> dict[str, dict[int, float]]:
    """PCK of all joints and scores without labels, of every validation."""
    return {
        name: {step: round(value, 4) for step, value in curve.items()}
        for name, curve in read_curves(work_dir).items()
        if re.search(r'(^|/)(PCK@[\d.]+$|label_free/)', name)
    }


def last_checkpoint(work_dir: str) -> Path:
    """Where the hook says that the last checkpoint is."""
    return Path(Path(work_dir, 'last_checkpoint').read_text())


def run(job: dict) -> None:
    args = train.parse_args([*job['train'], '--resume'])
    cfg = train.merge_args(launch.load_config(args), args)
    stopwatch = StopwatchHook()
    with failures.explained(cfg):
        runner = Runner.from_cfg(cfg)
        runner.register_hook(stopwatch, 'VERY_HIGH')
        runner.train()
    result = job['result'] | dict(
        surroundings(),
        iters=runner.iter,
        train_seconds=round(stopwatch.seconds, 1),
    )
    if job['plain']:
        checkpoint = load_from_local(str(last_checkpoint(cfg.work_dir)))
        write_tensors(plain_checkpoint(checkpoint, 'student'), job['plain'])
    else:
        networks = evaluate(runner, job['evaluate'])
        table = table_of_joints(find_pck(runner))
        result |= dict(images=len(find_pck(runner).scored), **table)
        result['networks'] = networks
    if job['curves']:
        result['curves'] = validation_curves(cfg.work_dir)
    write_json(result, job['file'])


def main() -> None:
    with launch.errors_without_traceback():
        run(json.loads(Path(sys.argv[1]).read_text()))


if __name__ == '__main__':
    main()
