# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Intervals of PCK by a paired bootstrap over images, seeds as clusters.

R resamples, S seeds, N images, J joints that are averaged. A resample draws
S seeds and N images with replacement (Davison and Hinkley 1997, section 3.8);
each seed's PCK is taken over the drawn images, and averaged over the drawn
seeds. All methods are scored on the same images and with the same seeds, so
the same draw serves every row of a table: what is difficult about an image or
lucky about a seed cancels in the difference of two rows.

The spread of S drawn seeds is too small by (S - 1) / S. Where seeds differ
much more than images let expect, the 95 % interval of three seeds covers the
truth clearly more rarely than that; where they hardly differ, more often.
With one seed it tells about the images alone.
"""

from typing import NamedTuple

import numpy as np

from mmpose_mlda.functional.random import key


class Resamples(NamedTuple):
    """How often each image and each seed was drawn."""

    images: np.ndarray  # (R, N), rows sum to N
    seeds: np.ndarray  # (R, S), rows sum to S


def draw_resamples(
    num_images: int, num_seeds: int, num_resamples: int = 4000, seed: int = 0
) -> Resamples:
    """Draw images and seeds with replacement.

    Args:
        num_images (int): N.
        num_seeds (int): S.
        num_resamples (int): R. Defaults to 4000.
        seed (int): Key of the draws. Defaults to 0.

    Returns:
        Resamples: Functions of the arguments alone.
    """
    counts = []
    for name, number in (('images', num_images), ('seeds', num_seeds)):
        rng = np.random.default_rng(key(seed, number, name, 'bootstrap'))
        even = np.full(number, 1 / number)
        counts.append(rng.multinomial(number, even, size=num_resamples))
    return Resamples(*counts)


def pooled_pck(
    correct: np.ndarray, scored: np.ndarray, images: np.ndarray | None = None
) -> np.ndarray:
    """PCK of each seed: the mean over joints of correct over scored.

    Args:
        correct (np.ndarray): (S, N, J) bool, only where scored.
        scored (np.ndarray): (S, N, J) bool.
        images (np.ndarray, optional): (R, N), how often each image counts.
            Defaults to once, R = 1.

    Returns:
        np.ndarray: (R, S), per cent. Joints of which no label is scored are
        left out; NaN where that leaves none.
    """
    if images is None:
        images = np.ones((1, correct.shape[1]))
    num_correct, num_scored = (
        np.einsum('rn,snj->rsj', images, np.float64(mask), optimize=True)
        for mask in (correct, scored)
    )
    present = num_scored > 0
    accuracy = np.divide(
        num_correct, num_scored, out=np.zeros_like(num_scored), where=present
    )
    joints = present.sum(-1)
    total = np.full(joints.shape, np.nan)
    np.divide(accuracy.sum(-1), joints, out=total, where=joints > 0)
    return 100 * total


def resampled_pck(
    correct: np.ndarray, scored: np.ndarray, resamples: Resamples
) -> np.ndarray:
    """PCK of a row in every resample, (R,).

    Args:
        correct (np.ndarray): See :func:`pooled_pck`.
        scored (np.ndarray): See :func:`pooled_pck`.
        resamples (Resamples): Of :func:`draw_resamples`, the same one for all
            rows that are to be compared.
    """
    values = pooled_pck(correct, scored, resamples.images)
    return (values * resamples.seeds).sum(1) / values.shape[1]


def percentile_interval(
    values: np.ndarray, level: float = 0.95
) -> tuple[float, float]:
    """The middle part of resampled values.

    Args:
        values (np.ndarray): (R,); NaN are left out.
        level (float): Its share. Defaults to 0.95.

    Returns:
        tuple[float, float]: Lower and upper end; NaN without any value.
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return np.nan, np.nan
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)
