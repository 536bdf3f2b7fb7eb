# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a choice of checkpoints by a score costs.

A run has n candidates, each with a score that is known and an accuracy that
is not. The regret of a choice is the accuracy of the best candidate less
that of the chosen one.
"""

import warnings
from typing import NamedTuple

import numpy as np
from scipy import stats

from .bootstrap import draw_resamples, percentile_interval


class Mean(NamedTuple):
    """Mean over runs, with its interval."""

    value: float
    low: float
    high: float


def choose(scores: np.ndarray) -> int:
    """The first of the highest scores, as ``save_best`` chooses.

    Args:
        scores (np.ndarray): (n,); one that is no number is never chosen
            unless all are, which leaves the first.
    """
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))


def regret(scores: np.ndarray, accuracy: np.ndarray) -> float:
    """The accuracy that a choice by scores gives away.

    Args:
        scores (np.ndarray): (n,), the higher the better.
        accuracy (np.ndarray): (n,).
    """
    return float(np.max(accuracy) - accuracy[choose(scores)])


def random_regret(accuracy: np.ndarray) -> float:
    """Expected regret of a choice by lot.

    Args:
        accuracy (np.ndarray): (n,).
    """
    return float(np.max(accuracy) - np.mean(accuracy))


def rank_correlation(scores: np.ndarray, accuracy: np.ndarray) -> float:
    """Spearman's; NaN where either is constant.

    Args:
        scores (np.ndarray): (n,).
        accuracy (np.ndarray): (n,).
    """
    return _quietly(stats.spearmanr, scores, accuracy)


def weighted_correlation(scores: np.ndarray, accuracy: np.ndarray) -> float:
    """Kendall's tau in which exchanges of the best weigh most.

    With Vigna's hyperbolic weights (2015), the mean of the ranks by either.

    Args:
        scores (np.ndarray): (n,).
        accuracy (np.ndarray): (n,).
    """
    return _quietly(stats.weightedtau, scores, accuracy)


def _quietly(function, scores: np.ndarray, accuracy: np.ndarray) -> float:
    if np.isnan(scores).any() or len(scores) < 2:
        return np.nan
    if np.ptp(scores) == 0 or np.ptp(accuracy) == 0:
        return np.nan
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return float(function(scores, accuracy).statistic)


def mean_over_runs(values: np.ndarray, seed: int = 0) -> Mean:
    """Mean with a 95 % interval, by a bootstrap over runs.

    Args:
        values (np.ndarray): (runs,); NaN are left out. A single run says
            nothing of others, so its interval is NaN.
        seed (int): Key of the draws. Defaults to 0.
    """
    values = np.asarray(values, np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return Mean(np.nan, np.nan, np.nan)
    if len(values) == 1:
        return Mean(float(values[0]), np.nan, np.nan)
    counts = draw_resamples(len(values), 1, seed=seed).images
    resampled = counts @ values / len(values)
    return Mean(float(values.mean()), *percentile_interval(resampled))
