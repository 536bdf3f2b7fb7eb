# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Keypoint tables, in MMPose's ``dataset_info`` format."""

from copy import deepcopy

from .animal14 import ANIMAL14, ANIMAL14_GROUPS, ANIMAL14_SCORED
from .animal18 import ANIMAL18, ANIMAL18_GROUPS, ANIMAL18_SCORED
from .body16 import (
    BODY16,
    BODY16_GROUPS,
    BODY16_SCORED,
    LSP14_TO_BODY16,
    SMPL24_TO_BODY16,
)
from .lsp14 import LSP14, LSP14_GROUPS, LSP14_SCORED
from .table import keypoint_table

TABLES = {
    'lsp14': LSP14,
    'body16': BODY16,
    'animal18': ANIMAL18,
    'animal14': ANIMAL14,
}


def _number(item: tuple) -> int:
    return int(item[0])


def get_table(name: str | dict) -> dict:
    """A table by its name.

    Args:
        name (str | dict): A key of :data:`TABLES`, a ``dataset_info`` dict
            or MMPose's ``dict(from_file=...)``.

    Returns:
        dict: A copy in MMPose's ``dataset_info`` format.

    Raises:
        ValueError: If there is no such table.
    """
    if not isinstance(name, str):
        table = deepcopy(name)
        # MMPose takes the joints as they stand, and MMEngine sorts the keys
        # of a config that it writes as words, 10 before 2
        for part in ('keypoint_info', 'skeleton_info'):
            if part in table:
                table[part] = dict(sorted(table[part].items(), key=_number))
        return table
    if name not in TABLES:
        raise ValueError(
            f'No keypoint table {name!r}. Use one of {sorted(TABLES)}, a '
            "dict in the format of MMPose's dataset_info, or "
            'dict(from_file=...).'
        )
    return deepcopy(TABLES[name])


__all__ = [
    'ANIMAL14',
    'ANIMAL14_GROUPS',
    'ANIMAL14_SCORED',
    'ANIMAL18',
    'ANIMAL18_GROUPS',
    'ANIMAL18_SCORED',
    'BODY16',
    'BODY16_GROUPS',
    'BODY16_SCORED',
    'LSP14',
    'LSP14_GROUPS',
    'LSP14_SCORED',
    'LSP14_TO_BODY16',
    'SMPL24_TO_BODY16',
    'TABLES',
    'get_table',
    'keypoint_table',
]
