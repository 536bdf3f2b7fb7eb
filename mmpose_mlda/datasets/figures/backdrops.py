# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What is behind the person, as uint8 BGR pictures (S, S, 3)."""

import cv2
import numpy as np

from .clutter import GREENS, draw_clutter
from .dice import Dice
from .hulls import outlines, paint
from .palette import hsv, mix
from .textures import bars, clouds, grain, window

_EARTHS = ((96, 124, 150), (120, 150, 176), (70, 92, 112), (88, 96, 104))
_GREYS = ((96, 98, 100), (140, 142, 142), (168, 172, 176), (70, 70, 72))
_WOODS = ((86, 134, 182), (110, 152, 190), (66, 104, 150))
_SKIES = ((226, 206, 186), (235, 226, 216), (214, 178, 132), (190, 188, 186))
_WALLS = (*_GREYS, (188, 206, 216), (150, 170, 186), (140, 116, 96))
# Places: colours above and below the horizon.
_PLACES = {
    'field': (_SKIES + GREENS, GREENS),
    'trees': (GREENS, GREENS + _EARTHS),
    'street': (_GREYS + _SKIES, _GREYS),
    'hall': (_WALLS, _WOODS + _GREYS),
    'beach': (_SKIES, _EARTHS),
    'snow': (_SKIES + GREENS, ((240, 236, 232), (226, 216, 208))),
    'water': (_SKIES + GREENS, ((150, 120, 84), (120, 110, 70))),
}


def _gradient(size: int, top: np.ndarray, low: np.ndarray) -> np.ndarray:
    column = mix(top, low, np.linspace(0.0, 1.0, size)[:, None])
    return np.repeat(column[:, None], size, axis=1).astype(np.uint8)


def _rows(size: int, height: float) -> int:
    return int(min(max(height, -0.1), 1.1) * size)


def toy_backdrop(dice: Dice, size: int, horizon: float) -> np.ndarray:
    """A plain wall, a plain floor and a few plain blocks.

    Args:
        dice (Dice): The source of chance.
        size (int): Side in pixels.
        horizon (float): Where the floor ends, in units of the picture.
    """
    pale = [
        hsv(dice.uniform(), dice.uniform(0.0, 0.16), dice.uniform(0.74, 0.98))
        for _ in range(3)
    ]
    image = _gradient(size, pale[0], mix(pale[0], pale[1], 0.5))
    # The foot of the wall lies below the horizon.
    edge = min(max(horizon, 0.1) + dice.uniform(0.02, 0.3), 0.95)
    floor = _rows(size, edge)
    image[max(floor, 0) :] = pale[2].astype(np.uint8)
    number = dice.integer(0, 4)
    if number:
        discs, radii, colours = [], [], []
        for _ in range(number):
            x, width = dice.uniform(-0.1, 1.1), dice.uniform(0.03, 0.2)
            tall = dice.uniform(0.05, 0.5)
            low = edge + dice.uniform(-0.02, 0.08)
            radius = dice.uniform(0.002, 0.5) * width
            discs.append(
                [[x + i * width, y] for i in (0, 1) for y in (low, low - tall)]
            )
            radii.append([radius] * 4)
            colours.append(pale[0] * dice.uniform(0.78, 1.0))
        paint(
            image, outlines(np.array(discs), np.array(radii)),
            np.stack(colours),
        )  # fmt: skip
    return image


def _surface(
    dice: Dice, size: int, colour: np.ndarray, rows: slice
) -> np.ndarray:
    """Some rows of a cloudy, grainy surface of one colour."""
    tint = window(dice, clouds(), size, dice.uniform(0.3, 1.0))
    contrast = dice.uniform(0.05, 0.5)
    # Bright spots turn towards another hue than dark ones.
    shift = (dice.array(3) - 0.5) * 40.0
    level = (np.arange(256) - 128.0)[:, None]
    table = colour * (1.0 + contrast * level / 128.0) + shift * level / 128.0
    channels = np.clip(table, 0, 255).astype(np.uint8).T.copy()
    image = cv2.merge([cv2.LUT(tint[rows], channel) for channel in channels])
    if dice.chance(0.3):  # boards, bricks, fences, curtains
        boards = cv2.cvtColor(bars(dice, size)[rows], cv2.COLOR_GRAY2BGR)
        cv2.multiply(image, boards, dst=image, scale=1.0 / 128.0)
    rough = dice.uniform(0.0, 0.7)
    specks = window(dice, grain(), size, dice.uniform(0.15, 0.5))[rows]
    return cv2.addWeighted(
        image, 1.0, specks, rough, -128.0 * rough, dst=image
    )


def photo_backdrop(dice: Dice, size: int, horizon: float) -> np.ndarray:
    """A place with surfaces and clutter, out of focus.

    Args:
        dice (Dice): The source of chance.
        size (int): Side in pixels.
        horizon (float): Height of the horizon, in units of the picture.
    """
    # Blur comes free by painting a smaller picture.
    small = max(16, round(size / dice.pick((1.0, 1.5, 2.0, 3.0, 4.0))))
    above, below = (
        np.array(dice.pick(colours), float) * dice.uniform(0.7, 1.1)
        for colours in _PLACES[dice.pick(tuple(_PLACES))]
    )
    # Indoors and on slopes the ground ends below the horizon.
    edge = horizon + abs(dice.normal(0.0, 0.15))
    row = min(max(_rows(small, edge), 1), small - 1)
    image = np.empty((small, small, 3), np.uint8)
    image[:row] = _surface(dice, small, above, slice(None, row))
    image[row:] = _surface(dice, small, below, slice(row, None))
    if dice.chance(0.85):
        draw_clutter(dice, image, min(max(edge, 0.1), 0.9))
    if small == size:
        return image
    image = cv2.blur(image, (3, 3))
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
