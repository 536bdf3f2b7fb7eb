# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .atomic_checkpoint_hook import AtomicCheckpointHook, AtomicLocalBackend
from .branch_panel_hook import BranchPanelHook
from .compile_hook import CompileHook
from .finite_loss_hook import FiniteLossHook
from .gradient_norm_hook import GradientNormHook
from .invert_encoder_hook import InvertEncoderHook
from .lazy_runtime_info_hook import LazyRuntimeInfoHook
from .mean_teacher_hook import MeanTeacherHook
from .pseudo_label_refresh_hook import PseudoLabelRefreshHook
from .stage_switch_hook import StageSwitchHook
from .style_panel_hook import StylePanelHook
from .training_watchdog_hook import TrainingWatchdogHook

__all__ = [
    'AtomicCheckpointHook',
    'AtomicLocalBackend',
    'BranchPanelHook',
    'CompileHook',
    'FiniteLossHook',
    'GradientNormHook',
    'InvertEncoderHook',
    'LazyRuntimeInfoHook',
    'MeanTeacherHook',
    'PseudoLabelRefreshHook',
    'StageSwitchHook',
    'StylePanelHook',
    'TrainingWatchdogHook',
]
