# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Test, with MMPose's flags: python tools/test.py CONFIG CHECKPOINT."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mmengine
from mmengine.config import Config
from mmengine.dist import is_main_process, master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmpose_mlda.apis import launch


class SaveMetricHook(Hook):
    """Writes the metrics of a test to a file (json, yaml or pickle)."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    @master_only
    def after_test_epoch(self, runner: Runner, metrics=None) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mmengine.dump(metrics, str(self.path))


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Test a pose model')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file or address')
    parser.add_argument(
        '--out', help='file for the metrics (.json, .yaml or .pkl)'
    )
    parser.add_argument(
        '--dump', help='file for the predictions (.pkl or .pickle)'
    )
    parser.add_argument(
        '--badcase',
        action='store_true',
        help='collect the samples with the worst predictions',
    )
    launch.add_common_arguments(parser)
    args = parser.parse_args(argv)
    if args.dump and not args.dump.endswith(('.pkl', '.pickle')):
        parser.error(f'--dump {args.dump}: the name must end in .pkl')
    suffixes = ('.json', '.yaml', '.yml', '.pkl', '.pickle')
    if args.out and not args.out.endswith(suffixes):
        parser.error(f'--out {args.out}: the name must end in .json')
    return args


def merge_args(cfg: Config, args: Namespace) -> Config:
    """Merge the command line into the config."""
    launch.check_checkpoint(args.checkpoint)
    cfg.load_from = args.checkpoint
    cfg.resume = False
    if args.badcase:
        set_badcase(cfg, args)
    launch.set_visualization(cfg, args, show=args.show and not args.badcase)
    if args.dump:
        evaluator = cfg.test_evaluator
        if not isinstance(evaluator, (list, tuple)):
            evaluator = [evaluator]
        dump = dict(type='DumpResults', out_file_path=args.dump)
        cfg.test_evaluator = [*evaluator, dump]
    cfg.merge_from_dict(args.cfg_options)
    return cfg


def set_badcase(cfg: Config, args: Namespace) -> None:
    """Switch MMPose's BadCaseAnalysisHook on."""
    if 'badcase' not in cfg.get('default_hooks', {}):
        raise launch.OptionError(
            f'--badcase needs a hook that {args.config} lacks: '
            "default_hooks.badcase=dict(type='BadCaseAnalysisHook')"
        )
    hook = cfg.default_hooks.badcase
    hook.update(enable=True, show=args.show, interval=args.interval)
    if args.show:
        hook.wait_time = args.wait_time
    if hook.get('metric'):
        return
    if hook.get('metric_type', 'loss') == 'accuracy':
        evaluator = cfg.test_evaluator
        several = isinstance(evaluator, (list, tuple))
        hook.metric = evaluator[0] if several else evaluator
    else:  # an adaptor holds the estimator's config as its student
        hook.metric = cfg.model.get('student', cfg.model).head.loss


def run(cfg: Config, args: Namespace) -> None:
    runner = Runner.from_cfg(cfg)
    if args.out:
        runner.register_hook(SaveMetricHook(args.out), 'LOWEST')
    runner.test()
    if args.show_dir and is_main_process():
        folder = Path(runner.work_dir, runner.timestamp, args.show_dir)
        print(f'pictures: {folder}')


def main() -> None:
    args = parse_args()
    with launch.errors_without_traceback():
        cfg = merge_args(launch.load_config(args), args)
        with launch.process_group(args):
            run(cfg, args)


if __name__ == '__main__':
    main()
