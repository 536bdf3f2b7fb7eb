# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Gradient reversal (Ganin and Lempitsky 2015)."""

import math

import torch
from torch import Tensor, nn

from mmpose_mlda.registry import MODELS


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features: Tensor, coefficient: float) -> Tensor:
        ctx.coefficient = coefficient
        return features.view_as(features)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.coefficient * gradient, None


def grad_reverse(features: Tensor, coefficient: float = 1.0) -> Tensor:
    """Identity whose gradient is multiplied by ``-coefficient``.

    Args:
        features: Any shape.
        coefficient: Non-negative.

    Returns:
        Tensor: The same values.
    """
    return _Reverse.apply(features, coefficient)


@MODELS.register_module()
class GradientReversal(nn.Module):
    r"""Gradient reversal with a constant or a rising coefficient.

    With ``rise`` set, at the t-th step of the adaptation

    .. math:: \lambda(t) = \lambda \left(
        \frac{2}{1 + \exp(-\gamma\, t / T)} - 1 \right)

    the schedule of Ganin and Lempitsky, who use :math:`\gamma = 10`.

    Args:
        coefficient: :math:`\lambda`. The MLDA code has 1, constant.
        rise: dict(gamma=..., iters=T), or None for a constant coefficient.
    """

    def __init__(
        self, coefficient: float = 1.0, rise: dict | None = None
    ) -> None:
        super().__init__()
        if coefficient < 0:
            raise ValueError(
                f'coefficient is {coefficient}, but must not be negative: '
                'the sign is that of the reversal'
            )
        self.coefficient = coefficient
        self.rise = rise

    def coefficient_at(self, step: int) -> float:
        """Coefficient at a step, counted from the start of adaptation."""
        if self.rise is None:
            return self.coefficient
        progress = min(step / self.rise['iters'], 1.0)
        decay = math.exp(-self.rise['gamma'] * progress)
        return self.coefficient * (2 / (1 + decay) - 1)

    def forward(self, features: Tensor, step: int = 0) -> Tensor:
        """Return ``features``, with the reversed gradient."""
        return grad_reverse(features, self.coefficient_at(step))
