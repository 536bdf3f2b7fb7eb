# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmpose_mlda.registry  # noqa: F401 (before any import of MMPose)

from .label_free import LabelFreeScore
from .pck import PCK
from .pseudo_label_quality import PseudoLabelQuality
from .style_quality import StyleQuality

__all__ = ['PCK', 'LabelFreeScore', 'PseudoLabelQuality', 'StyleQuality']
