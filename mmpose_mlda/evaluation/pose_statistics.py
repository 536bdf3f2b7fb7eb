# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What labels tell about poses, and about left and right.

N instances, K joints, P pairs of a left and a right joint. Keypoints are
(N, K, 2), x to the right and y down, and count where ``labelled`` (N, K).
"""

from collections.abc import Sequence

import numpy as np

LEAST_JOINTS = 3  # of a pose that has a shape
LEAST_COUNT = 10  # instances behind a mean that is used


def normalise_poses(keypoints: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Poses with the mean of their joints at 0 and RMS radius 1.

    Returns:
        np.ndarray: (N, K, 2); NaN where a joint is not labelled, and for all
        joints of a pose with less than three or without extent.
    """
    shown = labelled & (labelled.sum(axis=1, keepdims=True) >= LEAST_JOINTS)
    count = np.maximum(shown.sum(axis=1), 1)[:, None]
    poses = np.where(shown[..., None], keypoints, 0).astype(np.float64)
    poses -= (poses.sum(axis=1) / count)[:, None]
    poses[~shown] = 0
    radius = np.sqrt((poses**2).sum(axis=(1, 2)) / count[:, 0])
    poses /= np.where(radius > 0, radius, np.nan)[:, None, None]
    poses[~shown] = np.nan
    return poses


def body_axes(
    keypoints: np.ndarray,
    labelled: np.ndarray,
    lower: Sequence[int],
    upper: Sequence[int],
) -> np.ndarray:
    """From the middle of the lower joints to that of the upper ones.

    Returns:
        np.ndarray: (N, 2), pixels; NaN without a joint of each kind.
    """
    points = np.where(labelled[..., None], keypoints, 0.0)
    middles = []
    for joints in (lower, upper):
        joints = list(joints)
        count = labelled[:, joints].sum(axis=1)
        count = np.where(count > 0, count, np.nan)
        middles.append(points[:, joints].sum(axis=1) / count[:, None])
    return middles[1] - middles[0]


def axis_angles(axes: np.ndarray) -> np.ndarray:
    """Degrees from the image's up direction, clockwise, -180 to 180."""
    return np.degrees(np.arctan2(axes[:, 0], -axes[:, 1]))


def upright(poses: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Poses turned about 0 so that their axes point up.

    Args:
        poses: (N, K, 2).
        axes: (N, 2), of :func:`body_axes`.

    Returns:
        np.ndarray: (N, K, 2); NaN for bodies without an axis.
    """
    length = np.hypot(*axes.T)
    x, y = axes.T / np.where(length > 0, length, np.nan)
    turns = np.stack([np.stack([-y, x], -1), np.stack([-x, -y], -1)], -2)
    return np.einsum('nij,nkj->nki', turns, poses)


def side_vectors(
    keypoints: np.ndarray,
    labelled: np.ndarray,
    pairs: Sequence[tuple[int, int]],
) -> np.ndarray:
    """Vectors from the right to the left joint of each pair.

    Args:
        pairs: P of (left, right).

    Returns:
        np.ndarray: (N, P, 2); 0 where a joint of the pair is not labelled.
    """
    left, right = np.array(pairs, int).reshape(-1, 2).T
    both = labelled[:, left] & labelled[:, right]
    return np.where(
        both[..., None], keypoints[:, left] - keypoints[:, right], 0
    )


def frontal(vectors: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Whether left is to the right of the body's axis, as seen from the front.

    Args:
        vectors: (N, P, 2), of :func:`side_vectors`.
        axes: (N, 2), of :func:`body_axes`.

    Returns:
        np.ndarray: (N,), 1 from the front, 0 from behind, NaN if unknown.
        Exchanging left and right of the labels is the same as turning every
        body round, so it cannot be told from a single instance.
    """
    side = vectors.sum(axis=1)
    cross = axes[:, 0] * side[:, 1] - axes[:, 1] * side[:, 0]
    return np.where(np.nan_to_num(cross) == 0, np.nan, cross > 0)


def pair_agreement(vectors: np.ndarray) -> np.ndarray:
    """How often two pairs have left on the same side.

    Args:
        vectors: (N, P, 2), of :func:`side_vectors`.

    Returns:
        np.ndarray: (P, P), mean over the instances of the sign of the product
        of two pairs' vectors, -1 to 1; 0 where less than ten instances tell.
    """
    signs = np.sign(np.einsum('npc,nqc->npq', vectors, vectors))
    count = np.abs(signs).sum(axis=0)
    mean = signs.sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= LEAST_COUNT, mean, 0)


def exchanged_pairs(agreement: np.ndarray) -> tuple[list[int], float]:
    r"""Pairs whose left and right contradict those of the other pairs.

    The signs s maximise :math:`\sum_{pq} s_p s_q A_{pq}`; of the two groups
    the smaller one is called exchanged.

    Args:
        agreement: A, (P, P), symmetric. Of one set by
            :func:`pair_agreement`, or the product of those of two sets,
            which tells what differs between them.

    Returns:
        tuple: Indices of the pairs, and the mean of -A between the groups,
        0 where all agree and 1 where the contradiction is certain.
    """
    off = agreement * (1 - np.eye(len(agreement)))
    if not len(off):
        return [], 0.0
    signs = np.where(np.linalg.eigh(off)[1][:, -1] >= 0, 1, -1)
    # each step flips the pair that gains most: the value only grows
    while (gain := -signs * (off @ signs)).max() > 1e-9:
        signs[gain.argmax()] *= -1
    signs[(off == 0).all(axis=1)] = 0  # nothing is known of these pairs
    minority = 1 if signs.sum() < 0 else -1
    found = signs == minority
    known = found[:, None] & (signs == -minority) & (off != 0)
    found &= known.any(axis=1)
    if not known.any():
        return [], 0.0
    return np.flatnonzero(found).tolist(), float(-off[known].mean())


def joint_distances(poses: np.ndarray) -> np.ndarray:
    """Mean distances between the joints, which no rotation changes.

    Args:
        poses: (N, K, 2), of :func:`normalise_poses`.

    Returns:
        np.ndarray: (K, K); NaN where less than ten instances have both.
    """
    gaps = poses[:, :, None] - poses[:, None]
    lengths = np.hypot(gaps[..., 0], gaps[..., 1])
    known = ~np.isnan(lengths)
    count = known.sum(axis=0)
    total = np.where(known, lengths, 0).sum(axis=0)
    few = count < LEAST_COUNT
    return np.where(few, np.nan, total / np.maximum(count, 1))


def exchanged_joints(
    first: np.ndarray, second: np.ndarray, least_gain: float
) -> list[tuple[int, int]]:
    """Joints whose exchange makes the distances of two sets agree.

    Args:
        first: (K, K), of :func:`joint_distances`.
        second: (K, K), of the other set.
        least_gain: Share of the differences that an exchange must remove.

    Returns:
        list[tuple[int, int]]: The exchanges in the second set, best first.
    """
    order = np.arange(len(first))
    found = []
    cost = _mismatch(first, second, order)
    while len(found) < len(order):
        trials = []
        for i in range(len(order)):
            for j in range(i + 1, len(order)):
                trial = order.copy()
                trial[[i, j]] = trial[[j, i]]
                trials.append((_mismatch(first, second, trial), i, j))
        best = min(trials, default=(cost, 0, 0))
        if best[0] > (1 - least_gain) * cost or cost < 1e-9:
            break
        cost, i, j = best
        order[[i, j]] = order[[j, i]]
        found.append((i, j))
    return found


def _mismatch(
    first: np.ndarray, second: np.ndarray, order: np.ndarray
) -> float:
    difference = np.abs(first - second[np.ix_(order, order)])
    known = ~np.isnan(difference)
    return float(difference[known].mean()) if known.any() else 0.0


def limb_ratios(
    keypoints: np.ndarray,
    labelled: np.ndarray,
    limbs: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> np.ndarray:
    """Median length of limbs on the left over that on the right.

    Args:
        limbs: L of (left limb, right limb), a limb being two joints.

    Returns:
        np.ndarray: (L,); NaN where less than ten instances have both.
    """
    ratios = []
    for left, right in limbs:
        known = labelled[:, [*left, *right]].all(axis=1)
        lengths = [
            np.hypot(*(keypoints[known, a] - keypoints[known, b]).T)
            for a, b in (left, right)
        ]
        usable = (lengths[0] > 0) & (lengths[1] > 0)
        logs = np.log(lengths[0][usable] / lengths[1][usable])
        enough = len(logs) >= LEAST_COUNT
        ratios.append(np.exp(np.median(logs)) if enough else np.nan)
    return np.array(ratios)


def nearest_pose_distances(
    poses: np.ndarray, others: np.ndarray, same: bool = False
) -> np.ndarray:
    """Distance of each pose to the nearest one of others.

    Args:
        poses: (N, K, 2), of :func:`normalise_poses`.
        others: (M, K, 2), likewise.
        same: Both are the same set: a pose is not its own neighbour.

    Returns:
        np.ndarray: (N,), RMS over the joints that both have, at least half of
        those of the pose, in radii of the body; NaN without a neighbour.
    """
    known, known_others = (
        (~np.isnan(part[..., 0])).astype(np.float64)
        for part in (poses, others)
    )
    a, b = np.nan_to_num(poses), np.nan_to_num(others)
    shared = known @ known_others.T
    squares = (
        (a**2).sum(axis=2) @ known_others.T
        + known @ (b**2).sum(axis=2).T
        - 2 * np.einsum('nkc,mkc->nm', a, b, optimize=True)
    )
    least = np.maximum(known.sum(axis=1, keepdims=True) / 2, LEAST_JOINTS)
    means = squares.clip(min=0) / np.maximum(shared, 1)
    means[shared < least] = np.inf
    if same:
        np.fill_diagonal(means, np.inf)
    nearest = np.sqrt(means.min(axis=1, initial=np.inf))
    return np.where(np.isfinite(nearest), nearest, np.nan)
