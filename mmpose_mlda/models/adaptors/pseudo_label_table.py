# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pseudo-labels that outlast a step."""

import torch
from torch import Tensor, nn

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.heatmaps import share_threshold


class PseudoLabelTable(nn.Module):
    """What is believed of every target image, one row an image.

    Its tensors follow the model to the device, but are not part of the state
    dict: their size is that of the data. :class:`PseudoLabelRefreshHook`
    fills the table and keeps it in checkpoints.

    Legend: N target images, B batch, K keypoints.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quantile = 0.0
        for name in ('points', 'confidence', 'keep'):
            self.register_buffer(name, None, persistent=False)

    @property
    def rows(self) -> int:
        """Number of target images; 0 before the table is filled."""
        return 0 if self.points is None else len(self.points)

    def fill(
        self, points: Tensor, confidence: Tensor, quantile: float
    ) -> None:
        """Replace the whole table.

        Args:
            points: (N, K, 2), in pixels of the images.
            confidence: (N, K).
            quantile: Share of all labels that is dropped, the less confident
                ones.
        """
        everywhere = torch.ones_like(confidence, dtype=torch.bool)
        threshold = share_threshold(confidence, everywhere, quantile)
        self.points, self.confidence = points, confidence
        self.keep = confidence > threshold
        self.quantile = quantile

    def contents(self) -> dict:
        """What :meth:`fill` takes to make the same table."""
        return dict(
            points=self.points,
            confidence=self.confidence,
            quantile=self.quantile,
        )

    def lookup(
        self, index: Tensor, warp_mat: Tensor, flip: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Labels of a batch, in the pixels and the joint order of its view.

        Args:
            index: (B,), int64, row of each sample.
            warp_mat: (B, 3, 3), image pixels -> pixels of the view.
            flip: (B, K), int64; see
                :func:`mmpose_mlda.functional.geometry.swap_sides`.

        Returns:
            tuple: Points (B, K, 2), confidences (B, K) and the mask (B, K),
            bool.
        """
        if self.points is None:
            raise RuntimeError(
                'There are no pseudo-labels yet; train with custom_hooks='
                "[dict(type='mmpose_mlda.PseudoLabelRefreshHook', ...)]"
            )
        points = geometry.transform_points(warp_mat, self.points[index])
        mirrored = geometry.is_mirrored(warp_mat)
        values = points, self.confidence[index], self.keep[index]
        return tuple(geometry.swap_sides(v, mirrored, flip) for v in values)
