# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Heatmaps that are refined by features of all resolutions."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmpose.models import HeatmapHead
from mmpose.models.backbones.resnet import Bottleneck
from torch import Tensor, nn

from mmpose_mlda.models.layers.stack import Stack
from mmpose_mlda.registry import MODELS


class Refinement(NamedTuple):
    """All that a :class:`RefineHead` computes."""

    coarse: Tensor  # (B, K, H, W), as of the plain HeatmapHead
    refined: Tensor  # (B, K, H, W), the head's answer
    second: Tensor | None  # (B, K, H, W), of the second refinement
    features: Tensor  # (B, C, H, W), from which both are made


@MODELS.register_module()
class RefineHead(HeatmapHead):
    """A heatmap head with the refinement network of UDA-Animal.

    The n feature maps from the backbone's last to that of the last
    deconvolution go through n - 1, n - 2, ..., 0 bottlenecks, are enlarged to
    the size of the heatmaps and concatenated; two equal branches make refined
    heatmaps of them. The answer of the head, in tests as well, is that of the
    first branch. The second serves the training alone.

    It is a ``HeatmapHead`` with further parameters: without those named
    ``refine_*`` its weights are those of the plain one, whose answer is
    ``coarse``. In UDA-Animal a 1x1 convolution brings the backbone's features
    to 256 channels before the first deconvolution; here the first bottleneck
    does so for the refinement alone.

    The inherited ``loss`` is that of the answer alone; all heatmaps are
    trained by :class:`UDAAnimal`.

    Args:
        in_channels: Channels of the backbone's last feature map.
        out_channels: Keypoints K.
        deconv_out_channels: Channels of every deconvolution.
        refine_channels: Channels of a bottleneck, 256 in UDA-Animal.
        kwargs: See ``HeatmapHead``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        deconv_out_channels: Sequence[int] = (256, 256, 256),
        refine_channels: int = 256,
        **kwargs,
    ) -> None:
        super().__init__(
            in_channels, out_channels, deconv_out_channels, **kwargs
        )
        if not deconv_out_channels:
            raise ValueError(
                'RefineHead needs features of several resolutions; set '
                'deconv_out_channels, e.g. (256, 256, 256)'
            )
        sources = [in_channels, *deconv_out_channels]
        self.refine_levels = nn.ModuleList(
            _bottlenecks(channels, refine_channels, len(sources) - 1 - level)
            for level, channels in enumerate(sources)
        )
        # no bottleneck changes the channels of the last level
        joined = refine_channels * (len(sources) - 1) + sources[-1]
        self.refine_first, self.refine_second = (
            Stack(
                _bottleneck(joined, refine_channels),
                nn.Conv2d(refine_channels, out_channels, 3, padding=1),
            )
            for _ in range(2)
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Refined heatmaps (B, K, H, W)."""
        return self.refine_first(self._join(self._levels(feats)))

    def refine(
        self, feats: Sequence[Tensor], second: bool = True
    ) -> Refinement:
        """All heatmaps, and the features that were refined.

        Args:
            feats: What the backbone gives; the last one is (B, C, h, w).
            second: Whether to compute the second branch.

        Returns:
            Refinement: The result.
        """
        levels = self._levels(feats)
        coarse = self.final_layer(self.conv_layers(levels[-1]))
        features = self._join(levels)
        return Refinement(
            coarse,
            self.refine_first(features),
            self.refine_second(features) if second else None,
            features,
        )

    def copy_first_to_second(self) -> None:
        """Let the second branch begin where the first one is."""
        self.refine_second.load_state_dict(self.refine_first.state_dict())

    def _levels(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Feature maps of all resolutions, the smallest first."""
        levels = [feats[-1]]
        # convolution, normalisation and ReLU of every deconvolution
        for start in range(0, len(self.deconv_layers), 3):
            layers = self.deconv_layers[start : start + 3]
            levels.append(layers(levels[-1]))
        return levels

    def _join(self, levels: list[Tensor]) -> Tensor:
        size = levels[-1].shape[-2:]
        return torch.cat(
            [
                F.interpolate(
                    layers(level), size, mode='bilinear', align_corners=True
                )
                for layers, level in zip(
                    self.refine_levels, levels, strict=True
                )
            ],
            dim=1,
        )


def _bottlenecks(in_channels: int, channels: int, count: int) -> Stack:
    return Stack(
        *(
            _bottleneck(channels if number else in_channels, channels)
            for number in range(count)
        )
    )


def _bottleneck(in_channels: int, channels: int) -> Bottleneck:
    """With a convolution on the shortcut, as all of UDA-Animal have it."""
    return Bottleneck(
        in_channels,
        channels,
        expansion=2,
        downsample=nn.Sequential(
            nn.Conv2d(in_channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        ),
    )
