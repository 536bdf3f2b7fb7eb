# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style transfer by Fourier amplitudes (Yang and Soatto 2020)."""

from torch import Tensor

from mmpose_mlda.functional.style import mix_amplitudes
from mmpose_mlda.registry import MODELS

from .base import BaseStyleTransfer


@MODELS.register_module()
class FourierStyle(BaseStyleTransfer):
    """Exchange the low-frequency amplitudes of each colour channel (FDA).

    Palette, light and its coarse distribution become the style's; edges
    live in the phase, which is kept. It needs no weights.

    Args:
        beta: Half-width of the window of frequencies, relative to the
            shorter side of the image. 0.01, 0.05 and 0.09 in the paper.
        kwargs: See :class:`BaseStyleTransfer`.
    """

    def __init__(self, beta: float = 0.01, **kwargs) -> None:
        super().__init__(**kwargs)
        if not 0 <= beta < 0.5:
            raise ValueError(f'beta is {beta}, but must lie in [0, 0.5)')
        self.beta = beta

    def transfer(self, content: Tensor, style: Tensor, alpha: float) -> Tensor:
        """See the base class."""
        return mix_amplitudes(content, style, self.beta, alpha)
