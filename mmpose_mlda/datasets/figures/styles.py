# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The two domains: what differs between synthetic pictures and photographs.

The tables of a version are frozen: a change of any number, or of any code
that a picture runs through, is a new version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .backdrops import photo_backdrop, toy_backdrop
from .dice import Dice
from .palette import cloth_colour, real_outfit, toy_outfit, toy_paint
from .parts import Outfit


@dataclass(frozen=True)
class Style:
    """One domain.

    Args:
        code (int): Part of the key of the random numbers.
        actions (dict[str, float]): Weights of :data:`.poses.ACTIONS`.
        frontal (tuple[float, float]): Share of people that look towards the
            camera, and the spread of their heading in degrees.
        distance (tuple[float, float]): Range of the camera's, metres.
        elevation (tuple[float, float]): Mean and spread of its angle above
            the horizontal plane, degrees.
        tilt (float): Spread of its roll, degrees.
        extent (tuple[float, float]): Range of the figure's longer side, in
            units of the picture.
        cut (float): Probability that the picture cuts off a part of it.
        covered (float): Probability of an object before the person.
        holding (float): Probability of a thing in the hand or at the foot.
        layers (tuple[float, ...]): Relative radii of the layers of shading.
        dark, bright (tuple[float, float]): Ranges of the brightness of the
            outermost and the innermost layer.
        outfit (Callable): Draws the clothes.
        paint (Callable): Draws the colour of an object before the person.
        backdrop (Callable): Draws what is behind.
        photographic (bool): Whether textures, lens and sensor take part.
    """

    code: int
    actions: Mapping[str, float]
    frontal: tuple[float, float]
    distance: tuple[float, float]
    elevation: tuple[float, float]
    tilt: float
    extent: tuple[float, float]
    cut: float
    covered: float
    holding: float
    layers: tuple[float, ...]
    dark: tuple[float, float]
    bright: tuple[float, float]
    outfit: Callable[[Dice], Outfit]
    paint: Callable[[Dice], np.ndarray]
    backdrop: Callable[[Dice, int, float], np.ndarray]
    photographic: bool


SYNTHETIC = Style(
    code=1,
    actions={
        'stand': 0.20,
        'walk': 0.17,
        'run': 0.14,
        'reach': 0.26,
        'sit': 0.06,
        'crouch': 0.05,
        'lunge': 0.06,
        'bend': 0.04,
        'kick': 0.02,
    },
    frontal=(0.8, 45.0),
    distance=(4.0, 8.0),
    elevation=(6.0, 6.0),
    tilt=1.0,
    extent=(0.66, 0.9),
    cut=0.0,
    covered=0.12,
    holding=0.0,
    layers=(1.0, 0.62),
    dark=(0.74, 0.86),
    bright=(1.0, 1.06),
    outfit=toy_outfit,
    paint=toy_paint,
    backdrop=toy_backdrop,
    photographic=False,
)
PHOTO = Style(
    code=2,
    actions={
        'stand': 0.12,
        'walk': 0.09,
        'run': 0.18,
        'reach': 0.16,
        'sit': 0.04,
        'crouch': 0.08,
        'lunge': 0.08,
        'bend': 0.05,
        'kick': 0.05,
        'throw': 0.06,
        'leap': 0.05,
        'invert': 0.02,
        'dive': 0.02,
    },
    frontal=(0.72, 55.0),
    distance=(3.0, 12.0),
    elevation=(5.0, 10.0),
    tilt=5.0,
    extent=(0.6, 0.94),
    cut=0.08,
    covered=0.2,
    holding=0.3,
    layers=(1.0, 0.86, 0.66, 0.42),
    dark=(0.48, 0.78),
    bright=(1.0, 1.3),
    outfit=real_outfit,
    paint=cloth_colour,
    backdrop=photo_backdrop,
    photographic=True,
)
STYLES = {'synthetic': SYNTHETIC, 'photo': PHOTO}
