# Copyright (c) mmpose_mlda contributors. All rights reserved.
from unittest import mock

import pytest
import torch
from engine_kit import STEPS, train
from mmengine.logging import MessageHub

OPTIONS = {
    'train_cfg.val_interval': 5,
    'default_hooks.logger.interval': 3,
    'default_hooks.checkpoint.interval': 4,
    'custom_hooks': [
        dict(type='mmpose_mlda.StageSwitchHook'),
        dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.9),
    ],
}


def run(config, kind):
    """History of all values, of the last and of a middle checkpoint."""
    options = OPTIONS | {'default_hooks.runtime_info.type': kind}
    update, calls = MessageHub.update_scalar, []

    def note(hub, name, value, *args, **kwargs):
        iteration = hub.get_info('iter')
        calls.append((iteration, name, isinstance(value, torch.Tensor)))
        return update(hub, name, value, *args, **kwargs)

    with mock.patch.object(MessageHub, 'update_scalar', note):
        runner = train(config(options, folder=kind))
    hubs = [runner.message_hub.state_dict()]
    for step in (4, 8):
        path = f'{runner.work_dir}/iter_{step}.pth'
        hubs.append(torch.load(path, weights_only=False)['message_hub'])
    return [histories(hub['log_scalars']) for hub in hubs], calls


def histories(scalars):
    return {
        name: [float(v) for v in buffer.data[0]]
        for name, buffer in scalars.items()
        if 'time' not in name
    }


@pytest.mark.parametrize('kind', ['mmpose_mlda.LazyRuntimeInfoHook'])
def test_same_values_read_less_often(config, kind):
    wanted, eager = run(config, 'RuntimeInfoHook')
    found, lazy = run(config, kind)
    for one, other in zip(found, wanted, strict=True):
        assert one == other
    assert len(found[0]['train/loss_supervised']) == STEPS
    assert len(found[1]['train/loss_supervised']) == 4
    losses = [c for c in eager if c[1] == 'train/loss']
    assert losses == [(i, 'train/loss', True) for i in range(STEPS)]
    # at the logs of steps 3 and 6, the checkpoints of 4 and 8
    losses = [c for c in lazy if c[1] == 'train/loss']
    assert losses == [
        (i, 'train/loss', False) for i in (2, 2, 2, 3, 5, 5, 7, 7)
    ]
