# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .hooks import (
    AtomicCheckpointHook,
    BranchPanelHook,
    FiniteLossHook,
    GradientNormHook,
    InvertEncoderHook,
    MeanTeacherHook,
    PseudoLabelRefreshHook,
    StageSwitchHook,
    StylePanelHook,
    TrainingWatchdogHook,
)
from .loops import DomainTrainLoop, TeacherStudentValLoop
from .optim import (
    DomainOptimWrapperConstructor,
    HeldMultiStepLR,
    InverseDecayLR,
)
from .own_step_wrapper import OwnStepDistributedDataParallel

__all__ = [
    'AtomicCheckpointHook',
    'BranchPanelHook',
    'DomainOptimWrapperConstructor',
    'DomainTrainLoop',
    'FiniteLossHook',
    'GradientNormHook',
    'HeldMultiStepLR',
    'InverseDecayLR',
    'InvertEncoderHook',
    'MeanTeacherHook',
    'OwnStepDistributedDataParallel',
    'PseudoLabelRefreshHook',
    'StageSwitchHook',
    'StylePanelHook',
    'TeacherStudentValLoop',
    'TrainingWatchdogHook',
]
