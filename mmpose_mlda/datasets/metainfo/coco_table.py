# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A keypoint table out of what a COCO file says of its categories."""

import re
from collections.abc import Sequence

from .table import MIDDLE_COLOUR, SIDE_COLOURS, SIGMAS

_SIDES = (('left', 'right'), ('Left', 'Right'), ('LEFT', 'RIGHT'))
_LETTERS = (('l', 'r'), ('L', 'R'))
_OTHER_SIGMA = 0.079  # MMPose's for joints that COCO does not have


def coco_table(categories: Sequence[dict], name: str = 'own') -> dict:
    """The table that all categories with keypoints have in common.

    Joints that are called alike but for the side swap in a mirrored image:
    ``left_eye`` and ``right_eye``, ``eyeLeft``, ``L_eye``, ``eye-r``.

    Args:
        categories: ``categories`` of a COCO file: ``keypoints``, names, and
            perhaps ``skeleton``, pairs of numbers from 1.
        name: Of the table.

    Returns:
        dict: In MMPose's ``dataset_info`` format.

    Raises:
        ValueError: If no category has keypoints, or two have other ones.
    """
    tables = [c for c in categories if c.get('keypoints')]
    if not tables:
        raise ValueError(
            'no category has a list of keypoint names ("keypoints"); write '
            'the names, in the order of the labels, into its categories'
        )
    joints = list(tables[0]['keypoints'])
    for other in tables[1:]:
        if list(other['keypoints']) != joints:
            raise ValueError(
                f'the categories {tables[0].get("name")!r} and '
                f'{other.get("name")!r} have different keypoints: {joints} '
                f'and {list(other["keypoints"])}; convert them to one table'
            )
    if len(set(joints)) < len(joints):
        raise ValueError(f'a keypoint has the name of another one: {joints}')
    links = [
        (joints[a - 1], joints[b - 1])
        for a, b in tables[0].get('skeleton') or []
    ]
    return {
        'dataset_name': name,
        'paper_info': {},
        'keypoint_info': {
            i: {
                'name': joint,
                'id': i,
                'color': _colour(joint),
                'type': 'upper',
                'swap': mirrored_name(joint, joints),
            }
            for i, joint in enumerate(joints)
        },
        'skeleton_info': {
            i: {'link': link, 'id': i, 'color': _colour(link[1])}
            for i, link in enumerate(links)
        },
        'joint_weights': [1.0] * len(joints),
        'sigmas': [SIGMAS.get(_part(joint), _OTHER_SIGMA) for joint in joints],
    }


def mirrored_name(joint: str, joints: Sequence[str]) -> str:
    """The joint of the other side, or '' if there is none of that name."""
    for pair in _SIDES + _LETTERS:
        for here, there in (pair, pair[::-1]):
            other = re.sub(_pattern(here), there, joint)
            if other != joint and other in joints:
                return other
    return ''


def _pattern(side: str) -> str:
    """A side in a name; a letter stands alone or before a capital."""
    if len(side) > 1:
        return side
    return rf'(?<![A-Za-z]){side}(?![a-z])|(?<=[a-z]){side.upper()}$'


def _side(joint: str) -> str | None:
    for side in ('left', 'right'):
        if side in joint.lower():
            return side
        if re.search(rf'(?i)(?<![a-z]){side[0]}(?![a-z])', joint):
            return side
    return None


def _colour(joint: str) -> list[int]:
    return SIDE_COLOURS.get(_side(joint), MIDDLE_COLOUR)


def _part(joint: str) -> str:
    return re.sub(r'(?i)left|right', '', joint).strip('_- .').lower()
