# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Brightness, contrast and saturation by table, for 8-bit images."""

import cv2
import mmcv
import numpy as np
from mmpretrain.datasets.transforms import ColorJitter as BaseColorJitter

from mmpose_mlda.registry import TRANSFORMS

LEVELS = np.arange(256, dtype=np.float32)


@TRANSFORMS.register_module()
class ColorJitter(BaseColorJitter):
    """The pixels of :class:`mmpretrain.datasets.ColorJitter`, sooner.

    With ``backend='cv2'`` what happens to each grey level is worked out once
    an image and looked up for its pixels. Other backends and types of images
    are left to the base class.

    Args:
        brightness: Largest change, or range of the factor.
        contrast: Likewise.
        saturation: Likewise.
        hue: Likewise, not by table.
        backend: ``'cv2'`` or ``'pillow'``.
    """

    def __init__(self, *args, backend: str = 'cv2', **kwargs) -> None:
        super().__init__(*args, backend=backend, **kwargs)

    def transform(self, results: dict) -> dict:
        """Change the colours of ``img``, in a random order."""
        image = results['img']
        if self.backend != 'cv2' or image.dtype != np.uint8:
            return super().transform(results)
        order, *factors = self._rand_params()
        steps = (brighten, contrast, saturate, turn_hue)
        changed = np.empty(image.shape, image.dtype)
        for index in order:
            if factors[index] is not None:
                image = steps[index](image, factors[index], changed)
        return results | dict(img=image)


def blend(
    image: np.ndarray, factor: float, grey: float, out: np.ndarray
) -> np.ndarray:
    """``factor * image + (1 - factor) * grey`` of whole levels."""
    table = cv2.addWeighted(
        LEVELS, factor, np.full_like(LEVELS, grey), 1 - factor, 0
    )
    return cv2.LUT(image, np.clip(table, 0, 255).astype(np.uint8), out)


def brighten(image: np.ndarray, factor: float, out: np.ndarray) -> np.ndarray:
    """Towards or away from black."""
    return blend(image, factor, 0, out)


def contrast(image: np.ndarray, factor: float, out: np.ndarray) -> np.ndarray:
    """Towards or away from the mean grey."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return blend(image, factor, round(cv2.mean(grey)[0]), out)


def saturate(image: np.ndarray, factor: float, out: np.ndarray) -> np.ndarray:
    """Towards or away from the pixel's own grey."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    grey = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(image, factor, grey, 1 - factor, 0, out)


def turn_hue(image: np.ndarray, factor: float, out: np.ndarray) -> np.ndarray:
    """By a part of the circle."""
    out[:] = mmcv.adjust_hue(image, factor, backend='cv2')
    return out
