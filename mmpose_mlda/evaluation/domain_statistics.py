# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How two sets of images differ: a discriminant, near duplicates.

N and M samples of the two sets, F features.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from mmpose_mlda.functional.random import host_random
from mmpose_mlda.functional.separability import (
    balanced_accuracy,
    chance_margin,
    held_out_scores,
    permuted_domains,
)

FOLDS = 5
PERMUTATIONS = 199  # of which the 190th is the margin of 95 %
# Bits of 256 and correlation of thumbnails up to which pictures are called
# near duplicates; bits alone agree on plain backgrounds.
NEAR_BITS, NEAR_CORRELATION = 24, 0.98


class ToldApart(NamedTuple):
    """How well two sets are told apart.

    Args:
        scores: (N,) and (M,), on folds that the discriminant was not fitted
            to; positive for the second set.
        accuracy: Mean of the shares of both sets that are told rightly.
        margin: 95 % of the accuracies of equal sets are within it of 0.5.
    """

    scores: tuple[np.ndarray, np.ndarray]
    accuracy: float
    margin: float


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


def tell_apart(
    points: tuple[np.ndarray, np.ndarray],
    groups: tuple[Sequence[Hashable], Sequence[Hashable]],
) -> ToldApart | None:
    """Cross-validate a linear discriminant of two sets.

    Neither in the folds nor in the permutations behind the margin is a group
    ever torn apart: crops of one image are alike for other reasons.

    Args:
        points: (N, F) and (M, F).
        groups: N and M, the image that a sample is a part of.

    Returns:
        ToldApart, optional: ``None`` with less than two groups of a set.
    """
    counts = [len(set(names)) for names in groups]
    if min(counts) < 2:
        return None
    number = min(FOLDS, *counts)
    folds = [assign_folds(names, number) for names in groups]
    numbers = [
        np.unique(np.asarray(names, str), return_inverse=True)[1]
        for names in groups
    ]
    numbers[1] = numbers[1] + counts[0]
    x, fold, group = (
        torch.as_tensor(np.concatenate(parts))
        for parts in (points, folds, numbers)
    )
    is_target = torch.arange(len(x)) >= len(points[0])
    others = permuted_domains(is_target, group, fold, PERMUTATIONS)
    domains = torch.cat([is_target[None], others])
    scores = held_out_scores(x, domains, fold)
    accuracies = balanced_accuracy(scores, domains)
    real = scores[0].numpy()
    return ToldApart(
        (real[: len(points[0])], real[len(points[0]) :]),
        accuracies[0].item(),
        chance_margin(accuracies[1:]).item(),
    )


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
