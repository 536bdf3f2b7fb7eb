# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a heatmap head's output means."""

import math

import torch
from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from torch import Tensor, nn

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.heatmaps import (
    gaussians,
    peaks,
    quarter_shift,
    round_half_up,
)
from mmpose_mlda.functional.kept import (
    can_be_counted,
    kept_rows,
    take_rows,
)
from mmpose_mlda.models.codecs import FlooredHeatmap


class HeatmapRepresentation(nn.Module):
    """Answers what an adaptor has to know about heatmaps.

    All points are in pixels of the network's input; the scale between input
    and heatmap is the codec's and stays in here.

    Legend: B batch, K keypoints, H / W heatmap height / width.

    Args:
        codec: The codec of the head, ``MSRAHeatmap``, ``FlooredHeatmap``, or
            ``UDPHeatmap`` with Gaussian heatmaps.
    """

    def __init__(self, codec: MSRAHeatmap | UDPHeatmap) -> None:
        super().__init__()
        is_udp = isinstance(codec, UDPHeatmap)
        if is_udp and codec.heatmap_type != 'gaussian':
            raise ValueError(
                f'heatmap_type is {codec.heatmap_type!r}, but pseudo-labels '
                "need UDPHeatmap with heatmap_type='gaussian'"
            )
        self.size = tuple(codec.heatmap_size)
        self.sigma = float(codec.sigma)
        self.quantise = not is_udp and not codec.unbiased
        self.windowed = is_udp or not codec.unbiased
        to_heatmap = geometry.heatmap_matrix(
            codec.input_size, self.size, corners_aligned=is_udp
        )
        self.floored = isinstance(codec, FlooredHeatmap)
        if self.floored:
            to_heatmap[:2, 2] -= 0.5  # a cell is at the middle of its pixels
        self.register_buffer('to_heatmap', to_heatmap, persistent=False)
        self.register_buffer(
            'to_input', geometry.inverse(to_heatmap), persistent=False
        )

    def labels(
        self, keypoints: Tensor, keypoint_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Targets of labelled keypoints, as the codec's ``encode`` has them.

        Args:
            keypoints: (B, K, 2).
            keypoint_weights: (B, K).

        Returns:
            tuple: Heatmaps (B, K, H, W), zero where a joint has no label,
            and weights (B, K), zero also where its Gaussian is outside; with
            ``FlooredHeatmap`` where it is not wholly inside.
        """
        points = geometry.transform_points(self.to_heatmap, keypoints)
        points = points.to(keypoints.dtype)
        centres = round_half_up(points)
        reach = 3 * self.sigma
        width, height = self.size
        x, y = (centres if self.windowed else points).unbind(-1)
        if self.floored:
            drawn = (x - reach >= 0) & (x + reach + 1 < width)
            drawn &= (y - reach >= 0) & (y + reach + 1 < height)
        else:
            drawn = (x - reach < width) & (x + reach + 1 >= 0)
            drawn &= (y - reach < height) & (y + reach + 1 >= 0)
        weights = keypoint_weights * drawn
        heatmaps = gaussians(
            centres if self.quantise else points,
            self.size,
            self.sigma,
            reach if self.windowed else math.inf,
            centres,
        )
        return heatmaps * (weights >= 0.5)[..., None, None], weights

    def peaks(
        self, outputs: Tensor, shift: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Arg-max points (B, K, 2) and their heights (B, K).

        Args:
            outputs: (B, K, H, W).
            shift: Whether to move the points by a quarter of a heatmap's
                pixel towards the higher neighbour.
        """
        points, confidence = peaks(outputs)
        if shift:
            points = quarter_shift(outputs, points)
        return geometry.transform_points(self.to_input, points), confidence

    def inside(self, points: Tensor) -> Tensor:
        """Whether points (B, K, 2) fall on a pixel of the heatmap, (B, K)."""
        points = geometry.transform_points(self.to_heatmap, points)
        return geometry.inside(points, self.size)

    def render(self, points: Tensor, dtype: torch.dtype) -> Tensor:
        """Pseudo-labels: Gaussians (..., H, W) at sub-pixel points (..., 2).

        They are float32 at least: bfloat16 would round a point near 64 to a
        quarter of a pixel.
        """
        dtype = torch.promote_types(dtype, torch.float32)
        points = geometry.transform_points(self.to_heatmap, points).to(dtype)
        return gaussians(points, self.size, self.sigma, 3 * self.sigma)

    def align(
        self, outputs: Tensor, matrices: Tensor, keep: Tensor | None = None
    ) -> Tensor:
        """Resample heatmaps in another frame of the input, with gradient.

        Args:
            outputs: (B, K, H, W).
            matrices: (B, 3, 3), input pixels -> input pixels.
            keep: (B, K), bool, the joints to resample; the others become
                zero. Defaults to all.

        Returns:
            Tensor: (B, K, H, W), at least float32.
        """
        matrices = self.to_heatmap @ matrices @ self.to_input
        return geometry.warp(outputs, matrices, keep=keep)

    # --------------------------------------------------- parts of an adaptor
    def frame(
        self,
        loss_module: nn.Module,
        consistency: nn.Module | None,
        im_loss: nn.Module | None,
    ) -> str:
        """Where student and pseudo-labels are compared.

        Args:
            loss_module: Loss of the head.
            consistency: A :class:`HeatmapConsistency`, which says it.
            im_loss: An :class:`InformationMaximizationLoss`.

        Returns:
            str: ``'canonical'`` or ``'student'``.
        """
        return 'canonical' if consistency is None else consistency.frame

    def consistency_loss(
        self,
        consistency: nn.Module,
        loss_module: nn.Module,
        outputs: Tensor,
        points: Tensor,
        keep: Tensor,
    ) -> Tensor:
        """The squared distance to Gaussians at the teacher's points.

        Args:
            consistency: A :class:`HeatmapConsistency`.
            loss_module: Loss of the head, without use here.
            outputs: (B, K, H, W).
            points: (B, K, 2), in the same frame.
            keep: (B, K), bool.

        Returns:
            Tensor: Scalar.
        """
        count = keep.numel()
        if can_be_counted(keep):
            rows = kept_rows(keep)
            outputs, points = (take_rows(v, rows) for v in (outputs, points))
            keep = None
        targets = self.render(points, outputs.dtype)
        return consistency(outputs, targets, keep, count)

    def information_loss(
        self, im_loss: nn.Module, outputs: Tensor, keep: Tensor
    ) -> Tensor:
        """Of the projections of heatmaps.

        Args:
            im_loss: An :class:`InformationMaximizationLoss`.
            outputs: (B, K, H, W).
            keep: (B, K), bool.

        Returns:
            Tensor: Scalar.
        """
        return im_loss(outputs, keep)

    def maps(self, outputs: Tensor) -> Tensor:
        """Heatmaps for pictures, (B, K, h, w) with peaks up to 1."""
        return outputs
