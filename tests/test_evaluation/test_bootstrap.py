# Copyright (c) mmpose_mlda contributors. All rights reserved.
from math import erf, sqrt

import numpy as np
import pytest

from mmpose_mlda.evaluation.bootstrap import (
    Resamples,
    draw_resamples,
    percentile_interval,
    pooled_pck,
    resampled_pck,
)

# S=2 seeds, N=3 images, J=2 joints; joint 1 is not labelled in image 2
SCORED = np.array([[[1, 1], [1, 1], [1, 0]]] * 2, bool)
CORRECT = np.array([[[1, 0], [1, 1], [0, 0]], [[0, 0], [0, 1], [1, 0]]], bool)


def test_pooled_pck_by_hand():
    # seed 0: joints 2/3 and 1/2; seed 1: 1/3 and 1/2
    np.testing.assert_allclose(
        pooled_pck(CORRECT, SCORED), [[700 / 12, 500 / 12]]
    )


def test_resample_by_hand():
    # image 0 twice, image 2 once: joint 0 of seed 0 is 2/3, of seed 1 1/3;
    # joint 1 is 0/2 in both. Then image 2 alone: joint 1 is left out.
    images = np.array([[2, 0, 1], [0, 0, 3]])
    np.testing.assert_allclose(
        pooled_pck(CORRECT, SCORED, images), [[200 / 6, 100 / 6], [0, 100]]
    )
    seeds = np.array([[2, 0], [1, 1]])
    draws = Resamples(images, seeds)
    np.testing.assert_allclose(
        resampled_pck(CORRECT, SCORED, draws), [200 / 6, 50]
    )


def test_nothing_scored_is_nan_and_left_out():
    nothing = np.zeros((1, 2, 3), bool)
    assert np.isnan(pooled_pck(nothing, nothing)).all()
    assert percentile_interval(np.array([np.nan, 1.0, 3.0]), 1.0) == (1, 3)
    assert np.isnan(percentile_interval(np.array([np.nan]))).all()


def test_slow_reference():
    rng = np.random.default_rng(0)
    scored = np.repeat(rng.random((1, 9, 4)) < 0.6, 3, axis=0)
    correct = scored & (rng.random((3, 9, 4)) < 0.5)
    draws = draw_resamples(9, 3, 20)
    fast = resampled_pck(correct, scored, draws)
    for r in range(20):
        images = np.repeat(np.arange(9), draws.images[r])
        seeds = np.repeat(np.arange(3), draws.seeds[r])
        values = []
        for s in seeds:
            joints = [
                100 * correct[s, images, k].sum() / scored[s, images, k].sum()
                for k in range(4)
                if scored[s, images, k].any()
            ]
            values.append(sum(joints) / len(joints))
        assert fast[r] == pytest.approx(sum(values) / 3)


def test_draws_are_keyed():
    first, again = draw_resamples(30, 3, 50), draw_resamples(30, 3, 50)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    other = draw_resamples(30, 3, 50, seed=1)
    assert (first.images != other.images).any()
    assert (first.images.sum(1) == 30).all()
    assert (first.seeds.sum(1) == 3).all()
    # more seeds do not change which images are drawn
    assert (draw_resamples(30, 5, 50).images == first.images).all()


def _simulate(rng, gain, num_seeds=8, num_images=120, between=0.3):
    """Two rows on the same images; a seed helps or hurts both, and each."""
    difficulty = rng.normal(0, 1.5, (1, num_images, 1))
    shared = rng.normal(0, between, (num_seeds, 1, 1))
    rows = []
    for shift in (0.0, gain):
        own = rng.normal(0, between, (num_seeds, 1, 1))
        noise = rng.normal(0, 1, (num_seeds, num_images, 3))
        rows.append(difficulty + shared + own + noise + shift > 0)
    return rows


def test_coverage_of_the_difference():
    rng = np.random.default_rng(1)
    # standard deviation of what is added to the gain, over all images
    scale = np.sqrt(1.5**2 + 2 * 0.3**2 + 1)
    truth = 50 * erf(0.5 / scale / sqrt(2))
    draws = draw_resamples(120, 8, 400)
    scored = np.ones((8, 120, 3), bool)
    hits = 0
    for _ in range(150):
        base, row = _simulate(rng, 0.5)
        low, high = percentile_interval(
            resampled_pck(row, scored, draws)
            - resampled_pck(base, scored, draws)
        )
        hits += low <= truth <= high
    # 95 % less what few seeds cost; a binomial deviation is 1.8 %
    assert 0.86 <= hits / 150 <= 0.99


def test_three_seeds_that_differ_are_too_few():
    # the limit that the module's docstring warns of
    rng = np.random.default_rng(5)
    scale = np.sqrt(1.5**2 + 2 * 0.3**2 + 1)
    truth = 50 * erf(0.5 / scale / sqrt(2))
    draws, hits = draw_resamples(120, 3, 300), 0
    scored = np.ones((3, 120, 3), bool)
    for _ in range(100):
        base, row = _simulate(rng, 0.5, num_seeds=3)
        low, high = percentile_interval(
            resampled_pck(row, scored, draws)
            - resampled_pck(base, scored, draws)
        )
        hits += low <= truth <= high
    assert 0.65 <= hits / 100 <= 0.93


def test_pairing_narrows_the_difference():
    base, row = _simulate(np.random.default_rng(2), 0.5)
    scored = np.ones_like(base)
    draws, others = (draw_resamples(120, 8, 500, seed=s) for s in (0, 1))
    own = resampled_pck(row, scored, draws)
    paired = own - resampled_pck(base, scored, draws)
    unpaired = own - resampled_pck(base, scored, others)
    assert paired.std() < 0.7 * unpaired.std()


def test_equal_rows_differ_by_exactly_nothing():
    base, _ = _simulate(np.random.default_rng(3), 0.5)
    draws = draw_resamples(120, 8, 50)
    values = resampled_pck(base, np.ones_like(base), draws)
    assert percentile_interval(values - values) == (0, 0)


def test_seeds_widen_the_interval():
    rng = np.random.default_rng(4)
    scored = np.ones((4, 200, 2), bool)
    correct = np.stack(
        [rng.random((200, 2)) < p for p in (0.2, 0.4, 0.6, 0.8)]
    )
    draws = draw_resamples(200, 4, 500)
    clusters = resampled_pck(correct, scored, draws).std()
    fixed = Resamples(draws.images, np.ones_like(draws.seeds))
    assert clusters > 3 * resampled_pck(correct, scored, fixed).std()
