# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Online easy keypoint mining."""

import torch
from torch import Tensor, nn

from mmpose_mlda.functional.curriculum import easiest_mean
from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class KeypointOEKMMSELoss(nn.Module):
    """Squared distance to those pseudo-labels that are learnt most easily.

    The opposite of MMPose's ``KeypointOHKMMSELoss``: a pseudo-label far from
    what the network says is likely to be wrong. See :func:`easiest_mean`.

    Args:
        loss_weight: Factor of the loss, 0.5 in UDA-Animal as for labels.
    """

    def __init__(self, loss_weight: float = 0.5) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, weights: Tensor, count: int
    ) -> Tensor:
        """Weighted loss, in fp32 at least.

        Args:
            output: (B, K, H, W), heatmaps.
            target: (B, K, H, W), heatmaps.
            weights: (B, K); a joint of weight 0 is never among the easiest.
            count: Joints of an image to learn from, at most K.

        Returns:
            Tensor: Scalar.
        """
        dtype = torch.promote_types(output.dtype, torch.float32)
        distance = (output.to(dtype) - target.to(dtype)) ** 2
        losses = weights * distance.flatten(2).mean(dim=-1)
        return self.loss_weight * easiest_mean(losses, weights > 0, count)
