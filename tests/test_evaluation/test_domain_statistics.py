# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation.domain_statistics import (
    assign_folds,
    near_duplicates,
    tell_apart,
)


def draw_crops(rng, images, crops, features):
    """Equal domains: crops of an image are alike, images are not."""
    points = rng.normal(size=(images, features)).repeat(crops, axis=0)
    points += 0.3 * rng.normal(size=points.shape)
    return points, np.arange(images).repeat(crops).tolist()


@pytest.mark.parametrize(
    ('images', 'crops', 'features'),
    [((40, 40), (1, 1), 16), ((30, 30), (4, 4), 16), ((25, 75), (3, 1), 8)],
)
def test_equal_domains_are_within_the_margin(images, crops, features):
    """In 95 of 100 trials; 89 or less of 100 happen once in 100 tests."""
    rng = np.random.default_rng(0)
    inside, accuracies = 0, []
    for _ in range(100):
        sets = [
            draw_crops(rng, *numbers, features)
            for numbers in zip(images, crops, strict=True)
        ]
        told = tell_apart(*zip(*sets, strict=True))
        inside += abs(told.accuracy - 0.5) <= told.margin
        accuracies.append(told.accuracy)
    assert inside >= 90
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)


def test_different_domains_are_beyond_the_margin():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(100, 5)), rng.normal(size=(80, 5))
    second[:, 3] += 3
    told = tell_apart((first, second), (range(100), range(80)))
    assert told.accuracy > 0.85
    assert told.margin < 0.15
    assert [len(scores) for scores in told.scores] == [100, 80]
    assert told.scores[0].mean() < 0 < told.scores[1].mean()


def test_an_image_alone_tells_nothing():
    points = np.zeros((6, 2)), np.zeros((9, 2))
    assert tell_apart(points, (['a'] * 6, range(9))) is None


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
