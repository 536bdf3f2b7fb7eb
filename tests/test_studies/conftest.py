# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
from pathlib import Path

import numpy as np
import pytest

BASE = """
model = dict(type='M', student=dict(depth=1), style_transfer=dict(prob=0.5))
train_dataloader = dict(batch_size=4)
train_cfg = dict(max_iters=10, pretrain_iters=0.6)
param_scheduler = [dict(type='CosineAnnealingLR', T_max=10)]
"""
STUDY = """
_config = '{config}'
seeds = [0, 1]
options = {{'train_cfg.max_iters': 20}}
first_stages = dict(
    plain=dict(config=_config, options={{'model.style_transfer': None}}))
rows = dict(
    source_only=dict(
        title='source-only', config=_config,
        options={{'model.style_transfer': None, 'model.x': 1}},
        first_stage='plain', evaluate=['student']),
    teacher=dict(config=_config, first_stage='plain'),
    oracle=dict(config=_config))
"""


@pytest.fixture
def study_file(tmp_path) -> Path:
    """A study of three rows, two of which share a first stage."""
    config = tmp_path / 'base.py'
    config.write_text(BASE)
    path = tmp_path / 'tiny.py'
    path.write_text(STUDY.format(config=config.as_posix()))
    return path


@pytest.fixture
def write_result(tmp_path):
    """Writes results of made-up errors; returns their folder."""
    folder = tmp_path / 'runs' / 'tiny'
    folder.mkdir(parents=True)

    def write(row, seed, errors, network='teacher', **changes) -> Path:
        errors = np.asarray(errors)
        scored = errors >= 0
        correct = scored & (errors < 50)
        with np.errstate(invalid='ignore'):
            joints = 100 * correct.sum(0) / scored.sum(0)
        networks = {
            network: dict(
                metrics={'PCK@0.05': float(np.nanmean(joints))},
                errors=[' '.join(map(str, e)) for e in errors],
            )
        }
        names = [f'j{k}' for k in range(errors.shape[1])]
        result = dict(
            row=row,
            title=row.replace('_', ' '),
            seed=seed,
            fingerprint='',
            options={},
            joints=names,
            groups={'All': names, 'First': names[:1]},
            networks=networks,
        )
        path = folder / f'{row}-seed{seed}.json'
        path.write_text(json.dumps(result | changes))
        return folder

    return write
