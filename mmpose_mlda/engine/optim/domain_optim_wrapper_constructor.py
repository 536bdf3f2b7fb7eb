# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One optimiser with some parts of the model as groups of their own."""

from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIMIZERS
from torch import nn

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import (
    OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS,
)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class DomainOptimWrapperConstructor:
    """A parameter group for each named part, after one for all others.

    MMEngine's ``paramwise_cfg`` would make a group of every parameter.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer``.
        paramwise_cfg: Settings of each part by its dotted name, e.g.
            ``{'domain_head': dict(hold_lr=True)}`` for
            :class:`HeldMultiStepLR`, or ``{'student.backbone':
            dict(lr=0.01)}``. A parameter belongs to the first part that it
            lies in. A part that this model was built without is passed over.
    """

    def __init__(
        self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None
    ) -> None:
        self.wrapper_cfg = dict(optim_wrapper_cfg)
        self.optimizer_cfg = dict(self.wrapper_cfg.pop('optimizer'))
        self.parts = paramwise_cfg or {}

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapped optimiser of a model."""
        model = unwrap(model)
        for part in self.parts:
            if not hasattr(model, part.split('.')[0]):
                raise ValueError(
                    f'paramwise_cfg has {part!r}, but {type(model).__name__} '
                    'has no such part; for other options of MMEngine use '
                    'DefaultOptimWrapperConstructor'
                )
        others = dict(params=[])
        groups = {
            f'{part}.': dict(params=[], **options)
            for part, options in self.parts.items()
        }
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                found = (p for p in groups if name.startswith(p))
                group = groups.get(next(found, None), others)
                group['params'].append(parameter)
        params = [others, *(g for g in groups.values() if g['params'])]
        optimizer = OPTIMIZERS.build(dict(self.optimizer_cfg, params=params))
        wrapper_cfg = dict(type='OptimWrapper') | self.wrapper_cfg
        return OPTIM_WRAPPERS.build(
            wrapper_cfg, default_args=dict(optimizer=optimizer)
        )
