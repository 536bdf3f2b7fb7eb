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
            takes the papers' groups of the body if the table has their
            joints, and no groups otherwise.
        all_joints (Sequence | None): Names or indices of the joints of 'All'.
            ``None`` takes the joints of ``groups``; of the papers' groups the
            12 limb joints; all joints where there are no groups.
        ids (dict[str, int]): Index of each joint's name.
        num_keypoints (int): K.

    Returns:
        tuple[dict[str, list[int]], list[int]]: Indices by group, and those of
        'All'.

    Raises:
        ValueError: If a group is empty or names an unknown joint.
    """
    if groups is None:
        groups, limbs = _body_groups(ids)
        if all_joints is None:
            all_joints = limbs or range(num_keypoints)
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


def _body_groups(ids: dict[str, int]) -> tuple[dict[str, Joints], list[str]]:
    limbs = [joint for pair in LIMB_GROUPS.values() for joint in pair]
    if not set(limbs) <= set(ids):
        return {}, []
    centre = {
        name: [joint for joint in joints if joint in ids]
        for name, joints in CENTRE_GROUPS.items()
    }
    groups = LIMB_GROUPS | {k: v for k, v in centre.items() if v}
    return groups, limbs


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
