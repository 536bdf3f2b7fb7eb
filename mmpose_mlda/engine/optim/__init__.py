# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .domain_optim_wrapper_constructor import DomainOptimWrapperConstructor
from .held_multi_step_lr import HeldMultiStepLR
from .inverse_decay_lr import InverseDecayLR

__all__ = [
    'BFloat16OptimWrapper',
    'DomainOptimWrapperConstructor',
    'HeldMultiStepLR',
    'InverseDecayLR',
]
