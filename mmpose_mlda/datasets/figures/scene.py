# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Draws a scene from a style: person, camera, light and objects.

A scene is free of pixels: the same key gives the same scene at every size.
"""

import math
from dataclasses import dataclass

import numpy as np

from .camera import Camera
from .dice import Dice
from .figure import Figure, frame_figure
from .hulls import stack
from .palette import cloth_colour
from .parts import Outfit, Part, make_part
from .poses import Pose, sample_pose
from .skeleton import Body, Skeleton, forward_kinematics
from .styles import Style


@dataclass(frozen=True)
class Objects:
    """Things before the person. Q hulls of S discs.

    Args:
        centres (ndarray): (Q, S, 2) in the picture.
        radii (ndarray): (Q, S) in the picture.
        colours (ndarray): BGR (Q, 3).
    """

    centres: np.ndarray
    radii: np.ndarray
    colours: np.ndarray


@dataclass(frozen=True)
class Scene:
    """All that is in a picture, apart from the place.

    Args:
        pose (Pose): What the person does.
        outfit (Outfit): What the person wears.
        figure (Figure): The person in the picture.
        objects (Objects, optional): What is before the person.
        light (ndarray): Direction (2, ) to the light in the picture, of
            length 0 (from the camera) to 1 (from the side).
        brightness (tuple[float, float]): Of the rims and of the middle of
            rounded things.
        horizon (float): Its height in the picture.
    """

    pose: Pose
    outfit: Outfit
    figure: Figure
    objects: Objects | None
    light: np.ndarray
    brightness: tuple[float, float]
    horizon: float


def draw_scene(dice: Dice, style: Style) -> Scene:
    """Draw a scene.

    Args:
        dice (Dice): The source of chance.
        style (Style): The domain.
    """
    body = Body.sample(dice)
    pose = sample_pose(dice, style.actions, style.frontal)
    skeleton = forward_kinematics(pose.angles, body, pose.root)
    outfit = style.outfit(dice)
    camera = Camera.orbit(
        dice.uniform(*style.distance),
        dice.normal(*style.elevation),
        dice.normal(0.0, style.tilt),
    )
    props = []
    if dice.chance(style.holding):
        props.append(_prop(dice, skeleton, body))
        outfit.colours['prop'] = cloth_colour(dice, 0.5)
    extent = dice.uniform(*style.extent)
    middle = _middle(dice, extent, dice.chance(style.cut))
    figure, camera = frame_figure(
        skeleton, body, outfit, camera, extent, middle, props
    )
    objects = _objects(dice, style) if dice.chance(style.covered) else None
    angle, length = dice.uniform(-math.pi, 0.0), dice.uniform(0.25, 0.95)
    light = np.array((math.cos(angle), math.sin(angle))) * length
    brightness = dice.uniform(*style.dark), dice.uniform(*style.bright)
    return Scene(
        pose, outfit, figure, objects, light, brightness, camera.horizon()
    )


def _middle(dice: Dice, extent: float, cut: bool) -> tuple[float, float]:
    """Where the figure is: inside the picture, or partly outside of it."""
    free = (1.0 - extent) / 2.0 - 0.02
    x, y = (0.5 + dice.uniform(-free, free) for _ in range(2))
    if cut:
        shift = free + dice.uniform(0.1, 0.3) * extent
        if dice.chance(0.6):  # mostly the feet
            y = 0.5 + shift
        else:
            x = 0.5 + dice.sign() * shift
    return x, y


def _prop(dice: Dice, skeleton: Skeleton, body: Body) -> Part:
    """A ball at hand or foot, or a bat in the hand."""
    side = dice.pick(('left', 'right'))
    hand = skeleton.joints[f'{side}_hand']
    kind = dice.weighted({'ball': 2, 'football': 1, 'bat': 3})
    if kind == 'football':
        toe = skeleton.joints[f'{side}_toe']
        ahead = skeleton.frames[f'{side}_foot'][:, 2]
        radius = 0.11
        spheres = [(toe + ahead * (radius + 0.03), radius)]
    elif kind == 'ball':
        radius = dice.uniform(0.03, 0.13)
        along = -skeleton.frames[f'{side}_forearm'][:, 1]
        spheres = [(hand + along * (radius + 0.05), radius)]
    else:
        # Across the palm.
        fore = skeleton.frames[f'{side}_forearm']
        axis = fore[:, 2] * dice.uniform(0.5, 1.0) - fore[:, 1] * 0.5
        length = dice.uniform(0.3, 0.6) * body.stature
        axis = axis / np.sqrt(axis @ axis) * length
        thick = dice.uniform(0.012, 0.05)
        spheres = [(hand - axis * 0.1, 0.012), (hand + axis, thick)]
    return make_part('prop', 'prop', spheres, nearer=0.01)


def _objects(dice: Dice, style: Style) -> Objects:
    """One or two things between camera and person."""
    discs, radii, colours = [], [], []
    for _ in range(1 if dice.chance(0.75) else 2):
        x, y = dice.uniform(0.05, 0.95), dice.uniform(0.15, 0.95)
        kind = dice.weighted({'post': 3, 'block': 3, 'bar': 2, 'ball': 2})
        if kind == 'post':
            lean, thick = dice.normal(0.0, 0.06), dice.uniform(0.012, 0.05)
            spheres = [(x - lean, -0.2, thick), (x + lean, 1.2, thick)]
        elif kind == 'block':  # a bench, a box or a hedge at the lower edge
            wide, top = dice.uniform(0.1, 0.35), dice.uniform(0.7, 0.95)
            spheres = [
                (a, b, 0.015) for a in (x - wide, x + wide) for b in (top, 1.1)
            ]
        elif kind == 'bar':
            rise, thick = dice.normal(0.0, 0.08), dice.uniform(0.008, 0.03)
            spheres = [(-0.2, y - rise, thick), (1.2, y + rise, thick)]
        else:
            spheres = [(x, y, dice.uniform(0.03, 0.1))]
        array = np.array(spheres)
        discs.append(array[:, :2])
        radii.append(array[:, 2])
        colours.append(style.paint(dice))
    return Objects(*stack(discs, radii), np.clip(np.stack(colours), 4, 250))
