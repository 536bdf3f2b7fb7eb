# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style transfer without a network."""

from torch import Tensor

from mmpose_mlda.functional.style import adaptive_instance_norm
from mmpose_mlda.registry import MODELS

from .base import BaseStyleTransfer


@MODELS.register_module()
class StatisticsStyle(BaseStyleTransfer):
    """Adaptive instance normalisation of the pixels themselves (Eq. 1).

    Every image takes over mean and standard deviation of each colour
    channel. It needs no weights and costs next to nothing; it changes light
    and palette, not texture. Arguments are those of
    :class:`BaseStyleTransfer`.
    """

    def transfer(self, content: Tensor, style: Tensor, alpha: float) -> Tensor:
        """See the base class."""
        return adaptive_instance_norm(content, style, alpha)
