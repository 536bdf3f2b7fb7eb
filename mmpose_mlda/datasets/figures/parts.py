# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a dressed person is made of: convex hulls of spheres.

Limbs are tapered capsules and the trunk is made of rounded blocks. The
silhouette of a part is the convex hull of discs, which :mod:`.hulls` paints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Spheres = Sequence[tuple[np.ndarray, float]]


@dataclass(frozen=True)
class Outfit:
    """What a person wears.

    Args:
        colours (dict[str, ndarray]): BGR of ``skin, hair, shirt, trousers,
            shoes, sock, trim, hat``.
        sleeve (str): ``'none'``, ``'short'`` or ``'long'``.
        bottom (str): ``'briefs'``, ``'shorts'``, ``'trousers'`` or
            ``'skirt'``.
        hair (str): ``'bald'``, ``'short'``, ``'long'`` or ``'hat'``.
        loose (float): Factor on the radii under cloth.
        patch (bool): Whether the shirt has a print, in front a patch and at
            the back a stripe.
    """

    colours: Mapping[str, np.ndarray]
    sleeve: str = 'short'
    bottom: str = 'trousers'
    hair: str = 'short'
    loose: float = 1.1
    patch: bool = True


@dataclass(frozen=True)
class Part:
    """A convex hull of spheres with one colour.

    Args:
        name (str): Such as ``'left_thigh'``.
        colour (str): Key of :attr:`Outfit.colours`.
        centres (ndarray): Sphere centres (S, 3), metres.
        radii (ndarray): Their radii (S, ).
        owns (frozenset[str]): Joints that are seen where this part is seen.
        nearer (float): Metres by which it is sorted towards the camera.
        flat (bool): A mark on a surface: not shaded.
        limb (str): Parts of one limb are shaded as one surface.
    """

    name: str
    colour: str
    centres: np.ndarray
    radii: np.ndarray
    owns: frozenset[str] = frozenset()
    nearer: float = 0.0
    flat: bool = False
    limb: str = ''


def make_part(
    name: str,
    colour: str,
    spheres: Spheres,
    owns: Sequence[str] = (),
    nearer: float = 0.0,
    flat: bool = False,
    limb: str = '',
) -> Part:
    """A part from (centre, radius) pairs."""
    centres = np.array([centre for centre, _ in spheres])
    radii = np.array([radius for _, radius in spheres])
    return Part(
        name, colour, centres, radii, frozenset(owns), nearer, flat, limb
    )


def facing(eye: np.ndarray, point: np.ndarray, normal: np.ndarray) -> float:
    """Cosine between a normal and the direction from a point to the camera.

    Args:
        eye (ndarray): Position (3, ) of the camera.
        point (ndarray): Surface point (3, ).
        normal (ndarray): Direction (3, ), of any length.
    """
    ray = eye - point
    return float(normal @ ray) / float(
        np.sqrt((ray @ ray) * (normal @ normal))
    )
