# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The label files of Leeds Sports Pose and of its extended training set.

Both releases keep the labels in a ``joints.mat`` with one array ``joints``,
but neither the order of its axes nor the meaning of its flag is the same::

    LSP           (3, 14, N)  [x, y, occluded 1/0] x joint x photograph
    LSP Extended  (14, 3, N)  joint x [x, y, visible 1/0] x photograph
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .files import read_mat

ADVICE = 'Use the joints.mat of the release.'


@dataclass(frozen=True)
class Release:
    """How one of the two releases is written.

    Args:
        name (str): Its name.
        dataset (str): The class that reads it.
        shape (tuple[int, int]): First two axes of the array.
        to_samples (tuple[int, int, int]): Order of the axes that gives
            (N, 14, 3).
        flag_is_occluded (bool): Whether 1 means occluded, not visible.
        file_name (str): Of photograph number 1, 2, ...
    """

    name: str
    dataset: str
    shape: tuple[int, int]
    to_samples: tuple[int, int, int]
    flag_is_occluded: bool
    file_name: str


LSP = Release(
    name='LSP',
    dataset='LSPDataset',
    shape=(3, 14),
    to_samples=(2, 1, 0),
    flag_is_occluded=True,
    file_name='im{:04d}.jpg',
)
LSP_EXTENDED = Release(
    name='LSP Extended',
    dataset='LSPExtendedDataset',
    shape=(14, 3),
    to_samples=(2, 0, 1),
    flag_is_occluded=False,
    file_name='im{:05d}.jpg',
)


def read_joints(
    path: Path, release: Release, zero_based: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of all photographs of a release.

    An occluded joint of LSP keeps its coordinates; the junk that LSP Extended
    has where a joint is not visible becomes 0.

    Args:
        path (Path): The ``joints.mat``.
        release (Release): Of which release it is.
        zero_based (bool): Subtract 1 from the coordinates. Defaults to
            ``False``.

    Returns:
        tuple[np.ndarray, np.ndarray]: Image coordinates (N, 14, 2) in pixels
        and visibility (N, 14), 1 or 0, both float32.

    Raises:
        ValueError: If the file is not that of the release.
    """
    joints = read_mat(path, 'joints', ValueError)
    if joints.ndim != 3 or joints.shape[:2] != release.shape:
        a, b = release.shape
        raise ValueError(
            f'{path}: the array joints has shape {joints.shape}, '
            f'{release.dataset} expects ({a}, {b}, N). '
            f'{_other_release(joints.shape)}'
        )
    joints = joints.transpose(release.to_samples).astype(np.float32)
    xy, flag = joints[..., :2] - zero_based, joints[..., 2]
    odd = flag[~np.isin(flag, (0, 1))]
    if odd.size:
        raise ValueError(
            f'{path}: a flag is {odd[0]}, expected 0 or 1. {ADVICE}'
        )
    if release.flag_is_occluded:
        return xy, 1 - flag
    return np.where(flag[..., None] > 0, xy, 0), flag


def _other_release(shape: tuple[int, ...]) -> str:
    """What to do about an array of this shape."""
    for release in (LSP, LSP_EXTENDED):
        if len(shape) == 3 and shape[:2] == release.shape:
            return f"This is {release.name}'s file, use {release.dataset}."
    return ADVICE
