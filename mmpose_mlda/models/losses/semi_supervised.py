# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Labelled and unlabelled images in one batch of MMPose."""

from torch import Tensor, nn

from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class SemiSupervisedLoss(nn.Module):
    r"""A loss of the labels, and one of the images that have none.

    .. math:: L = L_l(y, g, w) + L_u(y, M), \quad
        M_{bk} = [\max_j w_{bj} = 0]

    The ``loss`` of a head of MMPose, for batches out of labelled data sets
    and :class:`UnlabeledPoseDataset`. An image without labels is one whose
    joints all have weight 0, and so has no part in the first term, unless in
    the count of images that it is divided by.

    Args:
        labeled: Config of the head's usual loss, with
            ``use_target_weight=True``.
        unlabeled: Config of a loss of heatmaps and a mask, e.g. of an
            :class:`InformationMaximizationLoss`.
    """

    def __init__(self, labeled: dict, unlabeled: dict) -> None:
        super().__init__()
        self.labeled = MODELS.build(labeled)
        self.unlabeled = MODELS.build(unlabeled)

    def forward(
        self, output: Tensor, target: Tensor, target_weights: Tensor
    ) -> Tensor:
        """Weighted sum of both.

        Args:
            output: (B, K, H, W), heatmaps.
            target: (B, K, H, W), of the labels.
            target_weights: (B, K).

        Returns:
            Tensor: Scalar.
        """
        without = (target_weights == 0).all(dim=1, keepdim=True)
        keep = without.expand_as(target_weights)
        loss = self.labeled(output, target, target_weights)
        return loss + self.unlabeled(output, keep)
