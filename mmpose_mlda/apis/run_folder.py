# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a run has left in its work folder."""

import re
from pathlib import Path

from mmengine.config import Config

from mmpose_mlda.engine.hooks.stage_switch_hook import SOURCE_STAGE
from mmpose_mlda.engine.loops import count_steps

from .launch import OptionError, check_checkpoint, read_config


def config_of(work_dir: Path) -> Config:
    """The config of the latest part of a run.

    Raises:
        FileNotFoundError: If there is none.
    """
    paths = sorted(Path(work_dir).glob('**/vis_data/config.py'))
    paths = paths or sorted(Path(work_dir).glob('*.py'))
    if not paths:
        raise FileNotFoundError(
            f'{work_dir} has no config of a run: give the work folder of a '
            'training, or CONFIG and CHECKPOINT'
        )
    cfg = Config.fromfile(paths[-1], import_custom_modules=False)
    # the runner leaves a copy under the config's own name
    named = list(Path(work_dir).glob('*.py'))
    if len(named) == 1:
        cfg = Config(cfg._cfg_dict, filename=str(named[0]))
    return cfg


def last_checkpoint(work_dir: Path) -> Path:
    """The checkpoint that a run wrote last.

    Raises:
        FileNotFoundError: If there is none yet.
    """
    note = Path(work_dir, 'last_checkpoint')
    if note.is_file():
        named = Path(note.read_text().strip())
        # the folder may have been moved since
        for path in (named, Path(work_dir, named.name)):
            if path.is_file():
                return path
    raise FileNotFoundError(
        f'{work_dir} has no checkpoint yet: wait for the first one, or give '
        'CONFIG and CHECKPOINT'
    )


def switch_step(cfg: Config) -> int | None:
    """Steps of source training before the adaptation, if the loop has any."""
    train_cfg = cfg.get('train_cfg') or {}
    if 'pretrain_iters' not in train_cfg:
        return None
    return count_steps(train_cfg['pretrain_iters'], train_cfg['max_iters'])


def source_checkpoint(cfg: Config, work_dir: Path | None) -> Path | None:
    """The model with which the adaptation began, if it is still there."""
    candidates = []
    if work_dir is not None:
        candidates.append(Path(work_dir, SOURCE_STAGE))
        if switch := switch_step(cfg):
            candidates.append(Path(work_dir, f'iter_{switch}.pth'))
    return next((path for path in candidates if path.is_file()), None)


def branch_pictures(work_dir: Path) -> dict[int, Path]:
    """Pictures of :class:`BranchPanelHook` by step; the latest of each."""
    paths = Path(work_dir).glob('**/vis_data/vis_image/branches_*.png')
    numbered = {
        int(found[1]): path
        for path in sorted(paths)
        if (found := re.search(r'_(\d+)\.png$', path.name))
    }
    return dict(sorted(numbered.items()))


def run_and_checkpoint(
    first: str, checkpoint: str | None
) -> tuple[Config, Path, Path | None]:
    """Config, checkpoint and work folder of ``WORK_DIR`` or ``CONFIG CKPT``.

    Raises:
        OptionError: If the arguments are neither.
        FileNotFoundError: If something is missing.
    """
    path = Path(first)
    if path.is_dir():
        cfg = config_of(path)
        cfg.work_dir = str(path)
        chosen = Path(checkpoint) if checkpoint else last_checkpoint(path)
        check_checkpoint(str(chosen))
        return cfg, chosen, path
    cfg = read_config(first)
    if checkpoint is None:
        raise OptionError(
            f'{first} is a config: give its checkpoint as the second '
            'argument, or the work folder of a run alone'
        )
    check_checkpoint(checkpoint)
    chosen = Path(checkpoint)
    folder = chosen.parent
    is_run = any(folder.glob('**/vis_data/scalars.json'))
    return cfg, chosen, folder if is_run else None
