# Copyright (c) mmpose_mlda contributors. All rights reserved.
from types import SimpleNamespace
from unittest import mock

import pytest
from engine_kit import build
from mmengine.logging import MessageHub

from mmpose_mlda.engine.hooks import TrainingWatchdogHook

HEALTHY = dict(
    pseudo_kept=0.5,
    pseudo_spread=20.0,
    acc_domain=70.0,
    acc_domain_source=80.0,
    acc_domain_target=60.0,
)


def warnings(steps, interval=2, window=4):
    """Warnings of a run that logs these values, by step."""
    hub = MessageHub(f'watchdog_{id(steps)}')
    hook = TrainingWatchdogHook(interval=interval, window=window)
    found = {}
    for index, values in enumerate(steps):
        for name, value in values.items():
            hub.update_scalar(f'train/{name}', value)
        logger = mock.Mock()
        runner = SimpleNamespace(
            iter=index, rank=0, message_hub=hub, logger=logger
        )
        hook.after_train_iter(runner, index)
        lines = [call.args[0] for call in logger.warning.call_args_list]
        if lines:
            found[index + 1] = lines
    return found


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        (dict(pseudo_kept=0.0), 'no pseudo-label passed the mask (0.0% kept)'),
        (dict(pseudo_spread=0.1), "the teacher's peaks all lie at one point"),
        (dict(acc_domain=99.9), 'tells all pixels apart (acc_domain 99.9)'),
        (dict(acc_domain=0.2), 'is wrong about all pixels (acc_domain 0.2)'),
        (
            dict(acc_domain_source=100.0, acc_domain_target=0.0),
            'calls everything one domain (acc_domain_source 100.0, ',
        ),
        (
            dict(acc_domain_source=0.0, acc_domain_target=100.0),
            'acc_domain_source 0.0, acc_domain_target 100.0',
        ),
    ],
)
def test_warns_once_when_the_window_is_full(values, text):
    found = warnings([HEALTHY] * 3 + [HEALTHY | values] * 12)
    # steps 4 to 7 are the first four; the next look is after step 8
    assert list(found) == [8]
    ((line,),) = found.values()
    assert text in line
    assert 'in the last 4 steps until 8' in line


@pytest.mark.parametrize(
    'steps',
    [
        [HEALTHY] * 12,
        [{}] * 12,
        [dict(loss=0.1)] * 12,
        # one step in four is different
        [HEALTHY, *[HEALTHY | dict(pseudo_kept=0.0)] * 3] * 4,
        [HEALTHY, *[HEALTHY | dict(acc_domain=100.0)] * 3] * 4,
        # a confused head is what the method wants
        [dict(acc_domain=50.0, acc_domain_source=55.0, acc_domain_target=45)]
        * 12,
        # too few
        [dict(pseudo_kept=0.0)] * 3,
    ],
)
def test_does_not_warn(steps):
    assert warnings(steps) == {}


def test_in_a_run(config):
    """By the values that the model logs."""
    cfg = config(
        {
            'model.consistency.threshold': 5.0,  # above any confidence
            'default_hooks.watchdog.interval': 1,
            'default_hooks.watchdog.window': 2,
        }
    )
    runner = build(cfg)
    with mock.patch.object(runner.logger, 'warning') as warning:
        runner.train()
    lines = [call.args[0] for call in warning.call_args_list]
    lines = [line for line in lines if line.startswith('Watchdog')]
    # the adaptation begins after step 4
    assert sum('2 steps until 6 no pseudo-label' in line for line in lines)
    spread = runner.message_hub.get_scalar('train/pseudo_spread').data[0]
    assert len(spread) == 4
    assert (spread >= 0).all()


@pytest.mark.parametrize(
    'options', [dict(interval=0), dict(window=0), dict(accuracy=50)]
)
def test_bad_options(options):
    with pytest.raises(ValueError, match='but must be'):
        TrainingWatchdogHook(**options)
