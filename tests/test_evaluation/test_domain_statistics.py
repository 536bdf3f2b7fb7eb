# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation.domain_statistics import (
    assign_folds,
    balanced_accuracy,
    held_out_scores,
    linear_discriminant,
    near_duplicates,
)


def accuracy(first, second):
    folds = [assign_folds(range(len(part)), 5) for part in (first, second)]
    return balanced_accuracy(*held_out_scores(first, second, *folds))


def test_discriminant_of_one_feature_is_halfway():
    first = np.array([[0.0], [2.0]])
    second = np.array([[4.0], [6.0]])
    weights, threshold = linear_discriminant(first, second)
    assert threshold / weights[0] == pytest.approx(3)
    assert weights[0] > 0


def test_units_do_not_matter():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, (60, 3)), rng.normal(0.5, 1, (50, 3))
    scale = np.array([1, 1000, 0.01])
    folds = [assign_folds(range(len(part)), 5) for part in (first, second)]
    scores = held_out_scores(first, second, *folds)
    scaled = held_out_scores(first * scale, second * scale, *folds)
    for one, two in zip(scores, scaled, strict=True):
        assert one == pytest.approx(two, rel=1e-6)


def test_sets_that_are_alike_cannot_be_told_apart():
    """Accuracy is within its errors of chance, whatever the sizes."""
    rng = np.random.default_rng(1)
    found = [
        accuracy(rng.normal(size=(400, 10)), rng.normal(size=(count, 10)))
        for count in (400, 100)
    ]
    for share, error in found:
        assert abs(share - 0.5) < 3 * error
    assert found[0][1] < found[1][1]


def test_separated_sets_are_told_apart():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(100, 5)), rng.normal(size=(80, 5))
    second[:, 3] += 20
    share, error = accuracy(first, second)
    assert share == 1
    assert 0 < error < 0.02  # not certain, however clear


def test_accuracy_of_normal_distributions():
    """Means d apart, standard deviation 1: Phi(d / 2) of them are right."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1, (2000, 1)), rng.normal(2, 1, (2000, 1))
    assert accuracy(first, second)[0] == pytest.approx(0.841, abs=0.02)


def test_accuracy_counts_both_sets_alike():
    first, second = -np.ones(90), np.array([1.0, 1.0, 1.0, -1.0])
    assert balanced_accuracy(first, second)[0] == pytest.approx(7 / 8)


def test_groups_stay_in_one_fold():
    """Else a discriminant would know the image by its other part."""
    groups = [f'image{i // 3}' for i in range(60)]
    folds = assign_folds(groups, 5)
    assert (folds.reshape(20, 3) == folds[::3, None]).all()
    assert np.bincount(folds).tolist() == [12] * 5
    assert (assign_folds(groups, 5) == folds).all()


def test_near_duplicates():
    rng = np.random.default_rng(4)
    hashes = rng.integers(0, 2, (6, 256)).astype(bool)
    pictures = rng.normal(size=(6, 100)).astype(np.float32)
    pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
    others, small = hashes.copy(), pictures.copy()
    others[2, :24] ^= True  # as many bits as may differ
    others[4, :25] ^= True  # one too many
    small[5] = pictures[0]  # the same bits, another picture
    found = near_duplicates((hashes, others), (pictures, small))
    assert found.tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
