# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_optim_wrapper_constructor import DomainOptimWrapperConstructor
from .held_multi_step_lr import HeldMultiStepLR

__all__ = ['DomainOptimWrapperConstructor', 'HeldMultiStepLR']
