# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Train, with MMPose's flags: python tools/train.py CONFIG."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.runner import Runner, find_latest_checkpoint

from mmpose_mlda.apis import failures, launch


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Train a pose model')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint; without a path from the last one '
        'in the work folder, if there is one',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='automatic mixed precision in float16 (needs a GPU)',
    )
    parser.add_argument(
        '--bf16',
        action='store_true',
        help='mixed precision in bfloat16, which needs no loss scaling',
    )
    parser.add_argument(
        '--no-validate', action='store_true', help='train without validation'
    )
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by batch size / '
        'auto_scale_lr.base_batch_size',
    )
    parser.add_argument(
        '--seed', type=int, help='seed of all randomness (default: drawn)'
    )
    launch.add_common_arguments(parser)
    return parser.parse_args(argv)


def merge_args(cfg: Config, args: Namespace) -> Config:
    """Merge the command line into the config."""
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp or args.bf16:
        set_amp(cfg, args)
    if args.auto_scale_lr:
        cfg.merge_from_dict({'auto_scale_lr.enable': True})
    if args.seed is not None:
        cfg.merge_from_dict({'randomness.seed': args.seed})
    launch.set_visualization(cfg, args)
    cfg.merge_from_dict(args.cfg_options)
    set_resume(cfg, args.resume)
    return cfg


def set_amp(cfg: Config, args: Namespace) -> None:
    flag, wanted = (
        ('--bf16', 'mmpose_mlda.BFloat16OptimWrapper')
        if args.bf16
        else ('--amp', 'AmpOptimWrapper')
    )
    if args.amp and args.bf16:
        raise launch.OptionError('--amp and --bf16: choose one')
    if args.amp and get_device() == 'cpu':
        raise launch.OptionError(
            '--amp needs a GPU, and none is visible: leave it out, or try '
            '--bf16'
        )
    wrapper = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if wrapper not in ('OptimWrapper', wanted):
        raise launch.OptionError(
            f'{flag} cannot be combined with optim_wrapper.type={wrapper}'
        )
    cfg.optim_wrapper.type = wanted
    if args.bf16:
        return
    cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')


def set_resume(cfg: Config, resume: str | None) -> None:
    """Resume from a path, or ('auto') from the last checkpoint if any."""
    if resume == 'auto':
        resume = find_latest_checkpoint(cfg.work_dir)
    if resume is None:
        return
    launch.check_checkpoint(resume)
    cfg.resume = True
    cfg.load_from = resume


def main() -> None:
    args = parse_args()
    with launch.errors_without_traceback():
        cfg = merge_args(launch.load_config(args), args)
        with launch.process_group(args), failures.explained(cfg):
            Runner.from_cfg(cfg).train()


if __name__ == '__main__':
    main()
