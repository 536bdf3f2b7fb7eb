# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pose-level alignment: information maximisation."""

import math

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from mmpose_mlda.functional.heatmaps import projections
from mmpose_mlda.functional.information import (
    conditional_entropy,
    entropy,
    marginal_entropy,
)
from mmpose_mlda.registry import MODELS


def _sum_over_processes(value: Tensor) -> Tensor:
    """Sum over all processes, with gradient."""
    return all_reduce(value) if get_world_size() > 1 else value


@MODELS.register_module()
class InformationMaximizationLoss(nn.Module):
    r"""Certain single predictions, diverse predictions over a batch (Eq. 6-7).

    ``variant='paper'``: with p the softmax of :math:`\beta` times the
    projection of a heatmap on an axis of N bins, over the kept joints of the
    target images

    .. math:: L_{im} = \sum_{a \in \{h, w\}} \frac{1}{\log N_a} \Big[
        \mathop{\mathrm{mean}}_{bk} H(p^a_{bk})
        - \mathop{\mathrm{mean}}_{k} H(\mathop{\mathrm{mean}}_{b} p^a_{bk})
        \Big]

    which is minus the mutual information of image and position, in [-2, 0].
    Each joint counts in the second mean by its number of kept samples.

    ``variant='official'``: the published code, without :math:`\beta` and
    mask, with the entropy of the batch's mean *map* and every entropy
    divided by H W. Its softmaxes are nearly uniform and its gradient is some
    10^4 times smaller than that of the consistency.

    Args:
        variant: ``'paper'`` or ``'official'``.
        beta: Inverse temperature of the softmax. Not in the paper; 10 with
            mean projections gives a gradient near that of the consistency.
        projection: ``'mean'`` or ``'max'`` over the other axis.
        loss_weight: :math:`\lambda_c`, 0.3 in the paper.
    """

    def __init__(
        self,
        variant: str = 'paper',
        beta: float = 10.0,
        projection: str = 'mean',
        loss_weight: float = 0.3,
    ) -> None:
        super().__init__()
        if variant not in ('paper', 'official'):
            raise ValueError(
                f"variant is {variant!r}, but must be 'paper' or 'official'"
            )
        if projection not in ('mean', 'max'):
            raise ValueError(
                f"projection is {projection!r}, but must be 'mean' or 'max'"
            )
        self.variant = variant
        self.masked = variant == 'paper'  # else it looks at all joints
        self.beta = beta
        self.projection = projection
        self.loss_weight = loss_weight

    def forward(self, heatmaps: Tensor, keep: Tensor) -> Tensor:
        """Weighted loss, in fp32 at least.

        Args:
            heatmaps: (B, K, H, W), the student's heatmaps of target images.
            keep: (B, K), the joints to use; without any the loss is 0.
                The official variant uses all.

        Returns:
            Tensor: Scalar.
        """
        with torch.autocast(heatmaps.device.type, enabled=False):
            dtype = torch.promote_types(heatmaps.dtype, torch.float32)
            heatmaps = heatmaps.to(dtype)
            if not self.masked:
                return self.loss_weight * self._official(heatmaps)
            axes = projections(heatmaps, self.projection)
            return self.of_projections(axes, keep)

    def of_projections(
        self, axes: tuple[Tensor, Tensor], keep: Tensor
    ) -> Tensor:
        """The paper's variant, of projections that are given.

        Args:
            axes: (B, K, W) and (B, K, H).
            keep: See :meth:`forward`.

        Returns:
            Tensor: Scalar.
        """
        with torch.autocast(keep.device.type, enabled=False):
            dtype = torch.promote_types(axes[0].dtype, torch.float32)
            weights = keep.to(dtype)
            return self.loss_weight * sum(
                self._minus_information(axis.to(dtype), weights)
                for axis in axes
            )

    def _minus_information(
        self, projection: Tensor, weights: Tensor
    ) -> Tensor:
        probabilities = torch.softmax(self.beta * projection, dim=-1)
        mass = (weights.unsqueeze(-1) * probabilities).sum(dim=0)
        mass = _sum_over_processes(mass)
        counts = _sum_over_processes(weights.sum(dim=0))
        # the mean over processes of the first term is that over all samples
        total = counts.sum() / get_world_size()
        information = marginal_entropy(mass, counts) - conditional_entropy(
            probabilities, weights, total
        )
        return -information / math.log(max(projection.shape[-1], 2))

    @staticmethod
    def _official(heatmaps: Tensor) -> Tensor:
        conditional = sum(
            entropy(torch.softmax(axis, dim=-1)).mean()
            for axis in projections(heatmaps)
        )
        mean = _sum_over_processes(heatmaps.mean(dim=0)) / get_world_size()
        marginal = entropy(torch.softmax(mean.flatten(1), dim=-1)).mean()
        return (conditional - marginal) / heatmaps[0, 0].numel()
