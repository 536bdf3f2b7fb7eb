# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Flesh and clothes on a posed skeleton."""

from functools import partial

import numpy as np

from .head import Head
from .parts import Outfit, Part, Spheres, facing, make_part
from .skeleton import SIDES, Body, Skeleton

# Radii of an average person's flesh as fractions of the stature.
RADII = {
    'hip': 0.050,
    'waist': 0.043,
    'rib': 0.049,
    'shoulder': 0.033,
    'neck': 0.029,
    'thigh': 0.047,
    'knee': 0.030,
    'calf': 0.032,
    'ankle': 0.021,
    'heel': 0.020,
    'toe': 0.017,
    'elbow': 0.022,
    'forearm': 0.024,
    'wrist': 0.016,
    'hand': 0.019,
}


class Tailor:
    """Makes the parts of one dressed person.

    Args:
        skeleton (Skeleton): The posed skeleton.
        body (Body): The build.
        outfit (Outfit): The clothes.
        eye (ndarray): Position (3, ) of the camera in the world, which tells
            what of the face and of the shirt's front is seen.
    """

    def __init__(
        self, skeleton: Skeleton, body: Body, outfit: Outfit, eye: np.ndarray
    ) -> None:
        self.joints = skeleton.joints
        self.frames = skeleton.frames
        self.outfit = outfit
        self.eye = eye
        self.unit = body.stature
        self.radii = {
            name: value * body.stature * body.girth
            for name, value in RADII.items()
        }
        self.head = Head(skeleton, body, outfit, eye)

    def parts(self) -> list[Part]:
        """All parts, in no particular order."""
        parts = [*self._trunk(), *self._front(), *self.head.parts()]
        for side in SIDES:
            parts += self._leg(side)
            parts += self._arm(side)
        if self.outfit.bottom == 'skirt':
            parts.append(self._skirt())
        return parts

    def _across(self, joint: str, frame: str, width: float, radius: float):
        """Two spheres left and right of a joint of the spine."""
        step = self.frames[frame][:, 0] * (width * self.unit)
        centre = self.joints[joint]
        return [(centre + step, radius), (centre - step, radius)]

    def _trunk(self) -> list[Part]:
        joints, radii, loose = self.joints, self.radii, self.outfit.loose
        hips = [(joints[f'{s}_hip'], radii['hip']) for s in SIDES]
        waist = self._across('waist', 'abdomen', 0.042, radii['waist'])
        shirt = [(c, r * loose) for c, r in waist]
        ribs = self._across('thorax', 'chest', 0.046, radii['rib'] * loose)
        # The muscle lies a little inwards of the joint.
        shoulders = [
            (
                0.9 * joints[f'{s}_shoulder'] + 0.1 * joints['neck'],
                radii['shoulder'],
            )
            for s in SIDES
        ]
        drop = self.frames['chest'][:, 1] * (0.02 * self.unit)
        collar = (joints['neck'] - drop, radii['neck'] * 1.1)
        throat = [(joints[j], radii['neck']) for j in ('neck', 'head')]
        hip_joints = ('pelvis', 'left_hip', 'right_hip')
        shoulder_joints = ('left_shoulder', 'right_shoulder')
        return [
            make_part(
                'pelvis', 'trousers', hips + waist, hip_joints, limb='trunk'
            ),
            make_part(
                'abdomen',
                'shirt',
                shirt + ribs,
                ('thorax', 'pelvis'),
                limb='trunk',
            ),
            make_part(
                'chest',
                'shirt',
                [*ribs, *shoulders, collar],
                ('thorax', 'neck', *shoulder_joints),
                limb='trunk',
            ),
            make_part('neck', 'skin', throat, ('neck', 'head'), limb='head'),
        ]

    def _front(self) -> list[Part]:
        """Neckline and print, which tell the front from the back."""
        chest, unit = self.frames['chest'], self.unit
        right, up, ahead = chest[:, 0] * unit, chest[:, 1] * unit, chest[:, 2]
        depth = self.radii['rib'] * self.outfit.loose
        middle = self.joints['thorax'] + up * 0.045
        seen = facing(self.eye, middle, ahead)
        owns = ('neck', 'thorax')
        marks = []
        if seen > 0.15:
            throat = self.joints['neck'] + ahead * (0.6 * depth)
            corners = (right * 0.022, right * -0.022, up * -0.045)
            notch = [(throat + corner, 0.006 * unit) for corner in corners]
            marks.append(
                make_part('neckline', 'skin', notch, owns, 0.12, flat=True)
            )
        if self.outfit.patch and abs(seen) > 0.3:
            surface = middle + ahead * (depth * (0.9 if seen > 0 else -0.9))
            wide, tall = (0.032, 0.018) if seen > 0 else (0.006, 0.06)
            corners = [
                (surface + right * (wide * i) + up * (tall * j), 0.004 * unit)
                for i in (-1, 1)
                for j in (-1, 1)
            ]
            marks.append(
                make_part('patch', 'trim', corners, owns, 0.1, flat=True)
            )
        return marks

    def _leg(self, side: str) -> list[Part]:
        joints, radii = self.joints, self.radii
        hip, knee, ankle, toe = (
            joints[f'{side}_{j}'] for j in ('hip', 'knee', 'ankle', 'toe')
        )
        long = self.outfit.bottom == 'trousers'
        cloth = self.outfit.loose if long else 1.0
        colour = 'trousers' if long else 'skin'
        calf = knee + 0.3 * (ankle - knee)
        calf = calf - self.frames[f'{side}_shank'][:, 2] * (0.006 * self.unit)
        foot = self.frames[f'{side}_foot']
        sole = foot[:, 1] * (-0.022 * self.unit)
        heel = ankle + sole - foot[:, 2] * (0.022 * self.unit)
        thigh = [
            (hip, radii['thigh'] * cloth),
            (hip + 0.35 * (knee - hip), radii['thigh'] * 0.98 * cloth),
            (knee, radii['knee'] * cloth),
        ]
        shank = [
            (knee, radii['knee'] * cloth),
            (calf, radii['calf'] * cloth),
            (ankle, radii['ankle'] * cloth),
        ]
        shoe = [
            (heel, radii['heel']),
            (ankle, radii['ankle'] * 0.9),
            (toe, radii['toe']),
        ]
        of_hip, of_knee, of_ankle = (
            f'{side}_{j}' for j in ('hip', 'knee', 'ankle')
        )
        part = partial(make_part, limb=f'{side}_leg')
        parts = [
            part(f'{side}_thigh', colour, thigh, (of_hip, of_knee)),
            part(f'{side}_shank', colour, shank, (of_knee, of_ankle)),
            part(f'{side}_foot', 'shoes', shoe, (of_ankle,), 0.01),
        ]
        if long:
            return parts
        reach = 0.25 if self.outfit.bottom == 'briefs' else 0.62
        width = radii['thigh'] * self.outfit.loose * 1.06
        short = _piece(hip, knee, reach, width)
        sock = _piece(ankle, knee, 0.22, radii['ankle'] * 1.1)
        return [
            *parts,
            part(f'{side}_sock', 'sock', sock, (of_ankle,), 0.02),
            part(f'{side}_short', 'trousers', short, (of_hip,), 0.02),
        ]

    def _arm(self, side: str) -> list[Part]:
        radii, outfit = self.radii, self.outfit
        shoulder, elbow, wrist, hand = (
            self.joints[f'{side}_{j}']
            for j in ('shoulder', 'elbow', 'wrist', 'hand')
        )
        long = outfit.sleeve == 'long'
        cloth = outfit.loose if long else 1.0
        colour = 'shirt' if long else 'skin'
        upper = [
            (shoulder, radii['shoulder'] * 0.95 * cloth),
            (elbow, radii['elbow'] * cloth),
        ]
        fore = [
            (elbow, radii['elbow'] * cloth),
            (elbow + 0.3 * (wrist - elbow), radii['forearm'] * cloth),
            (wrist, radii['wrist'] * cloth),
        ]
        fist = [
            (wrist, radii['wrist'] * 0.9),
            (0.3 * wrist + 0.7 * hand, radii['hand'] * 1.05),
            (1.5 * hand - 0.5 * wrist, radii['hand'] * 0.55),
        ]
        of_shoulder, of_elbow, of_wrist = (
            f'{side}_{j}' for j in ('shoulder', 'elbow', 'wrist')
        )
        top, low = (of_shoulder, of_elbow), (of_elbow, of_wrist)
        part = partial(make_part, limb=f'{side}_arm')
        parts = [
            part(f'{side}_upper_arm', colour, upper, top, 0.01),
            part(f'{side}_forearm', colour, fore, low, 0.02),
            part(f'{side}_hand', 'skin', fist, (of_wrist,), 0.015),
        ]
        if outfit.sleeve == 'short':
            width = radii['shoulder'] * outfit.loose
            sleeve = _piece(shoulder, elbow, 0.55, width)
            parts.append(part(f'{side}_sleeve', 'shirt', sleeve, top, 0.02))
        return parts

    def _skirt(self) -> Part:
        joints, radii = self.joints, self.radii
        hem = [
            (
                0.45 * joints[f'{s}_hip'] + 0.55 * joints[f'{s}_knee'],
                radii['thigh'] * 1.25,
            )
            for s in SIDES
        ]
        waist = self._across('waist', 'abdomen', 0.036, radii['waist'])
        owns = ('pelvis', 'left_hip', 'right_hip')
        return make_part('skirt', 'trousers', [*hem, *waist], owns, 0.08)


def _piece(
    start: np.ndarray, end: np.ndarray, share: float, width: float
) -> Spheres:
    """A tube of cloth along the first part of a segment."""
    return [(start, width), (start + share * (end - start), width * 0.92)]
