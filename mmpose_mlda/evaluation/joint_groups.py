# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Groups of joints whose accuracies are reported together."""

from collections.abc import Sequence

# Columns of the papers' tables, in their order, by the names of the joints.
LIMB_GROUPS = {
    'Sld': ('right_shoulder', 'left_shoulder'),
    'Elb': ('right_elbow', 'left_elbow'),
    'Wrist': ('right_wrist', 'left_wrist'),
    'Hip': ('right_hip', 'left_hip'),
    'Knee': ('right_knee', 'left_knee'),
    'Ankle': ('right_ankle', 'left_ankle'),
}
# Reported where the table has such a joint, but no part of 'All'.
CENTRE_GROUPS = {
    'Head': ('head', 'head_top'),
    'Neck': ('neck',),
}
_LEGS = ('left_front', 'right_front', 'left_back', 'right_back')
# The same of animals. All joints are part of 'All'.
ANIMAL_GROUPS = {
    'Eye': ('left_eye', 'right_eye'),
    'Chin': ('chin',),
    'Sld': ('left_shoulder', 'right_shoulder'),
    'Hip': ('hip',),
    'Elb': tuple(f'{leg}_elbow' for leg in _LEGS),
    'Knee': tuple(f'{leg}_knee' for leg in _LEGS),
    'Hoof': tuple(f'{leg}_paw' for leg in _LEGS),
}
OPTIONAL_ANIMAL_GROUPS = ('Chin', 'Sld', 'Hip')  # TigDog's

Joints = Sequence[int | str]


def resolve_groups(
    groups: dict[str, Joints] | None,
    all_joints: Joints | None,
    ids: dict[str, int],
    num_keypoints: int,
) -> tuple[dict[str, list[int]], list[int]]:
    """Groups by indices, and the joints of 'All'.

    Args:
        groups (dict | None): Names or indices of joints by group. ``None``
            takes the papers' groups of the body or of animals if the table
            has their joints, and no groups otherwise.
        all_joints (Sequence | None): Names or indices of the joints of 'All'.
            ``None`` takes the joints of ``groups``; of the papers' groups of
            the body the 12 limb joints; all joints where there are no groups.
        ids (dict[str, int]): Index of each joint's name.
        num_keypoints (int): K.

    Returns:
        tuple[dict[str, list[int]], list[int]]: Indices by group, and those of
        'All'.

    Raises:
        ValueError: If a group is empty or names an unknown joint.
    """
    if groups is None:
        groups, scored = _papers_groups(ids)
        if all_joints is None:
            all_joints = scored or range(num_keypoints)
    elif all_joints is None:
        # each joint once, in the order of the groups
        all_joints = list(
            dict.fromkeys(j for joints in groups.values() for j in joints)
        )
    resolved = {
        name: _indices(name, joints, ids, num_keypoints)
        for name, joints in groups.items()
    }
    return resolved, _indices('All', all_joints, ids, num_keypoints)


def _papers_groups(
    ids: dict[str, int],
) -> tuple[dict[str, Joints], list[str]]:
    """The papers' groups and the joints of 'All'; none for other tables."""
    limbs = _joints_of(LIMB_GROUPS)
    if set(limbs) <= set(ids):
        return _body_groups(ids), limbs
    groups = {
        name: joints
        for name, joints in ANIMAL_GROUPS.items()
        if name not in OPTIONAL_ANIMAL_GROUPS or set(joints) <= set(ids)
    }
    scored = _joints_of(groups)
    return (groups, scored) if set(scored) <= set(ids) else ({}, [])


def _joints_of(groups: dict[str, Joints]) -> list[str]:
    return [joint for joints in groups.values() for joint in joints]


def _body_groups(ids: dict[str, int]) -> dict[str, Joints]:
    centre = {
        name: [joint for joint in joints if joint in ids]
        for name, joints in CENTRE_GROUPS.items()
    }
    return LIMB_GROUPS | {k: v for k, v in centre.items() if v}


def _indices(
    group: str, joints: Joints, ids: dict[str, int], num_keypoints: int
) -> list[int]:
    if not len(joints):
        raise ValueError(f'The group {group!r} has no joints; leave it out.')
    indices = [ids.get(joint, joint) for joint in joints]
    for index in indices:
        if not isinstance(index, int) or not 0 <= index < num_keypoints:
            raise ValueError(
                f'The group {group!r} names the joint {index!r}, but the '
                f'table has {num_keypoints} joints: {", ".join(ids)}. Give '
                'names or indices of these.'
            )
    return indices
