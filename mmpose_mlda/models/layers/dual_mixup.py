# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Mixtures of images between and within domains."""

import random
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmpose_mlda.functional.mixing import mix
from mmpose_mlda.functional.random import beta, uniform
from mmpose_mlda.registry import MODELS


class LabelledImages(NamedTuple):
    """Images and what is learnt from them."""

    images: Tensor  # (B, 3, H, W), normalised
    heatmaps: Tensor  # (B, K, h, w)
    weights: Tensor  # (B, K)


@MODELS.register_module()
class DualMixup(nn.Module):
    r"""Mixup of both domains, or within the target (UDA-Animal).

    By a coin a batch, either each source image is mixed with its target
    image and the other way round, with the larger share
    :math:`\max(\lambda, 1 - \lambda)` for the own domain, or the target
    images are mixed with each other (those of the same process) and the
    source is left as it is. :math:`\lambda \sim \mathrm{Beta}(a, a)` is drawn
    for each image. Heatmaps are mixed alike; a mixture has the larger of both
    weights of a joint.

    Args:
        prob: Probability of mixing the domains.
        concentration: a.
    """

    def __init__(self, prob: float = 0.5, concentration: float = 0.8) -> None:
        super().__init__()
        if not 0 <= prob <= 1:
            raise ValueError(f'prob is {prob}, but must lie in [0, 1]')
        self.prob = prob
        self.concentration = concentration

    @torch.no_grad()
    def forward(
        self,
        source: LabelledImages,
        target: LabelledImages,
        keys: Tensor,
        rng: random.Random,
    ) -> tuple[LabelledImages, LabelledImages]:
        """Mix a batch.

        Args:
            source: Source images with labels.
            target: As many target images with pseudo-labels.
            keys: (B,), int64, keys of the random numbers.
            rng: Draws the coin, the same in all processes.

        Returns:
            tuple: Source and target.
        """
        share = beta(keys, 'mixup', self.concentration)
        if rng.random() < self.prob:
            share = torch.maximum(share, 1 - share)
            return _mixture(source, target, share), _mixture(
                target, source, share
            )
        partner = uniform(keys, 'mixup partner', 1).squeeze(1).argsort()
        others = LabelledImages(*(value[partner] for value in target))
        return source, _mixture(target, others, share)


def _mixture(
    first: LabelledImages, second: LabelledImages, share: Tensor
) -> LabelledImages:
    return LabelledImages(
        mix(first.images, second.images, share),
        mix(first.heatmaps, second.heatmaps, share),
        torch.maximum(first.weights, second.weights),
    )
