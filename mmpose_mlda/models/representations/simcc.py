# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a SimCC head's output means."""

import torch
import torch.nn.functional as F
from mmpose.codecs import SimCCLabel
from torch import Tensor, nn

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.simcc import axis_gaussians, axis_peaks

Axes = tuple[Tensor, Tensor]


class SimCCRepresentation(nn.Module):
    """Answers what an adaptor has to know about bins of both axes.

    All points are in pixels of the network's input; the number of bins a
    pixel is the codec's and stays in here. An output is a pair, the scores of
    the bins of x and of y. They cannot be warped, since a rotation mixes the
    axes; so all is compared in the student's view, by the loss of the head.

    Legend: B batch, K keypoints, X / Y bins of the axes.

    Args:
        codec: The codec of the head, with ``smoothing_type='gaussian'``.
    """

    MAP_STRIDE = 4  # input pixels a pixel of a picture

    def __init__(self, codec: SimCCLabel) -> None:
        super().__init__()
        if codec.smoothing_type != 'gaussian':
            raise ValueError(
                f'smoothing_type is {codec.smoothing_type!r}, but '
                "pseudo-labels need SimCCLabel with smoothing_type='gaussian'"
            )
        self.input_size = tuple(codec.input_size)
        self.ratio = float(codec.simcc_split_ratio)
        self.size = tuple(round(s * self.ratio) for s in self.input_size)
        self.sigma = tuple(float(sigma) for sigma in codec.sigma)
        self.normalise = codec.normalize

    def labels(
        self, keypoints: Tensor, keypoint_weights: Tensor
    ) -> tuple[Axes, Tensor]:
        """Targets of labelled keypoints, as the codec's ``encode`` has them.

        Args:
            keypoints: (B, K, 2).
            keypoint_weights: (B, K).

        Returns:
            tuple: Axes (B, K, X) and (B, K, Y), zero where a joint has no
            label, and weights (B, K), zero also where the window of 3 sigma
            is outside.
        """
        bins = torch.round(keypoints * self.ratio)
        drawn = torch.ones_like(keypoint_weights, dtype=torch.bool)
        for place, size, sigma in zip(
            bins.unbind(-1), self.size, self.sigma, strict=True
        ):
            drawn &= place - 3 * sigma < size
            drawn &= place + 3 * sigma + 1 >= 0
        weights = keypoint_weights * drawn
        labelled = (weights >= 0.5).unsqueeze(-1)
        x, y = self._gaussians(bins)
        return (x * labelled, y * labelled), weights

    def peaks(self, outputs: Axes) -> tuple[Tensor, Tensor]:
        """Arg-max points (B, K, 2) and their confidences (B, K).

        Args:
            outputs: (B, K, X) and (B, K, Y).
        """
        positions, confidence = axis_peaks(*outputs)
        return positions / self.ratio, confidence

    def inside(self, points: Tensor) -> Tensor:
        """Whether points (B, K, 2) fall on a bin of both axes, (B, K)."""
        return geometry.inside(points * self.ratio, self.size)

    def render(self, points: Tensor, dtype: torch.dtype) -> Axes:
        """Pseudo-labels: Gaussians of both axes at sub-bin points.

        They are float32 at least: bfloat16 would round a position near 256
        to two bins.
        """
        dtype = torch.promote_types(dtype, torch.float32)
        return self._gaussians((points * self.ratio).to(dtype))

    def _gaussians(self, bins: Tensor) -> Axes:
        x, y = (
            axis_gaussians(place, size, sigma, self.normalise)
            for place, size, sigma in zip(
                bins.unbind(-1), self.size, self.sigma, strict=True
            )
        )
        return x, y

    # --------------------------------------------------- parts of an adaptor
    def frame(
        self,
        loss_module: nn.Module,
        consistency: nn.Module | None,
        im_loss: nn.Module | None,
    ) -> str:
        """``'student'``: bins are compared there or not at all.

        Args:
            loss_module: Loss of the head.
            consistency: A :class:`HeatmapConsistency`.
            im_loss: An :class:`InformationMaximizationLoss`.

        Raises:
            ValueError: If one of them needs more than bins.
        """
        if consistency is not None and consistency.frame != 'student':
            raise ValueError(
                f'consistency.frame is {consistency.frame!r}, but the bins '
                'of a SimCC head cannot be warped to another frame, since a '
                "rotation mixes its axes; set consistency.frame='student'"
            )
        if consistency is not None and not consistency.rectify:
            raise ValueError(
                "consistency.rectify is False, but the teacher's bins of a "
                "SimCC head cannot be warped to the student's view; set "
                'consistency.rectify=True'
            )
        if consistency is not None and not loss_module.use_target_weight:
            raise ValueError(
                "use_target_weight of the head's loss is False, so that it "
                'would learn from pseudo-labels that are not kept; set '
                'student.head.loss.use_target_weight=True'
            )
        if im_loss is not None and im_loss.variant == 'official':
            raise ValueError(
                "im_loss.variant is 'official', which needs heatmaps, but "
                'the student has a SimCC head; set im_loss.variant='
                "'paper'"
            )
        return 'student'

    def consistency_loss(
        self,
        consistency: nn.Module,
        loss_module: nn.Module,
        outputs: Axes,
        points: Tensor,
        keep: Tensor,
    ) -> Tensor:
        """The head's own loss, of the pseudo-labels that are kept.

        Args:
            consistency: For its ``loss_weight``.
            loss_module: Loss of the head.
            outputs: (B, K, X) and (B, K, Y), in the student's view.
            points: (B, K, 2), of the teacher, likewise.
            keep: (B, K), bool.

        Returns:
            Tensor: Scalar.
        """
        targets = self.render(points, outputs[0].dtype)
        weights = keep.to(targets[0].dtype)
        return consistency.loss_weight * loss_module(outputs, targets, weights)

    def information_loss(
        self, im_loss: nn.Module, outputs: Axes, keep: Tensor
    ) -> Tensor:
        """The outputs are projections as they are.

        Args:
            im_loss: An :class:`InformationMaximizationLoss`.
            outputs: (B, K, X) and (B, K, Y).
            keep: (B, K), bool.

        Returns:
            Tensor: Scalar.
        """
        return im_loss.of_projections(outputs, keep)

    def maps(self, outputs: Axes) -> Tensor:
        """Heatmaps for pictures, (B, K, H / 4, W / 4) with peaks up to 1.

        The outer product of both axes, of which each is divided by its
        maximum if that is above 1.
        """
        x, y = (
            F.adaptive_max_pool1d(axis.float(), side // self.MAP_STRIDE)
            for axis, side in zip(outputs, self.input_size, strict=True)
        )
        x, y = (
            axis.clamp_min(0) / axis.amax(-1, keepdim=True).clamp_min(1)
            for axis in (x, y)
        )
        return y.unsqueeze(-1) * x.unsqueeze(-2)
