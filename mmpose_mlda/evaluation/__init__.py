# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmpose_mlda.registry  # noqa: F401 (before any import of MMPose)

from .pck import PCK
from .pseudo_label_quality import PseudoLabelQuality
from .style_quality import StyleQuality

__all__ = ['PCK', 'PseudoLabelQuality', 'StyleQuality']
