# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The schedule of RegDA's adaptation."""

from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.param_scheduler import _ParamScheduler

from mmpose_mlda.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class InverseDecayLR(LRSchedulerMixin, _ParamScheduler):
    r"""Learning rates that fall like a power of the inverse step.

    .. math:: \eta(t) = \eta_0\, (1 + \gamma t)^{-p}

    at the t-th step since ``begin``. The rate begins at the optimiser's own,
    whatever earlier schedules have made of it.

    Args:
        optimizer: The optimiser or its wrapper.
        gamma (float): :math:`\gamma`, 1e-4 in RegDA.
        power (float): p, 0.75 in RegDA.
        **kwargs: ``begin``, ``end``, ``last_step``, ``by_epoch``,
            ``verbose``, see MMEngine's schedulers.
    """

    def __init__(
        self,
        optimizer,
        *args,
        gamma: float = 1e-4,
        power: float = 0.75,
        **kwargs,
    ) -> None:
        self.gamma = gamma
        self.power = power
        super().__init__(optimizer, *args, **kwargs)

    def _get_value(self) -> list[float]:
        factor = (1 + self.gamma * self.last_step) ** -self.power
        return [value * factor for value in self.base_values]
