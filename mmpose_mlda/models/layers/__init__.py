# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .agreement_probe import AgreementProbe
from .dual_mixup import DualMixup
from .gradient_reversal import (
    GradientReversal,
    GradientScaling,
    grad_reverse,
    grad_scale,
)
from .keypoint_occlusion import KeypointOcclusion
from .stack import Stack

__all__ = [
    'AgreementProbe',
    'DualMixup',
    'GradientReversal',
    'GradientScaling',
    'KeypointOcclusion',
    'Stack',
    'grad_reverse',
    'grad_scale',
]
