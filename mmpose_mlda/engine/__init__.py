# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .hooks import (
    AtomicCheckpointHook,
    BranchPanelHook,
    MeanTeacherHook,
    StageSwitchHook,
)
from .loops import DomainTrainLoop, TeacherStudentValLoop
from .optim import DomainOptimWrapperConstructor, HeldMultiStepLR

__all__ = [
    'AtomicCheckpointHook',
    'BranchPanelHook',
    'DomainOptimWrapperConstructor',
    'DomainTrainLoop',
    'HeldMultiStepLR',
    'MeanTeacherHook',
    'StageSwitchHook',
    'TeacherStudentValLoop',
]
