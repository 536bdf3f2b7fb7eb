# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .gradient_reversal import GradientReversal, grad_reverse
from .keypoint_occlusion import KeypointOcclusion

__all__ = ['GradientReversal', 'KeypointOcclusion', 'grad_reverse']
