# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Adapt a model to unlabelled photo-like images, and show what it gained.

Trains three times for as many steps on the embedded pair of domains, on the
CPU: on the labelled synthetic figures alone (source-only), with MLDA on them
and the unlabelled photo-like figures, and on the labels of the target
(oracle). Prints a table, and leaves ``result.json`` and ``picture.png`` in
the work directory. Called again after an interruption, it goes on.
"""

import argparse
import json
import os
import shlex
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import mmpose_mlda.registry  # noqa: E402, F401, I001 (before MMPose)

import cv2  # noqa: E402
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

from demo_picture import demo_picture  # noqa: E402
from mmpose_mlda.visualization.tables import pck_table  # noqa: E402

CONFIGS = {
    'source_only': 'source_only_figures.py',
    'mlda': 'mlda_figures.py',
    'oracle': 'oracle_figures.py',
}
TITLES = {
    'source_only': 'source-only',
    'student': 'MLDA student',
    'teacher': 'MLDA teacher',
    'oracle': 'oracle',
}
THRESHOLDS = ('PCK@0.05', 'PCK@0.1')


class ProgressHook(Hook):
    """One line about the training that rewrites itself, or a few lines."""

    def __init__(self, title: str) -> None:
        self.title = title

    def before_train(self, runner) -> None:
        """Start the clock."""
        self.start, self.first = time.time(), runner.iter

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Print the progress."""
        done, total = runner.iter + 1, runner.max_iters
        live = sys.stdout.isatty()
        if done % (10 if live else max(1, total // 10)) and done < total:
            return
        pace = (time.time() - self.start) / (done - self.first)
        adapting = done > runner.train_loop.pretrain_iters
        stage = 'adaptation' if adapting else 'source'
        print(
            f'  {self.title:<12} {done:5d}/{total} {stage:<10} '
            f'loss {float(outputs["loss_supervised"]):.5f}  '
            f'{pace * (total - done):4.0f} s left',
            end='\r' if live and done < total else '\n',
            flush=True,
        )


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--iters', type=int, help='steps of each training, for short trials'
    )
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/demo')
    )
    return parser.parse_args()


def train(name: str, args: argparse.Namespace) -> tuple[Runner, dict]:
    """Train one of the three models, or take it from an earlier call.

    Returns:
        tuple: The runner after training, and its metrics on the test
        images, {'teacher/PCK@0.05': per cent, ...}.
    """
    cfg = Config.fromfile(ROOT / 'configs' / 'demo' / CONFIGS[name])
    cfg.work_dir = str(args.work_dir / f'seed{args.seed}' / name)
    cfg.randomness.seed = args.seed
    cfg.resume = Path(cfg.work_dir, 'last_checkpoint').exists()
    cfg.log_level = 'ERROR'
    cfg.visualizer.name = name  # else the first one serves all runners
    if args.iters:
        cfg.train_cfg.max_iters = args.iters
    # evaluated once, below
    cfg.train_cfg.val_begin = cfg.train_cfg.max_iters + 1
    runner = Runner.from_cfg(cfg)
    runner.register_hook(ProgressHook(TITLES.get(name, 'MLDA')))
    runner.train()
    return runner, runner.val()


def share_of_gap(results: dict, name: str, threshold: str) -> float:
    """How much of the way from source-only to oracle, in per cent."""
    low, high = (results[key][threshold] for key in ('source_only', 'oracle'))
    return 100 * (results[name][threshold] - low) / (high - low)


def report(results: dict) -> str:
    """Tables of all thresholds, and the shares of the gap."""
    rows = {title: results[name] for name, title in TITLES.items()}
    parts = [pck_table(rows, threshold) for threshold in THRESHOLDS]
    parts += [
        f'Share of the gap that the teacher closes at {threshold}: '
        f'{share_of_gap(results, "teacher", threshold):.0f} %'
        for threshold in THRESHOLDS
    ]
    return '\n\n'.join(parts[:-1]) + '\n' + parts[-1]


def main() -> None:
    warnings.filterwarnings('ignore')
    args = parse_args()
    cv2.setNumThreads(0)
    # one core is for the worker that makes the pictures
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    start = time.time()
    print('Training three models on two kinds of rendered figures:')
    runners, metrics = {}, {}
    for name in CONFIGS:
        runners[name], metrics[name] = train(name, args)

    def of(run: str, network: str) -> dict:
        return {
            key.removeprefix(f'{network}/'): value
            for key, value in metrics[run].items()
            if key.startswith(f'{network}/PCK')
        }

    results = dict(
        source_only=of('source_only', 'student'),
        teacher=of('mlda', 'teacher'),
        student=of('mlda', 'student'),
        oracle=of('oracle', 'student'),
    )
    picture = args.work_dir / 'picture.png'
    image = demo_picture(runners['source_only'], runners['mlda'])
    cv2.imwrite(str(picture), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    results.update(
        picture=str(picture),
        seconds=round(time.time() - start, 1),
        seed=args.seed,
        iters=runners['mlda'].max_iters,
        versions={
            name: version(name)
            for name in ('mmpose', 'mmengine', 'torch', 'numpy')
        }
        | dict(python=sys.version.split()[0], threads=torch.get_num_threads()),
        command=shlex.join(['python', *sys.argv]),
    )
    result_file = args.work_dir / 'result.json'
    result_file.write_text(json.dumps(results, indent=2) + '\n')

    print(
        f'\n500 photo-like test images, per cent of correct joints:\n'
        f'\n{report(results)}\n'
    )
    print(f'{results["seconds"]:.0f} s in all')
    print(f'Picture: {picture}\nFigures: {result_file}')


if __name__ == '__main__':
    main()
