# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Adaptive keypoint occlusion."""

import torch
from torch import Tensor, nn

from mmpose_mlda.functional.heatmaps import round_half_up
from mmpose_mlda.functional.random import uniform
from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class KeypointOcclusion(nn.Module):
    """Hide a joint that the teacher is sure of behind a piece of the image.

    In an image with confident joints, with probability ``prob``, one of
    them is drawn and a square around it is replaced by a square from
    elsewhere in the same image. All other pixels stay as they are, bit by
    bit. The published code warps the whole image to another frame, pastes
    there and warps it back, with a quarter of the translation, so that the
    square misses the joint; here the joint is mapped instead of the image.

    Args:
        prob: Probability for an image that has a confident joint.
        threshold: Confidence from which a joint is a candidate.
        size: Side of the square in input pixels.
    """

    def __init__(
        self, prob: float = 0.5, threshold: float = 0.9, size: int = 20
    ) -> None:
        super().__init__()
        if not 0 <= prob <= 1:
            raise ValueError(f'prob is {prob}, but must lie in [0, 1]')
        if size < 1:
            raise ValueError(f'size is {size}, but must be at least 1 pixel')
        self.prob = prob
        self.threshold = threshold
        self.size = size

    def forward(
        self, images: Tensor, points: Tensor, confidence: Tensor, keys: Tensor
    ) -> Tensor:
        """Occlude a batch, in place.

        Args:
            images: (B, C, H, W); they are changed.
            points: (B, K, 2), peaks in pixels of ``images``.
            confidence: (B, K); give peaks outside the image minus infinity.
            keys: (B,), int64, keys of the random numbers.

        Returns:
            Tensor: ``images``.
        """
        height, width = images.shape[-2:]
        if self.size > min(height, width):
            raise ValueError(
                f'An occlusion of {self.size} pixels does not fit in an '
                f'input of {width} x {height}; set occlusion.size'
            )
        draws = uniform(keys, 'occlusion', 3 + points.shape[1])
        coin, place, lots = draws[:, 0], draws[:, 1:3], draws[:, 3:]

        # one of the candidates, each with the same probability
        candidate = confidence >= self.threshold
        joint = torch.where(candidate, lots, -1.0).argmax(dim=1)
        joint = joint.view(-1, 1, 1).expand(-1, 1, 2)
        hidden = candidate.any(dim=1) & (coin < self.prob)

        corner = round_half_up(points.gather(1, joint)).squeeze(1).long()
        corner = corner - self.size // 2
        x, y = place.unbind(-1)
        origin = torch.stack(
            [x * (width - self.size + 1), y * (height - self.size + 1)], dim=-1
        ).long()
        shift = torch.where(hidden.unsqueeze(-1), origin - corner, 0)
        self._paste(images, corner, shift)
        return images

    def _paste(self, images: Tensor, corner: Tensor, shift: Tensor) -> None:
        """Copy squares of pixels within each image.

        Pixels of the square that lie outside the image are replaced by the
        nearest one inside: they then write a value twice, the same one. A
        shift of zero copies every pixel on itself.

        Args:
            images: (B, C, H, W).
            corner: (B, 2), int64, top left (x, y) of the destination.
            shift: (B, 2), int64, from the destination to the origin.
        """
        height, width = images.shape[-2:]
        steps = torch.arange(self.size, device=images.device)
        x = (corner[:, :1] + steps).clamp(0, width - 1)
        y = (corner[:, 1:] + steps).clamp(0, height - 1)
        target = _flat_index(x, y, width)
        origin = _flat_index(
            (x + shift[:, :1]).clamp(0, width - 1),
            (y + shift[:, 1:]).clamp(0, height - 1),
            width,
        )
        flat = images.view(*images.shape[:2], -1)  # never a copy
        channels = flat.shape[1]
        pixels = flat.gather(2, origin.unsqueeze(1).expand(-1, channels, -1))
        target = target.unsqueeze(1).expand(-1, channels, -1)
        flat.scatter_(2, target, pixels)


def _flat_index(x: Tensor, y: Tensor, width: int) -> Tensor:
    """Indices (B, S * S) of the pixels with columns x and rows y (B, S)."""
    return (y.unsqueeze(-1) * width + x.unsqueeze(-2)).flatten(1)
