# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From a key to a picture and its joints."""

from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from .dice import Dice
from .effects import NOTHING, SHIRT, SKIN, TROUSERS, develop, texture
from .figure import Figure, visible
from .hulls import outlines, paint, shaded, stencil
from .scene import Scene, draw_scene
from .styles import STYLES, Style

VERSIONS = (1,)
_LABELS = {'shirt': SHIRT, 'trousers': TROUSERS}


@dataclass(frozen=True)
class Rendering:
    """A picture and its labels.

    Args:
        image (ndarray): BGR uint8 (S, S, 3).
        joints (dict[str, ndarray]): Exact projections (2, ) of all joints of
            :func:`.skeleton.forward_kinematics`, in pixels, where whole
            numbers are the centres of pixels.
        visible (dict[str, bool]): Whether they are seen: in the picture and
            not hidden by the body or by an object.
    """

    image: np.ndarray
    joints: dict[str, np.ndarray]
    visible: dict[str, bool]


def render_figure(
    style: str,
    seed: int,
    index: int,
    size: int = 256,
    version: int = 1,
) -> Rendering:
    """Render one picture.

    Args:
        style (str): ``'synthetic'`` or ``'photo'``.
        seed (int): Which stream of pictures.
        index (int): Which picture of the stream.
        size (int): Side of the picture in pixels. Joints scale with it; fine
            grain does not.
        version (int): Which frozen set of pictures.

    Returns:
        Rendering: A function of the arguments alone.
    """
    if style not in STYLES:
        raise ValueError(f'style must be one of {[*STYLES]}, got {style!r}')
    if version not in VERSIONS:
        raise ValueError(
            f'unknown version {version!r} of the figures; this release '
            f'renders {VERSIONS}'
        )
    look = STYLES[style]
    # Person and place have streams of their own.
    scene = draw_scene(Dice(version, look.code, seed, index, 0), look)
    image = paint_scene(
        Dice(version, look.code, seed, index, 1), scene, look, size
    )
    names = list(scene.figure.joints)
    objects = scene.objects
    covers = objects and (objects.centres, objects.radii)
    seen = visible(scene.figure, names, covers)
    return Rendering(
        image,
        {n: scene.figure.joints[n][0] * size - 0.5 for n in names},
        dict(zip(names, seen.tolist(), strict=True)),
    )


def paint_scene(
    dice: Dice, scene: Scene, style: Style, size: int
) -> np.ndarray:
    """Paint a scene.

    Args:
        dice (Dice): Decides place, textures and camera noise.
        scene (Scene): What is in the picture.
        style (Style): How it looks.
        size (int): Side of the picture in pixels.

    Returns:
        ndarray: BGR uint8 (S, S, 3).
    """
    image = style.backdrop(dice, size, scene.horizon)
    if style.photographic:
        _shadow(dice, image, scene)
    silhouettes = _person(image, scene, style)
    if style.photographic:
        labels = [
            NOTHING if part.flat else _LABELS.get(part.colour, SKIN)
            for part in scene.figure.parts
        ]
        texture(dice, image, stencil(size, silhouettes, labels))
    if scene.objects is not None:
        _before(image, scene, style)
    return develop(dice, image) if style.photographic else image


def _person(image: np.ndarray, scene: Scene, style: Style) -> np.ndarray:
    """Paint the shaded parts, the nearest last; returns their outlines."""
    figure = scene.figure
    base = figure.colours(scene.outfit)
    polygons, colours = _layers(
        figure.centres, figure.radii, base, scene, style
    )
    # What is farther away is a little darker.
    far = figure.depths - figure.joints['pelvis'][1]
    colours *= np.clip(1.0 - 0.25 * far, 0.8, 1.12)[:, None, None]
    flat = np.array([p.flat for p in figure.parts])
    colours[flat] = base[flat][:, None]
    order = _order(figure, len(style.layers))
    paint(image, polygons[order], np.clip(colours[order], 0, 255))
    return polygons[:, 0]  # the first layer is the whole part


def _order(figure: Figure, layers: int) -> tuple[np.ndarray, np.ndarray]:
    """In which order (part, layer) are painted.

    Neighbours of one limb are shaded together, layer by layer: thus a knee
    shows no seam.
    """
    pairs = []
    for limb, run in groupby(enumerate(figure.parts), lambda p: p[1].limb):
        parts = [i for i, _ in run]
        if limb:
            pairs += [(i, j) for j in range(layers) for i in parts]
        else:
            for i in parts:
                count = 1 if figure.parts[i].flat else layers
                pairs += [(i, j) for j in range(count)]
    part, layer = np.array(pairs).T
    return part, layer


def _layers(centres, radii, base, scene: Scene, style: Style):
    """Polygons (P, L, M, 2) and colours (P, L, 3) of shaded hulls."""
    count = len(style.layers)
    discs, sizes = shaded(centres, radii, style.layers, scene.light)
    shape = discs.shape
    polygons = outlines(
        discs.reshape(-1, *shape[2:]), sizes.reshape(-1, shape[2])
    )
    level = np.linspace(*scene.brightness, count)
    colours = base[:, None] * level[None, :, None]
    return polygons.reshape(shape[0], count, -1, 2), colours


def _before(image: np.ndarray, scene: Scene, style: Style) -> None:
    """Objects before the person."""
    objects = scene.objects
    polygons, colours = _layers(
        objects.centres, objects.radii, objects.colours, scene, style
    )
    paint(
        image,
        polygons.reshape(-1, *polygons.shape[2:]),
        np.clip(colours, 0, 255).reshape(-1, 3),
    )


def _shadow(dice: Dice, image: np.ndarray, scene: Scene) -> None:
    """A dark patch on the ground under a person who stands on it."""
    strength = dice.uniform(0.2, 0.7)
    figure = scene.figure
    if scene.pose.airborne:
        return
    low = figure.centres[..., 1] + figure.radii
    part, disc = np.unravel_index(low.argmax(), low.shape)
    x, y = figure.centres[part, disc, 0], low[part, disc]
    width = dice.uniform(0.15, 0.4) * figure.scale
    lean = dice.normal(0.0, 0.25) * figure.scale
    discs = np.array([[[x - lean, y], [x + lean, y]]])
    blob = outlines(discs, np.full((1, 2), width))
    # A disc on the ground is seen as a flat ellipse.
    blob[..., 1] = y - 0.01 + (blob[..., 1] - y) * 0.2
    shade = np.full(image.shape[:2], 255, np.uint8)
    paint(shade, blob, np.array([[255.0 * (1.0 - strength)]]))
    cv2.blur(shade, (9, 9), dst=shade)
    cv2.multiply(
        image, cv2.cvtColor(shade, cv2.COLOR_GRAY2BGR), dst=image,
        scale=1.0 / 255.0,
    )  # fmt: skip
