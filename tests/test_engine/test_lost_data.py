# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Images that vanish in the middle of a run, and come back."""

import shutil
from pathlib import Path

import pytest
from engine_kit import Call, build, differing, state, train

from mmpose_mlda.apis.failures import explained
from mmpose_mlda.errors import RunStopped


@pytest.mark.parametrize(
    ('folder', 'role', 'kind', 'workers'),
    [
        ('images', 'source', 'LSPExtendedDataset', 0),
        ('target', 'target', 'UnlabeledPoseDataset', 2),
    ],
)
def test_goes_on_when_it_is_back(
    config, uninterrupted, data, tmp_path, folder, role, kind, workers
):
    root = shutil.copytree(data, tmp_path / 'mount')
    options = {
        'resume': True,
        'default_hooks.checkpoint.interval': 2,
        'train_dataloader.num_workers': workers,
    }

    def make():
        cfg = config(options)
        for domain in ('source', 'target'):
            cfg.train_dataloader.dataset[domain].data_root = str(root)
        return cfg

    def unmount(runner, batch_idx, data_batch, outputs):
        if runner.iter == 2:
            (root / folder).rename(root / 'away')

    cfg = make()
    runner = build(cfg)
    runner.register_hook(Call(after_train_iter=unmount))
    with pytest.raises(RunStopped) as caught, explained(cfg):
        runner.train()
    text = str(caught.value)
    assert str(root / folder) in text
    assert f'It belongs to the {role}, {kind} in {root}' in text
    assert 'mounted?' in text
    last = Path((Path(cfg.work_dir) / 'last_checkpoint').read_text())
    assert f'checkpoint is {last}: the same command with --resume' in text
    assert 'Traceback' not in text

    (root / 'away').rename(root / folder)
    resumed = train(make())
    assert differing(state(resumed), uninterrupted.result) == []
