# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_optim_wrapper_constructor import DomainOptimWrapperConstructor
from .held_multi_step_lr import HeldMultiStepLR
from .inverse_decay_lr import InverseDecayLR

__all__ = [
    'DomainOptimWrapperConstructor',
    'HeldMultiStepLR',
    'InverseDecayLR',
]
