# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest

from mmpose_mlda.evaluation.selection import (
    choose,
    mean_over_runs,
    random_regret,
    rank_correlation,
    regret,
    weighted_correlation,
)

RISES_AND_FALLS = np.array([20.0, 30.0, 34.0, 31.0, 25.0])


def test_choice_is_that_of_save_best():
    assert choose(np.array([1.0, 3.0, 3.0, 2.0])) == 1
    assert choose(np.array([math.nan, 1.0, math.nan])) == 1
    assert choose(np.array([math.nan, math.nan])) == 0


def test_regret_by_hand():
    steps = np.arange(5)
    assert regret(steps, RISES_AND_FALLS) == 34 - 25  # the last one
    assert regret(RISES_AND_FALLS, RISES_AND_FALLS) == 0
    assert regret(np.array([0, 1, 2, 5, 4]), RISES_AND_FALLS) == 3
    assert random_regret(RISES_AND_FALLS) == 34 - 28


def test_any_rising_function_chooses_alike():
    scores = np.array([0.1, 0.4, 0.2, 0.3, 0.0])
    assert regret(np.exp(5 * scores), RISES_AND_FALLS) == regret(
        scores, RISES_AND_FALLS
    )
    assert rank_correlation(scores**3, RISES_AND_FALLS) == pytest.approx(
        rank_correlation(scores, RISES_AND_FALLS)
    )


def test_correlations():
    scores = np.array([1.0, 2.0, 3.0, 5.0, 4.0])
    truth = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    # 1 - 6 * (1 + 1) / (5 * 24)
    assert rank_correlation(scores, truth) == pytest.approx(0.9)
    assert rank_correlation(-truth, truth) == pytest.approx(-1)
    # to exchange the best two is worse than the worst two
    other = np.array([2.0, 1.0, 3.0, 4.0, 5.0])
    assert weighted_correlation(scores, truth) < weighted_correlation(
        other, truth
    )
    for function in (rank_correlation, weighted_correlation):
        assert function(truth, truth) == pytest.approx(1)
        assert math.isnan(function(np.ones(5), truth))
        assert math.isnan(function(np.array([1, 2, 3, 4, math.nan]), truth))


def test_mean_over_runs():
    mean = mean_over_runs(np.array([1.0, 3.0, math.nan]))
    # two runs: both, one or the other twice
    assert mean == (2, 1, 3)
    assert mean_over_runs(np.full(4, 0.5)) == (0.5, 0.5, 0.5)
    assert math.isnan(mean_over_runs(np.array([math.nan])).value)
    single = mean_over_runs(np.array([2.0, math.nan]))
    assert single.value == 2
    assert math.isnan(single.low)
    assert math.isnan(single.high)
    wide = mean_over_runs(np.arange(8.0))
    assert wide == mean_over_runs(np.arange(8.0))
    # 1.96 standard errors of the mean of 8, with n for n - 1
    assert wide.high - wide.low == pytest.approx(
        2 * 1.96 * np.arange(8).std() / 8**0.5, rel=0.1
    )
