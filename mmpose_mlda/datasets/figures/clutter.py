# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Things in the background of a photograph, as hulls of up to four discs."""

import numpy as np

from .dice import Dice
from .hulls import outlines, paint
from .palette import cloth_colour

GREENS = ((38, 74, 66), (52, 118, 96), (60, 96, 84), (70, 140, 120))
# Points in the picture, a radius about them and a BGR colour.
Thing = tuple[list[tuple[float, float]], float, np.ndarray]


def draw_clutter(dice: Dice, image: np.ndarray, horizon: float) -> None:
    """Draw trunks, posts, boxes, bushes, people far away, rails and lines.

    Args:
        dice (Dice): The source of chance.
        image (ndarray): BGR uint8 (S, S, 3), drawn in place.
        horizon (float): Where things stand, in units of the picture.
    """
    things: list[Thing] = []
    for _ in range(dice.integer(2, 14)):
        x = dice.uniform(-0.05, 1.05)
        foot = horizon + abs(dice.normal(0.0, 0.12))
        things += _standing(dice, x, foot)
    for _ in range(dice.integer(0, 4)):
        things.append(_rail(dice, horizon))
    points = np.array([(place * 4)[:4] for place, _, _ in things])
    radii = np.array([[radius] * 4 for _, radius, _ in things])
    colours = np.stack([colour for _, _, colour in things])
    paint(image, outlines(points, radii), np.clip(colours, 0, 255))


def _standing(dice: Dice, x: float, foot: float) -> list[Thing]:
    colour = cloth_colour(dice, 0.35) * dice.uniform(0.6, 1.1)
    kind = dice.weighted({'post': 3, 'box': 4, 'person': 3, 'bush': 2})
    tall = dice.uniform(0.05, 0.55)
    if kind == 'person':
        return _person(dice, x, foot, colour)
    if kind == 'post':
        lean = dice.normal(0.0, 0.03)
        top = foot - (1.5 if dice.chance(0.5) else tall)
        width = dice.uniform(0.004, 0.04)
        return [([(x, foot), (x + lean, top)], width, colour)]
    if kind == 'box':
        wide = dice.uniform(0.04, 0.35) / 2
        rows = (foot, foot - tall)
        corners = [(a, b) for a in (x - wide, x + wide) for b in rows]
        return [(corners, 0.004, colour)]
    wide = dice.uniform(0.03, 0.15)
    green = np.array(dice.pick(GREENS)) * dice.uniform(0.5, 1.2)
    ends = [(x - wide, foot - wide), (x + wide, foot - wide)]
    return [(ends, wide, green)]


def _person(
    dice: Dice, x: float, foot: float, colour: np.ndarray
) -> list[Thing]:
    tall = dice.uniform(0.12, 0.6)
    hip, neck = foot - 0.5 * tall, foot - 0.84 * tall
    legs = cloth_colour(dice, 0.3) * 0.8
    step = 0.07 * tall * dice.uniform(0.3, 2.0)
    swing = dice.normal(0.0, 0.15) * tall
    skin = np.array((110, 140, 190.0)) * dice.uniform(0.5, 1.1)
    return [
        ([(x - step, foot), (x, hip)], 0.04 * tall, legs),
        ([(x + step, foot), (x, hip)], 0.04 * tall, legs),
        ([(x, hip), (x, neck + 0.08 * tall)], 0.09 * tall, colour),
        ([(x, neck + 0.06 * tall), (x + swing, hip)], 0.03 * tall, colour),
        ([(x, neck - 0.07 * tall)], 0.055 * tall, skin),
    ]


def _rail(dice: Dice, horizon: float) -> Thing:
    """A rail, a kerb or a line of a court."""
    y = horizon + dice.normal(0.05, 0.25)
    slope = dice.normal(0.0, 0.12)
    grey = np.full(3, dice.uniform(20.0, 245.0))
    ends = [(-0.1, y - slope), (1.1, y + slope)]
    return ends, dice.uniform(0.003, 0.02), grey
