# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Noise on images."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmpose_mlda.registry import TRANSFORMS


@TRANSFORMS.register_module()
class GaussianNoise(BaseTransform):
    """Add Gaussian noise to an image, and cut at black and white.

    Required key: ``img``, uint8. Modified: the same.

    Args:
        std: Standard deviation in grey levels, 0 to 255.
        per_channel: Probability that each channel has a noise of its own;
            else the noise is grey.
    """

    def __init__(self, std: float, per_channel: float = 0.0) -> None:
        super().__init__()
        if std < 0:
            raise ValueError(f'std must be 0 or more grey levels, got {std}')
        if not 0 <= per_channel <= 1:
            raise ValueError(
                f'per_channel is a probability, but it is {per_channel}'
            )
        self.std = std
        self.per_channel = per_channel

    @cache_randomness
    def _noise(self, height: int, width: int, channels: int) -> np.ndarray:
        coloured = np.random.rand() < self.per_channel
        shape = (height, width, channels if coloured else 1)
        return np.random.normal(0, self.std, shape)

    def transform(self, results: dict) -> dict:
        """Add the noise.

        Args:
            results: The sample with its image (H, W, C).

        Returns:
            dict: The sample.
        """
        image = results['img']
        noisy = np.round(image + self._noise(*image.shape))
        results['img'] = noisy.clip(0, 255).astype(image.dtype)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(std={self.std}, '
            f'per_channel={self.per_channel})'
        )
