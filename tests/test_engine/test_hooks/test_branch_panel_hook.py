# Copyright (c) mmpose_mlda contributors. All rights reserved.
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from engine_kit import STEPS, build

TILE, GAP = 224, 6
SCALARS = {
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
}


def pictures(config, options=None, **hook):
    """{step of the file's name: picture} of a run."""
    cfg = config(SCALARS | (options or {}))
    cfg.custom_hooks.append(dict(type='mmpose_mlda.BranchPanelHook', **hook))
    runner = build(cfg)
    runner.train()
    paths = Path(runner.work_dir).rglob('vis_data/vis_image/*.png')
    return {
        int(re.fullmatch(r'branches_(\d+)', path.stem)[1]): cv2.imread(
            str(path)
        )
        for path in paths
    }


def columns(picture):
    count, rest = divmod(picture.shape[1] - GAP, TILE + GAP)
    assert rest == 0
    return count


def rows(picture):
    return picture.shape[0] // (TILE + GAP)


def test_steps_and_columns(config):
    """After 0 and 3 steps by the interval, first of the adaptation, last.

    Files count finished steps.
    """
    found = pictures(config, interval=3, samples=2)
    assert {step: columns(p) for step, p in found.items()} == {
        1: 2,
        4: 2,
        5: 5,
        7: 5,
        STEPS: 5,
    }
    assert {rows(p) for p in found.values()} == {2}
    # the source is a photograph, not a blank
    first = found[1][-TILE:, GAP : GAP + TILE]
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 1000


def test_more_samples_than_there_are(config):
    options = {'train_cfg.max_iters': 1, 'train_cfg.pretrain_iters': 0}
    found = pictures(config, options, samples=9)
    assert list(found) == [1]
    assert rows(found[1]) == 4


def test_nothing_is_kept_in_other_steps(config):
    """The tensors of a step live no longer than it."""
    cfg = config(SCALARS | {'train_cfg.max_iters': 5})
    cfg.custom_hooks.append(
        dict(type='mmpose_mlda.BranchPanelHook', interval=100)
    )
    runner = build(cfg)
    runner.train()
    assert runner.model._record is None


@pytest.mark.parametrize(
    'missing', [('consistency', 'im_loss'), ('consistency', 'domain_head')]
)
def test_fewer_parts(config, missing):
    options = {f'model.{name}': None for name in missing}
    options |= {'train_cfg.max_iters': 1, 'train_cfg.pretrain_iters': 0}
    assert columns(pictures(config, options)[1]) == 5


def test_without_alignment(config):
    """Source-only: no other branch is computed."""
    names = ('consistency', 'im_loss', 'domain_head')
    options = {f'model.{name}': None for name in names}
    options |= {'train_cfg.max_iters': 1, 'train_cfg.pretrain_iters': 0}
    assert columns(pictures(config, options)[1]) == 2


def test_images_that_are_not_normalised(config):
    cfg_options = {
        'model.data_preprocessor': dict(
            type='mmpose_mlda.DomainDataPreprocessor',
            bgr_to_rgb=True,
            _delete_=True,
        ),
        'model.style_transfer': None,
        'train_cfg.max_iters': 1,
        'train_cfg.pretrain_iters': 0,
    }
    found = pictures(config, cfg_options)
    first = found[1][-TILE:, GAP : GAP + TILE]
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 1000
