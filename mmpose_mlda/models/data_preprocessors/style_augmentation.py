# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style transfer as an augmentation of MMPose's batches."""

import random

import torch
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class StyleAugmentation(nn.Module):
    """Give each image of a batch the style of the one before it.

    For ``batch_augments`` of MMPose's ``PoseDataPreprocessor``, whose loader
    has shuffled the batch. With images of the target among them, without
    labels, labelled images are seen in the target's style. Positions do not
    change, nor do labels. The coin and the strength are drawn once a batch,
    from torch's generator of the CPU.

    Args:
        style: Config of a style transfer, with its ``prob`` and ``alpha``;
            ``mean`` and ``std`` are the preprocessor's.
    """

    def __init__(self, style: dict) -> None:
        super().__init__()
        self.style = MODELS.build(style)
        self._has_weights = not hasattr(self.style, 'init_weights')

    def forward(
        self, inputs: Tensor, data_samples: list[PoseDataSample]
    ) -> tuple[Tensor, list[PoseDataSample]]:
        """Stylise a batch, by chance.

        Args:
            inputs: (B, 3, H, W), normalised.
            data_samples: B of them.

        Returns:
            tuple: New images, and the samples as they are.
        """
        if not self._has_weights:  # no runner initialises a preprocessor
            self.style.init_weights()
            self._has_weights = True
        seed = int(torch.randint(2**62, ()))
        alpha = self.style.draw(random.Random(seed))
        if alpha is not None:
            inputs = self.style(inputs, inputs.roll(1, 0), alpha)
        return inputs, data_samples
