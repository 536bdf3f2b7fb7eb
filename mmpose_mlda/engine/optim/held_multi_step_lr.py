# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A step schedule that leaves some parameters alone."""

from mmengine.optim import MultiStepLR

from mmpose_mlda.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class HeldMultiStepLR(MultiStepLR):
    """``MultiStepLR`` except for the parameter groups marked ``hold_lr``.

    In the MLDA code the learning rate of the discriminator stays constant;
    :class:`DomainOptimWrapperConstructor` marks its group. Arguments are
    those of :class:`mmengine.optim.MultiStepLR`.
    """

    def _get_value(self) -> list[float]:
        return [
            group[self.param_name] if group.get('hold_lr') else value
            for group, value in zip(
                self.optimizer.param_groups, super()._get_value(), strict=True
            )
        ]
