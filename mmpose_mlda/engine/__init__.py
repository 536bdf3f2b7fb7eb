# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .hooks import (
    AtomicCheckpointHook,
    BranchPanelHook,
    CompileHook,
    FiniteLossHook,
    GradientNormHook,
    InvertEncoderHook,
    LazyRuntimeInfoHook,
    MeanTeacherHook,
    PseudoLabelRefreshHook,
    StageSwitchHook,
    StylePanelHook,
    TrainingWatchdogHook,
)
from .loops import DomainTrainLoop, TeacherStudentValLoop
from .optim import (
    BFloat16OptimWrapper,
    DomainOptimWrapperConstructor,
    HeldMultiStepLR,
    InverseDecayLR,
)
from .own_step_wrapper import OwnStepDistributedDataParallel

__all__ = [
    'AtomicCheckpointHook',
    'BFloat16OptimWrapper',
    'BranchPanelHook',
    'CompileHook',
    'DomainOptimWrapperConstructor',
    'DomainTrainLoop',
    'FiniteLossHook',
    'GradientNormHook',
    'HeldMultiStepLR',
    'InverseDecayLR',
    'InvertEncoderHook',
    'LazyRuntimeInfoHook',
    'MeanTeacherHook',
    'OwnStepDistributedDataParallel',
    'PseudoLabelRefreshHook',
    'StageSwitchHook',
    'StylePanelHook',
    'TeacherStudentValLoop',
    'TrainingWatchdogHook',
]
