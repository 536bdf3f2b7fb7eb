# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""An articulated human in three dimensions.

Frame of the body: x to the person's *left*, y up, z forward, metres. Angles
are degrees and are zero in the upright stance with hanging arms. ``flexion``
is forward for hip, shoulder, spine and neck, backward for the knee; the
``left_`` and ``right_`` angles are mirrored, so equal values mean a symmetric
pose.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .dice import Dice

SIDES = {'left': 1.0, 'right': -1.0}

# Segment lengths as fractions of the stature: Drillis and Contini, Body
# Segment Parameters, 1966 (levels of shoulder 0.818, hip 0.530, knee 0.285,
# ankle 0.039). Its shoulder and hip breadths (0.259, 0.191) are outer ones;
# the joint centres lie inside by the radius of the flesh.
PROPORTIONS = {
    'thigh': 0.245,
    'shank': 0.246,
    'foot': 0.105,  # ankle to the ball of the toes
    'hip': 0.052,  # pelvis to hip joint
    'pelvis': 0.085,  # hip level to waist
    'abdomen': 0.110,  # waist to chest
    'chest': 0.106,  # chest to the base of the neck
    'clavicle': 0.105,  # spine to shoulder joint
    'shoulder': 0.084,  # chest to the level of the shoulders
    'neck': 0.052,
    'head': 0.120,  # base of the skull to the top
    'upper_arm': 0.178,
    'forearm': 0.148,
    'hand': 0.058,  # wrist to the knuckles
}

# Ranges of motion of the American Academy of Orthopaedic Surgeons (Joint
# Motion, 1965), hip and knee flexion a little wider for athletes. The
# shoulder has the globe angles of Wu et al. (J. Biomech. 2005): plane of
# elevation (0 sideways, 90 forward), elevation, axial rotation (inward > 0).
LIMITS = {
    'spine_flexion': (-30.0, 80.0),
    'spine_side': (-35.0, 35.0),
    'spine_twist': (-45.0, 45.0),
    'neck_flexion': (-45.0, 45.0),
    'neck_side': (-40.0, 40.0),
    'neck_twist': (-70.0, 70.0),
    'hip_flexion': (-30.0, 130.0),
    'hip_abduction': (-25.0, 60.0),
    'hip_rotation': (-40.0, 45.0),
    'knee_flexion': (0.0, 145.0),
    'ankle_flexion': (-50.0, 20.0),
    'shoulder_plane': (-60.0, 130.0),
    'shoulder_elevation': (0.0, 180.0),
    'shoulder_rotation': (-90.0, 80.0),
    'elbow_flexion': (0.0, 145.0),
}
# From the ankle to the ball of the toes: forward and 14 degrees down.
TOE_DIRECTION = np.array(
    (0.0, -math.sin(math.radians(14.0)), math.cos(math.radians(14.0)))
)
# Behind the frontal plane an arm rises to 60 degrees only (AAOS extension).
MAX_BACKWARD_ELEVATION = 60.0


@dataclass(frozen=True)
class Body:
    """The build of a person.

    Args:
        lengths (dict[str, float]): Segment lengths in metres, the keys of
            ``PROPORTIONS``.
        girth (float): Factor on the radii of the flesh.
        stature (float): Height in metres.
    """

    lengths: Mapping[str, float]
    girth: float
    stature: float

    @classmethod
    def average(cls, stature: float = 1.75) -> 'Body':
        """The body of the table."""
        lengths = {k: v * stature for k, v in PROPORTIONS.items()}
        return cls(lengths, 1.0, stature)

    @classmethod
    def sample(cls, dice: Dice) -> 'Body':
        """A person: stature, build and proportions vary."""
        stature = dice.normal(1.70, 0.11)
        group = {
            'leg': dice.normal(1.0, 0.035),
            'arm': dice.normal(1.0, 0.035),
            'width': dice.normal(1.0, 0.06),
            'head': dice.normal(1.03, 0.05),
        }
        of = {'thigh': 'leg', 'shank': 'leg', 'head': 'head'}
        of.update(dict.fromkeys(('upper_arm', 'forearm'), 'arm'))
        of.update(dict.fromkeys(('hip', 'clavicle'), 'width'))
        lengths = {
            k: v * stature * group.get(of.get(k), 1.0)
            for k, v in PROPORTIONS.items()
        }
        return cls(lengths, dice.uniform(0.85, 1.25), stature)


@dataclass(frozen=True)
class Skeleton:
    """A posed body.

    Args:
        joints (dict[str, ndarray]): Positions (3, ) in metres.
        frames (dict[str, ndarray]): Rotations (3, 3) of the segments, whose
            columns are the segment's x, y and z axes.
    """

    joints: Mapping[str, np.ndarray]
    frames: Mapping[str, np.ndarray]


def rotation(axis: str, degrees: float) -> np.ndarray:
    """The right-handed rotation (3, 3) about a coordinate axis."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if axis == 'x':
        return np.array(((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c)))
    if axis == 'y':
        return np.array(((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)))
    if axis == 'z':
        return np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
    raise ValueError(f"axis must be 'x', 'y' or 'z', but got {axis!r}")


def within_limits(pose: Mapping[str, float]) -> dict[str, float]:
    """The anatomically possible pose nearest to the wanted one.

    Args:
        pose (dict[str, float]): Wanted angles; absent ones are 0.

    Returns:
        dict[str, float]: All angles, with ``left_`` and ``right_`` limbs.
    """
    result = {}
    for name, (low, high) in LIMITS.items():
        central = name.startswith(('spine', 'neck'))
        for key in (name,) if central else (f'left_{name}', f'right_{name}'):
            result[key] = min(max(pose.get(key, 0.0), low), high)
    unknown = set(pose) - set(result)
    if unknown:
        raise ValueError(
            f'unknown angles {sorted(unknown)}; the names are those of '
            'LIMITS, with left_ or right_ before the limbs'
        )
    for side in SIDES:
        if result[f'{side}_shoulder_plane'] < 0.0:
            key = f'{side}_shoulder_elevation'
            result[key] = min(result[key], MAX_BACKWARD_ELEVATION)
    return result


def forward_kinematics(
    pose: Mapping[str, float], body: Body, root: np.ndarray
) -> Skeleton:
    """Joint positions and segment frames of a pose.

    Args:
        pose (dict[str, float]): Angles from :func:`within_limits`.
        body (Body): The build.
        root (ndarray): Rotation (3, 3) of the pelvis in the world, where the
            pelvis is the origin, y is up and a person with the unit rotation
            looks along z.

    Returns:
        Skeleton: Joints ``pelvis, waist, thorax, neck, head, head_top`` and
        of each side ``hip, knee, ankle, toe, shoulder, elbow, wrist, hand``.
    """
    length = body.lengths
    joints = {'pelvis': np.zeros(3)}
    frames = {'pelvis': root}

    def bend(part: str, share: float) -> np.ndarray:
        return (
            rotation('x', share * pose[f'{part}_flexion'])
            @ rotation('z', -share * pose[f'{part}_side'])
            @ rotation('y', share * pose[f'{part}_twist'])
        )

    half = bend('spine', 0.5)
    frames['abdomen'] = root @ half
    frames['chest'] = frames['abdomen'] @ half
    half = bend('neck', 0.5)
    frames['neck'] = frames['chest'] @ half
    frames['head'] = frames['neck'] @ half
    joints['waist'] = root[:, 1] * length['pelvis']
    joints['thorax'] = (
        joints['waist'] + frames['abdomen'][:, 1] * (length['abdomen'])
    )
    up = frames['chest'][:, 1]
    joints['neck'] = joints['thorax'] + up * length['chest']
    joints['head'] = joints['neck'] + frames['neck'][:, 1] * length['neck']
    joints['head_top'] = joints['head'] + frames['head'][:, 1] * length['head']
    for side, sign in SIDES.items():
        _leg(side, sign, pose, length, joints, frames)
        _arm(side, sign, pose, length, joints, frames)
    return Skeleton(joints, frames)


def _leg(side, sign, pose, length, joints, frames) -> None:
    root = frames['pelvis']
    thigh = (
        root
        @ rotation('x', -pose[f'{side}_hip_flexion'])
        @ rotation('z', sign * pose[f'{side}_hip_abduction'])
        @ rotation('y', sign * pose[f'{side}_hip_rotation'])
    )
    shank = thigh @ rotation('x', pose[f'{side}_knee_flexion'])
    foot = shank @ rotation('x', -pose[f'{side}_ankle_flexion'])
    hip = root[:, 0] * (sign * length['hip'])
    knee = hip - thigh[:, 1] * length['thigh']
    ankle = knee - shank[:, 1] * length['shank']
    toe = ankle + foot @ TOE_DIRECTION * length['foot']
    for name, value in zip(
        ('hip', 'knee', 'ankle', 'toe'), (hip, knee, ankle, toe), strict=True
    ):
        joints[f'{side}_{name}'] = value
    frames[f'{side}_thigh'] = thigh
    frames[f'{side}_shank'] = shank
    frames[f'{side}_foot'] = foot


def _arm(side, sign, pose, length, joints, frames) -> None:
    chest = frames['chest']
    plane = pose[f'{side}_shoulder_plane']
    elevation = pose[f'{side}_shoulder_elevation']
    # The shoulder blade takes part above 60 degrees (scapulohumeral rhythm).
    shrug = rotation('z', sign * max(0.0, elevation - 60.0) / 120.0 * 25.0)
    shoulder = (
        joints['thorax']
        + chest[:, 1] * length['shoulder']
        + chest @ shrug[:, 0] * (sign * length['clavicle'])
    )
    upper = (
        chest
        @ rotation('y', -sign * plane)
        @ rotation('z', sign * elevation)
        @ rotation('y', sign * (plane - pose[f'{side}_shoulder_rotation']))
    )
    fore = upper @ rotation('x', -pose[f'{side}_elbow_flexion'])
    elbow = shoulder - upper[:, 1] * length['upper_arm']
    wrist = elbow - fore[:, 1] * length['forearm']
    joints[f'{side}_shoulder'] = shoulder
    joints[f'{side}_elbow'] = elbow
    joints[f'{side}_wrist'] = wrist
    joints[f'{side}_hand'] = wrist - fore[:, 1] * length['hand']
    frames[f'{side}_upper_arm'] = upper
    frames[f'{side}_forearm'] = fore
