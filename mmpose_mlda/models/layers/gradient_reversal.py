# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Layers that change the gradient alone."""

import math

import torch
from torch import Tensor, nn

from mmpose_mlda.registry import MODELS


class _Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return features.view_as(features)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.factor * gradient, None


def grad_scale(features: Tensor, factor: float) -> Tensor:
    """Identity whose gradient is multiplied by ``factor``.

    Args:
        features: Any shape.
        factor: Of any sign.

    Returns:
        Tensor: The same values.
    """
    return _Scale.apply(features, factor)


def grad_reverse(features: Tensor, coefficient: float = 1.0) -> Tensor:
    """Identity whose gradient is multiplied by ``-coefficient``.

    Args:
        features: Any shape.
        coefficient: Non-negative.

    Returns:
        Tensor: The same values.
    """
    return grad_scale(features, -coefficient)


@MODELS.register_module()
class GradientScaling(nn.Module):
    r"""Gradient times a constant or a rising coefficient.

    With ``rise`` set, at the t-th step of the adaptation

    .. math:: \lambda(t) = \lambda \left(
        \frac{2}{1 + \exp(-\gamma\, t / T)} - 1 \right)

    RegDA has :math:`\lambda = 0.1,\, \gamma = 1,\, T = 1000`.

    Args:
        coefficient: :math:`\lambda`.
        rise: dict(gamma=..., iters=T), or None for a constant coefficient.
    """

    sign = 1

    def __init__(
        self, coefficient: float = 1.0, rise: dict | None = None
    ) -> None:
        super().__init__()
        if coefficient < 0:
            raise ValueError(
                f'coefficient is {coefficient}, but must not be negative: '
                'the sign is that of the layer'
            )
        if rise is not None and (
            rise.keys() != {'gamma', 'iters'} or rise['iters'] <= 0
        ):
            raise ValueError(
                f'rise is {rise}, but must be dict(gamma=..., iters=T) with T '
                'above 0 steps, or None'
            )
        self.coefficient = coefficient
        self.rise = rise

    def coefficient_at(self, step: int) -> float:
        """Coefficient at a step, counted from the start of adaptation."""
        if self.rise is None:
            return self.coefficient
        decay = math.exp(-self.rise['gamma'] * step / self.rise['iters'])
        return self.coefficient * (2 / (1 + decay) - 1)

    def forward(self, features: Tensor, step: int = 0) -> Tensor:
        """Return ``features``, with the changed gradient."""
        return grad_scale(features, self.sign * self.coefficient_at(step))


@MODELS.register_module()
class GradientReversal(GradientScaling):
    r"""Gradient reversal (Ganin and Lempitsky 2015).

    The coefficient of the MLDA code is 1, constant. Ganin and Lempitsky let
    it rise with :math:`\gamma = 10` and T the steps of the whole training.
    Arguments are those of :class:`GradientScaling`.
    """

    sign = -1
