# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What cloth, light, lens, sensor and file do to a photograph."""

from functools import lru_cache

import cv2
import numpy as np

from .dice import Dice
from .textures import GREY, cloth, clouds, grain, window

# Labels of the stencil of a figure: which texture lies where.
NOTHING, SKIN, SHIRT, TROUSERS = 0, 1, 2, 3


def texture(dice: Dice, image: np.ndarray, labels: np.ndarray) -> None:
    """Multiply a figure by its textures, in place.

    Args:
        dice (Dice): The source of chance.
        image (ndarray): BGR uint8 (S, S, 3).
        labels (ndarray): uint8 (S, S) of the labels above.
    """
    size = len(image)
    factor = np.full_like(labels, GREY)
    soft = window(dice, clouds(), size, 0.6)
    soft = cv2.addWeighted(soft, 0.25, soft, 0.0, 0.75 * GREY)
    chances = {SKIN: 0.0, SHIRT: 0.5, TROUSERS: 0.15}
    for label in chances:
        pattern = soft if label == SKIN else cloth(dice, size, chances[label])
        mask = cv2.compare(labels, label, cv2.CMP_EQ)
        cv2.copyTo(pattern, mask, factor)
    factor = cv2.cvtColor(factor, cv2.COLOR_GRAY2BGR)
    cv2.multiply(image, factor, dst=image, scale=1.0 / GREY)


@lru_cache(maxsize=8)
def _radius(size: int) -> np.ndarray:
    """Squared distance from the middle, 1 in the corners: (S, S)."""
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32) ** 2
    return np.add.outer(line, line) / 2.0


@lru_cache(maxsize=64)
def _vignette(size: int, strength: int) -> np.ndarray:
    dim = 1.0 - strength / 10.0 * _radius(size)
    return np.rint(dim * 255.0).astype(np.uint8)


def _grade(dice: Dice, image: np.ndarray) -> np.ndarray:
    """Exposure, contrast, gamma, white balance and saturation."""
    tone = np.linspace(0.0, 1.0, 256)[:, None]
    warmth = dice.normal(0.0, 0.06)
    gain = np.array((1.0 - warmth, 1.0 + dice.normal(0.0, 0.02), 1.0 + warmth))
    contrast, black = dice.uniform(0.9, 1.25), dice.uniform(0.0, 0.05)
    curve = tone ** np.exp(dice.normal(-0.12, 0.22)) * gain
    curve = 0.5 + (curve - 0.5) * contrast
    curve = black + (1.0 - black) * np.clip(curve, 0.0, 1.0)
    table = np.rint(curve * 255.0).astype(np.uint8)[:, None]
    cv2.LUT(image, np.ascontiguousarray(table), dst=image)
    pale = dice.uniform(0.0, 0.35)
    if dice.chance(0.04):  # black and white
        pale = 1.0
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    grey = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(image, 1.0 - pale, grey, pale, 0.0, dst=image)


def _blur(dice: Dice, image: np.ndarray) -> np.ndarray:
    """Lens blur or, at times, a moving camera."""
    pixel = len(image) / 256.0
    kind, amount = dice.uniform(), dice.uniform()
    if kind < 0.12:
        reach = max(1, round((1.0 + 3.0 * amount) * pixel))
        angle = dice.uniform(0.0, np.pi)
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        step = np.array((np.cos(angle), np.sin(angle))) * reach
        ends = np.rint(np.stack((reach + step, reach - step))).astype(int)
        cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0)
        return cv2.filter2D(image, -1, kernel / kernel.sum())
    if kind < 0.85:
        sigma = (0.4 + 0.9 * amount**2) * pixel
        if sigma > 0.3:
            return cv2.GaussianBlur(image, (0, 0), sigma)
    return image


def develop(dice: Dice, image: np.ndarray) -> np.ndarray:
    """Turn a painted picture into a photograph.

    Vignetting, colour grading, blur, sensor noise and the losses of a JPEG
    file, in the order in which a camera applies them.

    Args:
        dice (Dice): The source of chance.
        image (ndarray): BGR uint8 (S, S, 3); is overwritten.
    """
    size = len(image)
    shade = window(dice, clouds(), size, dice.uniform(0.1, 0.4))
    depth = dice.uniform(0.0, 0.12)
    shade = cv2.addWeighted(shade, depth, shade, 0.0, (1.0 - depth) * GREY)
    vignette = _vignette(size, dice.integer(0, 5))
    shade = cv2.multiply(shade, vignette, scale=1.0 / 255.0)
    shade = cv2.cvtColor(shade, cv2.COLOR_GRAY2BGR)
    cv2.multiply(image, shade, dst=image, scale=1.0 / GREY)
    image = _blur(dice, _grade(dice, image))
    noise = window(dice, grain(), size, 0.0)
    strength = 0.02 + 0.2 * dice.uniform() ** 2
    cv2.addWeighted(image, 1.0, noise, strength, -GREY * strength, dst=image)
    quality = int(25 + 65 * dice.uniform())
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    coded = cv2.imencode('.jpg', image, options)[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)
