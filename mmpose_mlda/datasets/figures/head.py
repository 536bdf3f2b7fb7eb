# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The head, whose face, hair and hat tell where the person looks."""

import numpy as np

from .parts import Outfit, Part, facing, make_part
from .skeleton import SIDES, Body, Skeleton

SEEN = ('head', 'head_top', 'neck')


class Head:
    """The parts of a head.

    Args:
        skeleton (Skeleton): The posed skeleton.
        body (Body): The build.
        outfit (Outfit): Hair, hat and colours.
        eye (ndarray): Position (3, ) of the camera in the world.
    """

    def __init__(
        self, skeleton: Skeleton, body: Body, outfit: Outfit, eye: np.ndarray
    ) -> None:
        self.base = skeleton.joints['head']
        self.frame = skeleton.frames['head']
        self.length = body.lengths['head']
        self.outfit = outfit
        self.eye = eye

    def parts(self) -> list[Part]:
        """Skull, face, hair and hat."""
        return [*self._skull(), *self._hair(), *self._face()]

    def _ball(self, x: float, y: float, z: float, radius: float):
        """A sphere in units of the head's length: left, up, forward."""
        centre = self.base + self.frame @ np.array((x, y, z)) * self.length
        return centre, radius * self.length

    def _looks(self, *direction: float) -> float:
        """Cosine of the angle between a direction of the head and the view."""
        normal = self.frame @ np.array(direction)
        return facing(self.eye, self.base, normal)

    def _skull(self) -> list[Part]:
        scalp = 'skin' if self.outfit.hair == 'bald' else 'hair'
        skull = [
            self._ball(0, 0.55, -0.05, 0.45),
            self._ball(0, 0.3, -0.1, 0.4),
        ]
        jaw = [self._ball(0, 0.50, 0.10, 0.37), self._ball(0, 0.1, 0.2, 0.2)]
        # From behind, the hair hides the face.
        seen = self._looks(0, 0, 1) > -0.35
        return [
            make_part(
                'skull',
                scalp,
                skull,
                SEEN,
                0.01 if seen else 0.05,
                limb='head',
            ),
            make_part('face', 'skin', jaw, SEEN, 0.03, limb='head'),
        ]

    def _hair(self) -> list[Part]:
        if self.outfit.hair == 'long':
            lock = [
                self._ball(0, 0.35, -0.12, 0.44),
                self._ball(0, -0.35, -0.32, 0.26),
            ]
            nearer = 0.2 if self._looks(0, 0, 1) < -0.1 else -0.1
            return [make_part('mane', 'hair', lock, SEEN, nearer)]
        if self.outfit.hair == 'hat':
            crown = [
                self._ball(0, 0.62, -0.05, 0.42),
                self._ball(0, 0.70, 0.08, 0.34),
            ]
            peak = [
                self._ball(0.2, 0.72, 0.42, 0.05),
                self._ball(-0.2, 0.72, 0.42, 0.05),
                self._ball(0, 0.70, 0.68, 0.05),
            ]
            front = self._looks(0, 0, 1) > -0.2
            return [
                make_part('hat', 'hat', crown, SEEN, 0.07),
                make_part('peak', 'hat', peak, SEEN, 0.2 if front else -0.1),
            ]
        return []

    def _face(self) -> list[Part]:
        """Eyes, nose and mouth, where they are on the near side."""
        marks = []
        for side, sign in SIDES.items():
            if self._looks(sign * 0.42, 0, 0.9) > 0.25:
                lids = [
                    self._ball(sign * x, 0.42, 0.43, 0.03) for x in (0.13, 0.2)
                ]
                marks.append((f'{side}_eye', 'eye', lids))
        if self._looks(0, 0, 1) > -0.05:
            nose = [
                self._ball(0, 0.4, 0.45, 0.03),
                self._ball(0, 0.27, 0.55, 0.06),
            ]
            marks.append(('nose', 'blush', nose))
        if self._looks(0, 0, 1) > 0.15:
            lips = [self._ball(x, 0.09, 0.37, 0.03) for x in (-0.1, 0.1)]
            marks.append(('mouth', 'lips', lips))
        return [
            make_part(name, colour, balls, SEEN, nearer=0.16, flat=True)
            for name, colour, balls in marks
        ]
