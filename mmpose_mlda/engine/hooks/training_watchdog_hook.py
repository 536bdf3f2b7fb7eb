# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Warnings when an adaptation goes on but can learn nothing."""

from collections.abc import Iterator

import numpy as np
from mmengine.hooks import Hook

from mmpose_mlda.registry import HOOKS

_ADVICE = dict(
    kept='no pseudo-label passed the mask ({kept:.1%} kept), so the target '
    'teaches nothing. Lower consistency.threshold, or take '
    "threshold='quantile'; with a longer source training "
    '(train_cfg.pretrain_iters) the teacher is more confident',
    spread="the teacher's peaks all lie at one point (pseudo_spread "
    '{spread:.2f} per cent of the input), so it has collapsed. Go back to a '
    'checkpoint from before, take a longer source training or lower the '
    'weights of consistency and im_loss; is the alpha of MeanTeacherHook '
    'what it should be?',
    wins='the domain head tells all pixels apart (acc_domain {both:.1f}), so '
    'the features do not get closer. Raise domain_head.loss_weight or the '
    'coefficient of its reversal, or make the head smaller (channels)',
    fooled='the domain head is wrong about all pixels (acc_domain '
    '{both:.1f}): the features only flee from it. Lower the coefficient of '
    'its reversal, or raise its learning rate '
    '(optim_wrapper.paramwise_cfg.domain_head)',
    one_sided='the domain head calls everything one domain '
    '(acc_domain_source {source:.1f}, acc_domain_target {target:.1f}), so it '
    'teaches nothing. Lower the coefficient of its reversal, or raise its '
    'learning rate (optim_wrapper.paramwise_cfg.domain_head)',
)


@HOOKS.register_module()
class TrainingWatchdogHook(Hook):
    """Warns, once each, of what has gone wrong without an error.

    Looks at the values that the models log (docs/monitoring.md), each over
    the last ``window`` steps, all of which must show it:

    - ``pseudo_kept`` is 0: no pseudo-label passes the mask,
    - ``pseudo_spread`` is at most ``spread``: the teacher has collapsed,
    - ``acc_domain`` is at least ``accuracy``, at most 100 - ``accuracy``, or
      one domain is above and the other below: the domain head has won, is
      always wrong, or has not learnt.

    What a method does not log is not looked at. Nothing is changed.

    Args:
        interval: Steps between looks.
        window: Steps that must agree.
        spread: In per cent of the longer side of the input.
        accuracy: In per cent of the pixels.
    """

    priority = 'LOW'  # after the values are noted

    def __init__(
        self,
        interval: int = 50,
        window: int = 200,
        spread: float = 0.5,
        accuracy: float = 99.5,
    ) -> None:
        for name, value in (('interval', interval), ('window', window)):
            if value < 1:
                raise ValueError(
                    f'TrainingWatchdogHook: {name} is {value}, but must be 1 '
                    'step or more'
                )
        if not 50 < accuracy <= 100:
            raise ValueError(
                f'TrainingWatchdogHook: accuracy is {accuracy}, but must be '
                'per cent above 50'
            )
        self.interval = interval
        self.window = window
        self.spread = spread
        self.accuracy = accuracy
        self._warned: set[str] = set()

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Look, if it is time."""
        step = runner.iter + 1
        if step % self.interval or runner.rank != 0:
            return
        seen = {
            name: self._last(runner, key)
            for name, key in (
                ('kept', 'pseudo_kept'),
                ('spread', 'pseudo_spread'),
                ('both', 'acc_domain'),
                ('source', 'acc_domain_source'),
                ('target', 'acc_domain_target'),
            )
        }
        means = {name: values.mean() for name, values in seen.items()}
        for condition in self._conditions(seen):
            if condition not in self._warned:
                self._warned.add(condition)
                runner.logger.warning(
                    f'Watchdog: in the last {self.window} steps until '
                    f'{step} {_ADVICE[condition].format(**means)}.'
                )

    def _last(self, runner, key: str) -> np.ndarray:
        """The values of the window; NaN if there are not as many."""
        scalars = runner.message_hub.log_scalars
        if f'train/{key}' in scalars:
            history, _ = scalars[f'train/{key}'].data
            if len(history) >= self.window:
                return history[-self.window :]
        return np.array([np.nan])

    def _conditions(self, seen: dict[str, np.ndarray]) -> Iterator[str]:
        high, low = self.accuracy, 100 - self.accuracy
        source, target = seen['source'], seen['target']
        # a comparison with NaN is false
        if (seen['kept'] == 0).all():
            yield 'kept'
        if (seen['spread'] <= self.spread).all():
            yield 'spread'
        if (seen['both'] >= high).all():
            yield 'wins'
        if (seen['both'] <= low).all():
            yield 'fooled'
        for one, other in ((source, target), (target, source)):
            if (one >= high).all() and (other <= low).all():
                yield 'one_sided'
