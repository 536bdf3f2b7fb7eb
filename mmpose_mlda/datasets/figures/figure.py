# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A person in a picture: hulls sorted by depth, and the joints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .body import Tailor
from .camera import Camera
from .hulls import contains, stack
from .parts import Outfit, Part
from .skeleton import Body, Skeleton

# A joint this far (metres) behind the middle of the part that owns it is on
# the far side of the trunk.
FAR_SIDE = 0.15


@dataclass(frozen=True)
class Figure:
    """A projected person. P parts, S discs each; the last part is nearest.

    Args:
        parts (list[Part]): The parts in the order of painting.
        centres (ndarray): Disc centres (P, S, 2) in the picture.
        radii (ndarray): Disc radii (P, S) in the picture.
        depths (ndarray): Mean depths (P, ), metres.
        joints (dict[str, tuple]): Position (2, ) in the picture and depth.
        scale (float): Picture units per metre at the pelvis.
    """

    parts: Sequence[Part]
    centres: np.ndarray
    radii: np.ndarray
    depths: np.ndarray
    joints: dict[str, tuple[np.ndarray, float]]
    scale: float

    def colours(self, outfit: Outfit) -> np.ndarray:
        """BGR (P, 3) of the parts."""
        return np.stack([outfit.colours[p.colour] for p in self.parts])


def frame_figure(
    skeleton: Skeleton,
    body: Body,
    outfit: Outfit,
    camera: Camera,
    extent: float,
    middle: tuple[float, float],
    props: Sequence[Part] = (),
) -> tuple[Figure, Camera]:
    """Dress a skeleton and project it so that it fills a box.

    Args:
        skeleton (Skeleton): The posed skeleton.
        body (Body): The build.
        outfit (Outfit): The clothes.
        camera (Camera): The view; focal length and centre are found here.
        extent (float): Longer side of the figure in the picture.
        middle (tuple[float, float]): Centre of the figure in the picture.
        props (list[Part]): Things the person holds; not part of the box.

    Returns:
        tuple[Figure, Camera]: The figure and the camera that sees it.
    """
    eye = camera.view.T @ np.array((0.0, 0.0, camera.distance))
    parts = Tailor(skeleton, body, outfit, eye).parts()
    own = len(parts)
    parts = [*parts, *props]
    centres, radii = stack(
        [p.centres for p in parts], [p.radii for p in parts]
    )
    camera = camera.framed(centres[:own], radii[:own], extent, middle)
    discs, sizes, depths = camera.discs(centres, radii)
    count = np.array([len(p.radii) for p in parts])
    padding = (depths.shape[1] - count) * depths[:, 0]
    depth = (depths.sum(axis=1) - padding) / count
    order = np.argsort(-_keys(parts, depth), kind='stable')
    names = list(skeleton.joints)
    places, far = camera.project(np.stack([*skeleton.joints.values()]))
    joints = {n: (places[i], float(far[i])) for i, n in enumerate(names)}
    figure = Figure(
        [parts[i] for i in order],
        discs[order],
        sizes[order],
        depth[order],
        joints,
        camera.focal / camera.distance,
    )
    return figure, camera


def _keys(parts: Sequence[Part], depths: np.ndarray) -> np.ndarray:
    """Depths to sort by (P, ), which keep limbs together where possible.

    A limb that lies on one side of the trunk is painted in one go, so that
    its parts can be shaded as one surface.
    """
    keys = depths - np.array([p.nearer for p in parts])
    limbs: dict[str, list[int]] = {}
    for i, part in enumerate(parts):
        if part.limb:
            limbs.setdefault(part.limb, []).append(i)
    trunk = keys[limbs['trunk']].mean()
    for limb, members in limbs.items():
        own = keys[members]
        middle = own.mean()
        if limb == 'trunk' or ((own > trunk) == (middle > trunk)).all():
            keys[members] = middle + 1e-3 * (own - middle)
    return keys


def visible(
    figure: Figure,
    names: Sequence[str],
    covers: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Which joints are seen.

    A joint is seen if the nearest thing drawn over its position is a part of
    the body that it belongs to, and it does not lie on the far side of it. The
    top of the head lies on an outline: what nothing covers is seen.

    Args:
        figure (Figure): The person.
        names (list[str]): K joints.
        covers (tuple, optional): Disc centres (Q, S, 2) and radii (Q, S) of
            things before the person.

    Returns:
        ndarray: Booleans (K, ); False outside the picture too.
    """
    points = np.stack([figure.joints[name][0] for name in names])
    inside = contains(figure.centres, figure.radii, points)
    seen = ((points >= 0.0) & (points < 1.0)).all(axis=1)
    if covers is not None:
        seen &= ~contains(*covers, points).any(axis=0)
    tops = len(inside) - 1 - inside[::-1].argmax(axis=0)
    for k in np.flatnonzero(seen & inside.any(axis=0)):
        top = figure.parts[tops[k]]
        behind = figure.joints[names[k]][1] - figure.depths[tops[k]]
        seen[k] = names[k] in top.owns and behind < FAR_SIDE
    return seen
