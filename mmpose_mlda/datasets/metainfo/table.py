# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How a keypoint table in MMPose's ``dataset_info`` format is written down.

A new table is a module beside this one: a list of joints, a list of limbs,
one call of :func:`keypoint_table`, and a line in ``__init__.py``.
"""

from collections.abc import Sequence

# RGB, as in MMPose's own tables
SIDE_COLOURS = {'right': [255, 128, 0], 'left': [0, 255, 0]}
MIDDLE_COLOUR = [51, 153, 255]

# COCO's OKS constants, for the joints that COCO does not have as in
# MMPose's CrowdPose table (neck, head top: 0.079); pelvis as the hips,
# thorax as the shoulders. Left and right share a value. Animals' legs as in
# MMPose's AnimalPose table, i.e. COCO's hip, knee and ankle; the chin as
# COCO's nose.
SIGMAS = {
    'shoulder': 0.079,
    'elbow': 0.072,
    'wrist': 0.062,
    'hip': 0.107,
    'knee': 0.087,
    'ankle': 0.089,
    'neck': 0.079,
    'head': 0.079,
    'head_top': 0.079,
    'pelvis': 0.107,
    'thorax': 0.079,
    'eye': 0.025,
    'chin': 0.026,
    'front_elbow': 0.107,
    'back_elbow': 0.107,
    'front_knee': 0.087,
    'back_knee': 0.087,
    'front_paw': 0.089,
    'back_paw': 0.089,
}
LOWER_BODY = (
    'hip',
    'knee',
    'ankle',
    'pelvis',
    'back_elbow',
    'back_knee',
    'back_paw',
)


def keypoint_table(
    dataset_name: str,
    paper_info: dict,
    joints: Sequence[str],
    limbs: Sequence[tuple[str, str]],
) -> dict:
    """A table from the names of its joints.

    Args:
        dataset_name (str): Name of the table.
        paper_info (dict): Author, title, container, year, homepage.
        joints (Sequence[str]): Names in the order of the labels. A name that
            begins with ``left_`` or ``right_`` swaps with its counterpart in
            a mirrored image; any other keeps its place.
        limbs (Sequence[tuple[str, str]]): Pairs of names to draw.

    Returns:
        dict: ``dataset_info`` that ``mmpose``'s ``parse_pose_metainfo``
        reads.

    Raises:
        ValueError: If a joint has no constant in :data:`SIGMAS`.
    """
    unknown = [name for name in joints if _part(name) not in SIGMAS]
    if unknown:
        raise ValueError(
            f'{dataset_name}: no OKS constant for {unknown}; add one to '
            'SIGMAS, e.g. SIGMAS["tail"] = 0.089'
        )
    keypoint_info = {
        i: {
            'name': name,
            'id': i,
            'color': _colour(name),
            'type': 'lower' if _part(name) in LOWER_BODY else 'upper',
            'swap': _mirrored(name),
        }
        for i, name in enumerate(joints)
    }
    skeleton_info = {
        i: {'link': link, 'id': i, 'color': _colour(link[1])}
        for i, link in enumerate(limbs)
    }
    return {
        'dataset_name': dataset_name,
        'paper_info': paper_info,
        'keypoint_info': keypoint_info,
        'skeleton_info': skeleton_info,
        'joint_weights': [1.0] * len(joints),
        'sigmas': [SIGMAS[_part(name)] for name in joints],
    }


def _part(name: str) -> str:
    return name.removeprefix('left_').removeprefix('right_')


def _colour(name: str) -> list[int]:
    return SIDE_COLOURS.get(name.split('_')[0], MIDDLE_COLOUR)


def _mirrored(name: str) -> str:
    side, _, part = name.partition('_')
    return {'left': f'right_{part}', 'right': f'left_{part}'}.get(side, '')
