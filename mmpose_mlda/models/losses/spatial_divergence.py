# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Heatmaps as distributions of a place."""

import torch
from torch import Tensor, nn

from mmpose_mlda.functional.disparity import spatial_divergence
from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class SpatialDivergenceLoss(nn.Module):
    r"""Kullback-Leibler divergence from target to predicted heatmaps.

    .. math:: L = \frac{1}{BK} \sum_{bk} w_{bk}\,
        \mathrm{KL}(p_{bk} \| \mathrm{softmax}(y_{bk}))

    RegDA trains with it instead of squared errors; it can be the ``loss`` of
    MMPose's ``HeatmapHead``. Maps are determined up to a constant only, so
    that their heights are no confidences.

    Args:
        epsilon: Added to every pixel of the targets before they are scaled to
            distributions. RegDA has 0 for labels and 1e-7 for the disparity.
        loss_weight: Factor of the loss.
    """

    def __init__(self, epsilon: float = 0.0, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.loss_weight = loss_weight

    def forward(
        self,
        output: Tensor,
        target: Tensor,
        target_weights: Tensor | None = None,
    ) -> Tensor:
        """Weighted loss, in fp32 at least.

        Args:
            output: (B, K, H, W), the head's scores.
            target: (B, K, H, W), heatmaps. Empty ones count as 0.
            target_weights: (B, K), or None for ones.

        Returns:
            Tensor: Scalar.
        """
        with torch.autocast(output.device.type, enabled=False):
            dtype = torch.promote_types(output.dtype, torch.float32)
            divergence = spatial_divergence(
                output.to(dtype), target.to(dtype), self.epsilon
            )
            if target_weights is not None:
                divergence = divergence * target_weights
            return self.loss_weight * divergence.mean()
