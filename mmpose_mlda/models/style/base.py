# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Image-level alignment: what every style transfer shares."""

import random
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


class BaseStyleTransfer(nn.Module, metaclass=ABCMeta):
    r"""Give a batch of images the style of another batch.

    Images come and go normalised, as the network takes them. A subclass
    implements :meth:`transfer`.

    Args:
        prob: Probability that a batch is stylised. 0.5 in the MLDA code.
        alpha: Range of the strength :math:`\alpha`, drawn once a batch.
            (0, 1) in the MLDA code.
        input_space: ``'unit'``: :meth:`transfer` works on RGB in [0, 1].
            ``'normalised'``: on the normalised images as they are, which is
            what the decoders of UDAPE were trained for.
        mean: Mean of the normalisation, per channel, in grey levels 0-255.
            An adaptor gives that of its data preprocessor.
        std: Standard deviation of the normalisation.
    """

    def __init__(
        self,
        prob: float = 0.5,
        alpha: Sequence[float] = (0.0, 1.0),
        input_space: str = 'unit',
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        if not 0 <= prob <= 1:
            raise ValueError(f'prob is {prob}, but must lie in [0, 1]')
        if not 0 <= alpha[0] <= alpha[1] <= 1:
            raise ValueError(
                f'alpha is {alpha}, but must be (low, high) within [0, 1]'
            )
        if input_space not in ('unit', 'normalised'):
            raise ValueError(
                f'input_space is {input_space!r}, but must be '
                "'unit' or 'normalised'"
            )
        self.prob = prob
        self.alpha = tuple(alpha)
        self.input_space = input_space
        for name, values in (('mean', mean), ('std', std)):
            values = torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)
            self.register_buffer(name, values / 255, persistent=False)

    def draw(self, rng: random.Random) -> float | None:
        """Strength for one batch, or None to leave the batch alone."""
        if rng.random() >= self.prob:
            return None
        return rng.uniform(*self.alpha)

    @property
    def fingerprint(self) -> str:
        """Hash of the weights; empty where there are none."""
        return ''

    @abstractmethod
    def transfer(self, content: Tensor, style: Tensor, alpha: float) -> Tensor:
        """Stylise images (B, 3, H, W) in the space of ``input_space``."""

    @torch.no_grad()
    def forward(
        self, content: Tensor, style: Tensor, alpha: float = 1.0
    ) -> Tensor:
        """Stylise normalised images.

        Args:
            content: (B, 3, H, W).
            style: (B, 3, H', W'), image i gives the style of content i.
            alpha: Strength in [0, 1].

        Returns:
            Tensor: (B, 3, H, W), normalised, clamped to valid colours.
        """
        with torch.inference_mode():
            if self.input_space == 'unit':
                unit = self.transfer(
                    self._to_unit(content), self._to_unit(style), alpha
                )
            else:
                unit = self._to_unit(self.transfer(content, style, alpha))
            unit = unit.clamp(0, 1)
        # outside, since a tensor of that mode may not be an input in training
        return (unit - self.mean) / self.std

    def _to_unit(self, images: Tensor) -> Tensor:
        return images * self.std + self.mean
