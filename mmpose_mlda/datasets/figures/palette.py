# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Colours and wardrobes. All colours are BGR, 0 to 255."""

import colorsys

import numpy as np

from .dice import Dice
from .parts import Outfit

_TOY_SKINS = ((176, 206, 240), (150, 184, 228), (118, 156, 208))
# A small wardrobe: warm shirts and cool trousers (hues, red is 0).
_TOY_HUES = {
    'shirt': (-0.12, 0.15),
    'trousers': (0.42, 0.72),
    'shoes': (0.0, 1.0),
    'trim': (0.12, 0.18),
    'hat': (0.0, 1.0),
}
_TOY_HAIRS = ((40, 40, 48), (40, 70, 115), (90, 190, 225))
# Black, white, greys, navy, denim, khaki, brown, olive, beige.
_SOBER = (
    (34, 32, 32),
    (226, 228, 230),
    (122, 122, 124),
    (78, 74, 72),
    (78, 48, 32),
    (128, 98, 70),
    (118, 148, 168),
    (50, 70, 96),
    (58, 84, 84),
    (170, 192, 206),
)


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """BGR (3, ) of a colour given by three numbers in [0, 1]."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return np.array((blue, green, red)) * 255.0


def mix(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """A colour between two, ``share`` of the way to the second."""
    return first + (second - first) * share


def toy_colour(dice: Dice, hues: tuple[float, float]) -> np.ndarray:
    """A bright plain colour from a range of hues."""
    return hsv(
        dice.uniform(*hues), dice.uniform(0.55, 0.95), dice.uniform(0.7, 0.98)
    )


def toy_paint(dice: Dice) -> np.ndarray:
    """The colour of a toy object."""
    return toy_colour(dice, (0.0, 1.0))


def cloth_colour(dice: Dice, vivid: float = 0.4) -> np.ndarray:
    """A colour of real cloth, sober or of a sports kit."""
    if dice.chance(vivid):
        return hsv(
            dice.uniform(), dice.uniform(0.4, 0.85), dice.uniform(0.35, 0.85)
        )
    base = np.array(dice.pick(_SOBER), float)
    return base * dice.uniform(0.8, 1.12) + (dice.array(3) - 0.5) * 14.0


def _skin(dice: Dice) -> np.ndarray:
    """From pale to dark, with some red or yellow."""
    pale, dark = np.array((176, 196, 232.0)), np.array((40, 58, 92.0))
    colour = mix(pale, dark, dice.uniform() ** 1.4)
    return colour + np.array((-10.0, 0.0, 8.0)) * dice.normal(0.0, 0.7)


def _hair(dice: Dice) -> np.ndarray:
    kind = dice.weighted({'dark': 5, 'brown': 3, 'fair': 2, 'grey': 1})
    base = {
        'dark': (30, 28, 30),
        'brown': (40, 62, 92),
        'fair': (108, 158, 196),
        'grey': (150, 150, 152),
    }[kind]
    return np.array(base, float) * dice.uniform(0.8, 1.2)


def _complete(colours: dict[str, np.ndarray], fleshy: float):
    """Colours that follow from the skin's."""
    skin = colours['skin']
    colours['eye'] = skin * 0.15 + 12.0
    colours['blush'] = skin * np.array((0.82, 0.82, 0.93)) * fleshy
    colours['lips'] = skin * np.array((0.68, 0.6, 0.9)) * fleshy
    return {k: np.clip(v, 4.0, 250.0) for k, v in colours.items()}


def toy_outfit(dice: Dice) -> Outfit:
    """Plain bright clothes."""
    colours = {
        'skin': np.array(dice.pick(_TOY_SKINS), float),
        'hair': np.array(dice.pick(_TOY_HAIRS), float),
    }
    for key, hues in _TOY_HUES.items():
        colours[key] = toy_colour(dice, hues)
    colours['shoes'] = colours['shoes'] * 0.4
    colours['sock'] = np.full(3, 240.0)
    return Outfit(
        _complete(colours, 1.0),
        sleeve=dice.weighted({'short': 5, 'long': 4, 'none': 1}),
        bottom=dice.weighted({'trousers': 6, 'shorts': 3, 'skirt': 1}),
        hair=dice.weighted({'short': 6, 'long': 3, 'bald': 1}),
        loose=dice.uniform(1.02, 1.15),
        patch=dice.chance(0.6),
    )


def real_outfit(dice: Dice) -> Outfit:
    """Everyday clothes and sports kits, in the colours of photographs."""
    colours = {'skin': _skin(dice), 'hair': _hair(dice)}
    for key in ('shirt', 'trousers', 'shoes', 'hat'):
        colours[key] = cloth_colour(dice)
    colours['trim'] = cloth_colour(dice, vivid=0.6)
    white = np.full(3, 225.0)
    colours['sock'] = white if dice.chance(0.5) else colours['shirt']
    if dice.chance(0.12):  # one suit for the whole body
        colours['trousers'] = colours['shirt']
    bottoms = {'trousers': 5, 'shorts': 4, 'briefs': 1, 'skirt': 1}
    return Outfit(
        _complete(colours, 1.0),
        sleeve=dice.weighted({'short': 5, 'long': 3, 'none': 2}),
        bottom=dice.weighted(bottoms),
        hair=dice.weighted({'short': 6, 'long': 3, 'hat': 3, 'bald': 1}),
        loose=dice.uniform(1.0, 1.25),
        patch=dice.chance(0.7),
    )
