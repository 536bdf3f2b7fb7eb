# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What people do: distributions of joint angles.

An action gives (mean, spread) in degrees for the trunk, the leading leg and
the trailing leg (sides drawn at random), and weights of what the arms do.
Angles that are not named stay at 0 with a small spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .dice import Dice
from .skeleton import rotation, within_limits

Table = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Action:
    """One kind of pose.

    Args:
        lead, trail (dict): (mean, spread) of the angles of the two legs.
        trunk (dict): The same of spine and neck.
        arms (dict[str, float]): Weights of the keys of ``ARMS``.
        pitch, roll (tuple): (mean, spread) of the pelvis: leaning forward,
            and turned in the image plane.
        airborne (float): Probability that the feet are off the ground.
    """

    lead: Table
    trail: Table
    arms: Mapping[str, float]
    trunk: Table = field(default_factory=dict)
    pitch: tuple[float, float] = (0.0, 3.0)
    roll: tuple[float, float] = (0.0, 3.0)
    airborne: float = 0.0


def _leg(hip, knee, ankle=(0, 8), spread=(5, 6), turn=(6, 8)) -> Table:
    return {
        'hip_flexion': hip,
        'knee_flexion': knee,
        'ankle_flexion': ankle,
        'hip_abduction': spread,
        'hip_rotation': turn,
    }


def _arm(plane, elevation, turn, elbow) -> Table:
    return {
        'shoulder_plane': plane,
        'shoulder_elevation': elevation,
        'shoulder_rotation': turn,
        'elbow_flexion': elbow,
    }


ARMS = {
    'hang': _arm((20, 30), (13, 9), (15, 20), (18, 14)),
    'swing': _arm((70, 40), (32, 16), (20, 18), (75, 28)),
    'free': _arm((40, 55), (75, 50), (-5, 45), (55, 42)),
    'side': _arm((5, 20), (85, 20), (-10, 40), (25, 28)),
    'front': _arm((85, 20), (75, 25), (0, 35), (35, 30)),
    'up': _arm((45, 40), (150, 22), (-20, 35), (35, 32)),
    'hip': _arm((5, 15), (45, 8), (55, 15), (95, 15)),
    'fold': _arm((65, 18), (32, 12), (62, 18), (110, 18)),
    'throw': _arm((5, 25), (95, 18), (-70, 20), (80, 30)),
    'back': _arm((-40, 15), (42, 14), (15, 25), (30, 25)),
    'support': _arm((85, 12), (160, 14), (0, 25), (12, 10)),
    'ground': _arm((85, 15), (95, 20), (0, 25), (15, 14)),
}
SWAY = {
    'spine_flexion': (4, 7),
    'spine_side': (0, 6),
    'spine_twist': (0, 9),
    'neck_flexion': (2, 10),
    'neck_side': (0, 8),
    'neck_twist': (0, 22),
}
STRAIGHT = _leg((5, 8), (7, 6))

ACTIONS = {
    'stand': Action(
        lead=STRAIGHT,
        trail=_leg((0, 6), (5, 5)),
        arms={'hang': 5, 'free': 3, 'hip': 1, 'fold': 1, 'up': 1, 'side': 1},
    ),
    'walk': Action(
        lead=_leg((28, 8), (12, 9)),
        trail=_leg((-13, 7), (28, 16), (-12, 12)),
        arms={'hang': 4, 'swing': 4, 'free': 1},
    ),
    'run': Action(
        lead=_leg((62, 20), (82, 26)),
        trail=_leg((-8, 12), (40, 32), (-25, 15)),
        arms={'swing': 6, 'back': 2, 'free': 1},
        trunk={'spine_flexion': (10, 7)},
        pitch=(8, 6),
        airborne=0.4,
    ),
    'reach': Action(
        lead=STRAIGHT,
        trail=_leg((0, 8), (8, 8), spread=(10, 9)),
        arms={'free': 5, 'up': 2, 'side': 2, 'front': 2, 'throw': 1},
        trunk={'spine_side': (0, 10), 'spine_twist': (0, 14)},
    ),
    'sit': Action(
        lead=_leg((86, 9), (86, 16), spread=(9, 9)),
        trail=_leg((86, 9), (80, 20), spread=(9, 9)),
        arms={'front': 3, 'fold': 2, 'hang': 2, 'free': 2},
        trunk={'spine_flexion': (10, 14)},
        pitch=(-4, 7),
    ),
    'crouch': Action(
        lead=_leg((95, 18), (108, 20), (10, 10), spread=(17, 11)),
        trail=_leg((85, 25), (108, 22), (5, 14), spread=(17, 11)),
        arms={'front': 4, 'ground': 2, 'free': 2, 'hang': 1},
        trunk={'spine_flexion': (25, 15), 'neck_flexion': (-15, 14)},
        pitch=(18, 12),
    ),
    'lunge': Action(
        lead=_leg((75, 17), (75, 22), spread=(10, 12)),
        trail=_leg((-12, 10), (28, 24), (-15, 15), spread=(12, 14)),
        arms={'free': 4, 'side': 2, 'front': 2, 'up': 2, 'throw': 1},
        trunk={'spine_flexion': (10, 14), 'spine_twist': (0, 16)},
        pitch=(8, 12),
    ),
    'bend': Action(
        lead=_leg((70, 20), (15, 14)),
        trail=_leg((62, 20), (15, 14), spread=(10, 9)),
        arms={'ground': 3, 'front': 2, 'hang': 2, 'free': 2},
        trunk={'spine_flexion': (42, 20), 'neck_flexion': (-10, 20)},
        pitch=(50, 18),
    ),
    'leap': Action(
        lead=_leg((65, 28), (50, 38), (-25, 15), spread=(16, 15)),
        trail=_leg((5, 32), (50, 38), (-25, 15), spread=(16, 15)),
        arms={'up': 4, 'side': 3, 'free': 3, 'back': 1},
        trunk={'spine_flexion': (5, 18), 'spine_twist': (0, 15)},
        pitch=(5, 18),
        roll=(0, 14),
        airborne=1.0,
    ),
    'kick': Action(
        lead=_leg((82, 25), (18, 18), (-20, 15), spread=(15, 18)),
        trail=_leg((5, 10), (15, 12)),
        arms={'side': 4, 'free': 3, 'back': 1, 'front': 1},
        trunk={'spine_flexion': (5, 15), 'spine_side': (0, 12)},
        pitch=(-8, 12),
        roll=(0, 10),
        airborne=0.2,
    ),
    'throw': Action(
        lead=_leg((32, 18), (25, 20), spread=(12, 12)),
        trail=_leg((-8, 14), (25, 18), spread=(15, 12)),
        arms={'throw': 4, 'front': 2, 'up': 2, 'free': 2},
        trunk={'spine_twist': (0, 24), 'spine_side': (0, 14)},
        pitch=(5, 12),
        airborne=0.15,
    ),
    'invert': Action(
        lead=_leg((15, 28), (18, 22), (-30, 15), spread=(18, 18)),
        trail=_leg((5, 28), (18, 22), (-30, 15), spread=(18, 18)),
        arms={'support': 5, 'up': 2, 'side': 1},
        trunk={'spine_flexion': (-8, 12), 'neck_flexion': (-20, 12)},
        roll=(180, 28),
        airborne=0.2,
    ),
    'dive': Action(
        lead=_leg((15, 28), (25, 26), (-30, 15), spread=(12, 12)),
        trail=_leg((-5, 20), (25, 26), (-30, 15), spread=(12, 12)),
        arms={'up': 4, 'side': 2, 'front': 2, 'free': 2},
        trunk={'spine_flexion': (-5, 15)},
        roll=(82, 22),
        airborne=0.8,
    ),
}


@dataclass(frozen=True)
class Pose:
    """A drawn pose.

    Args:
        action (str): A key of ``ACTIONS``.
        angles (dict[str, float]): All angles, within the joint limits.
        root (ndarray): Rotation (3, 3) of the pelvis in the world.
        airborne (bool): Whether the feet are off the ground.
    """

    action: str
    angles: Mapping[str, float]
    root: np.ndarray
    airborne: bool


def sample_pose(
    dice: Dice,
    actions: Mapping[str, float],
    frontal: tuple[float, float],
) -> Pose:
    """Draw a pose.

    Args:
        dice (Dice): The source of chance.
        actions (dict[str, float]): Weights of the keys of ``ACTIONS``.
        frontal (tuple[float, float]): Share of people who look towards the
            camera, and the spread of their heading in degrees; the others
            look anywhere.

    Returns:
        Pose: Angles inside the anatomical limits.
    """
    name = dice.weighted(actions)
    action = ACTIONS[name]
    wanted = {}
    for key, (mean, spread) in {**SWAY, **action.trunk}.items():
        wanted[key] = dice.normal(mean, spread)
    lead = dice.sign()
    arms = None
    for sign, table in ((lead, action.lead), (-lead, action.trail)):
        side = 'left' if sign > 0 else 'right'
        for key, (mean, spread) in table.items():
            wanted[f'{side}_{key}'] = dice.normal(mean, spread)
        # Two arms often do the same thing.
        if arms is None or dice.chance(0.5):
            arms = dice.weighted(action.arms)
        for key, (mean, spread) in ARMS[arms].items():
            wanted[f'{side}_{key}'] = dice.normal(mean, spread)
    if name in ('walk', 'run'):
        # The arm swings against its leg.
        side = 'left' if lead > 0 else 'right'
        wanted[f'{side}_shoulder_plane'] = dice.normal(-45, 20)
    heading = (
        dice.normal(0.0, frontal[1])
        if dice.chance(frontal[0])
        else dice.uniform(-180.0, 180.0)
    )
    root = (
        rotation('z', dice.sign() * dice.normal(*action.roll))
        @ rotation('y', heading)
        @ rotation('x', dice.normal(*action.pitch))
    )
    return Pose(
        name, within_limits(wanted), root, dice.chance(action.airborne)
    )
