# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Brightness, contrast and saturation of 8-bit images, level by level."""

import cv2
import mmcv
import numpy as np
from mmpretrain.datasets.transforms import ColorJitter as BaseColorJitter

from mmpose_mlda.registry import TRANSFORMS

LEVELS = np.arange(256, dtype=np.float32)[:, None]
ALL = LEVELS.astype(np.uint8)
MARGIN = 2**-14  # more than float32 errs by, for levels that are met exactly


@TRANSFORMS.register_module()
class ColorJitter(BaseColorJitter):
    """The pixels of :class:`mmpretrain.datasets.ColorJitter`, sooner.

    With ``backend='cv2'`` what happens to each grey level is worked out once
    an image, not in floats for each of its pixels. Other backends and types of
    images are left to the base class.

    Args:
        brightness: Largest change, or range of the factor.
        contrast: Likewise.
        saturation: Likewise.
        hue: Likewise, as the base class does it.
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
    """``factor * image + (1 - factor) * grey``, cut off to whole levels."""
    table = cv2.addWeighted(
        LEVELS, factor, np.full_like(LEVELS, grey), 1 - factor, 0
    )
    table = np.clip(table, 0, 255).astype(np.uint8)
    # OpenCV rounds. From half a level below that is the same but for a
    # factor in a hundred, and takes half the time of a table.
    shift = (1 - factor) * grey - 0.5 + MARGIN
    if np.array_equal(scale(ALL, factor, shift), table):
        return scale(image, factor, shift, out)
    return cv2.LUT(image, table, out)


def scale(
    image: np.ndarray,
    factor: float,
    shift: float,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """``factor * image + shift``, rounded to whole levels."""
    return cv2.addWeighted(image, factor, image, 0, shift, out)


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
