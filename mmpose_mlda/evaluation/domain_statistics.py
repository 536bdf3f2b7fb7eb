# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How two sets of images differ: a discriminant, near duplicates.

N and M samples of the two sets, F features.
"""

from collections.abc import Hashable, Sequence

import numpy as np

from mmpose_mlda.functional.random import host_random

SHRINKAGE = 0.1  # of the covariance, towards a multiple of the unit matrix
# Bits of 256 and correlation of thumbnails up to which pictures are called
# near duplicates; bits alone agree on plain backgrounds.
NEAR_BITS, NEAR_CORRELATION = 24, 0.98


def linear_discriminant(
    first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fisher's discriminant with equal priors.

    Args:
        first: (N, F).
        second: (M, F).

    Returns:
        tuple: Weights (F,) and threshold; ``x @ weights > threshold`` says
        that x is of the second set.
    """
    means = first.mean(axis=0), second.mean(axis=0)
    centred = np.concatenate([first - means[0], second - means[1]])
    scale = np.maximum(centred.std(axis=0), 1e-6)
    covariance = (centred / scale).T @ (centred / scale) / len(centred)
    size = len(scale)
    average = max(np.trace(covariance) / size, 1e-6)
    covariance *= 1 - SHRINKAGE
    covariance += SHRINKAGE * average * np.eye(size)
    weights = np.linalg.solve(covariance, (means[1] - means[0]) / scale)
    weights /= scale
    return weights, float(weights @ (means[0] + means[1]) / 2)


def assign_folds(
    groups: Sequence[Hashable], folds: int, seed: int = 0
) -> np.ndarray:
    """Fold of each sample; those of a group stay together.

    Args:
        groups: (N,), e.g. the image that a sample is a part of.
        folds: Number of folds.
        seed: Of the order.
    """
    names = list(dict.fromkeys(groups))
    host_random(seed, 'folds').shuffle(names)
    fold = {name: place % folds for place, name in enumerate(names)}
    return np.array([fold[name] for name in groups])


def held_out_scores(
    first: np.ndarray,
    second: np.ndarray,
    first_folds: np.ndarray,
    second_folds: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a discriminant on folds that it was not fitted to.

    Args:
        first: (N, F).
        second: (M, F).
        first_folds: (N,), of :func:`assign_folds`.
        second_folds: (M,).

    Returns:
        tuple: (N,) and (M,), in standard deviations of the first set; above
        0 says that a sample is of the second.
    """
    scores = np.zeros(len(first)), np.zeros(len(second))
    for fold in np.unique(np.concatenate([first_folds, second_folds])):
        weights, threshold = linear_discriminant(
            first[first_folds != fold], second[second_folds != fold]
        )
        spread = (first[first_folds != fold] @ weights).std() or 1.0
        for kept, rows, folds in zip(
            scores, (first, second), (first_folds, second_folds), strict=True
        ):
            part = rows[folds == fold] @ weights - threshold
            kept[folds == fold] = part / spread
    return scores


def balanced_accuracy(
    first: np.ndarray, second: np.ndarray
) -> tuple[float, float]:
    """Mean of the shares of both sets that are told rightly.

    Args:
        first: (N,), scores of :func:`held_out_scores`, rightly below 0.
        second: (M,), rightly above 0.

    Returns:
        tuple: The accuracy, 0.5 by chance, and its standard error.
    """
    told = first < 0, second > 0
    shares = [part.mean() for part in told]
    # one more sample that is told wrongly, so that all right is not certain
    variances = [
        (share * n + 0.5) * ((1 - share) * n + 0.5) / (n + 1) ** 2 / n
        for share, n in zip(shares, map(len, told), strict=True)
    ]
    return float(np.mean(shares)), float(np.sqrt(sum(variances)) / 2)


def near_duplicates(
    hashes: tuple[np.ndarray, np.ndarray],
    thumbnails: tuple[np.ndarray, np.ndarray],
    bits: int = NEAR_BITS,
    correlation: float = NEAR_CORRELATION,
) -> np.ndarray:
    """Pairs of pictures that look the same.

    Args:
        hashes: Of both sets, (N, 256) and (M, 256) bool.
        thumbnails: Of both sets, (N, P) and (M, P), norm 1.
        bits: Largest Hamming distance.
        correlation: Least product of the thumbnails.

    Returns:
        np.ndarray: (D, 2), indices into the first and the second set.
    """
    signs = [2 * part.astype(np.float32) - 1 for part in hashes]
    distance = (signs[0].shape[1] - signs[0] @ signs[1].T) / 2
    alike = thumbnails[0] @ thumbnails[1].T
    return np.argwhere((distance <= bits) & (alike >= correlation))
