# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One optimiser with the domain head as a group of its own."""

from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS, OPTIMIZERS
from torch import nn

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class DomainOptimWrapperConstructor:
    """Two parameter groups: everything that is trained, and the domain head.

    MMEngine's ``paramwise_cfg`` would make a group of every parameter.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer``.
        paramwise_cfg: dict(domain_head=...), settings of the head's group,
            e.g. ``dict(hold_lr=True)`` for :class:`HeldMultiStepLR`.
    """

    def __init__(
        self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None
    ) -> None:
        paramwise_cfg = paramwise_cfg or {}
        unknown = set(paramwise_cfg) - {'domain_head'}
        if unknown:
            raise ValueError(
                f'paramwise_cfg has {sorted(unknown)}, but this constructor '
                "knows 'domain_head' only; use DefaultOptimWrapperConstructor"
            )
        self.wrapper_cfg = dict(optim_wrapper_cfg)
        self.optimizer_cfg = dict(self.wrapper_cfg.pop('optimizer'))
        self.head_options = paramwise_cfg.get('domain_head', {})

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapped optimiser of a model."""
        head, others = [], []
        for name, parameter in unwrap(model).named_parameters():
            if parameter.requires_grad:
                is_head = name.startswith('domain_head.')
                (head if is_head else others).append(parameter)
        groups = [dict(params=others)]
        if head:
            groups.append(dict(params=head, **self.head_options))
        optimizer = OPTIMIZERS.build(dict(self.optimizer_cfg, params=groups))
        wrapper_cfg = dict(type='OptimWrapper') | self.wrapper_cfg
        return OPTIM_WRAPPERS.build(
            wrapper_cfg, default_args=dict(optimizer=optimizer)
        )
