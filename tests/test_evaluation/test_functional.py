# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation.functional import (
    decode_argmax,
    joint_accuracy,
    label_cells,
    label_quality,
    normalized_distance,
)

# The worked example: two batches, of 2 and 1 images, 3 joints. A row is an
# image. Batch 1: sqrt(10) cells off is correct, sqrt(13) is not; 3 is;
# (0, 0) for (5, 5) is not. Batch 2: 32 off is not; a label at y = 1 is not
# scored.
CORRECT = np.array([[1, 0, 0], [0, 1, 1], [1, 0, 1]], bool)
SCORED = np.array([[1, 0, 1], [1, 1, 1], [1, 1, 0]], bool)


def slow_accuracy(correct, scored, protocol, batch_size):
    """Joint by joint and batch by batch, from the papers' description."""
    num_images, num_joints = correct.shape
    means = []
    for k in range(num_joints):
        if protocol == 'pooled':
            hits = [c for c, s in zip(correct[:, k], scored[:, k]) if s]  # noqa: B905
            means.append(sum(hits) / len(hits) if hits else np.nan)
            continue
        total = weight = 0.0
        for start in range(0, num_images, batch_size):
            batch = range(start, min(start + batch_size, num_images))
            hits = [correct[i, k] for i in batch if scored[i, k]]
            accuracy = sum(hits) / len(hits) if hits else -1
            if accuracy == -1 and protocol == 'udape':
                continue  # the papers' meter ignores -1
            total += accuracy * len(batch)
            weight += len(batch)
        means.append(total / weight if weight else 0.0)
    return np.array(means)


@pytest.mark.parametrize(
    ('protocol', 'joints'),
    [
        ('udape', [(0.5 * 2 + 1 * 1) / 3, (1 * 2 + 0 * 1) / 3, 0.5]),
        ('pooled', [2 / 3, 1 / 2, 1 / 2]),
        # the batches' -1 of joint 2 counts: (0.5 * 2 - 1) / 3
        ('regda', [2 / 3, 2 / 3, 0.0]),
    ],
)
def test_worked_example(protocol, joints):
    accuracy = joint_accuracy(CORRECT, SCORED, protocol, batch_size=2)
    np.testing.assert_allclose(accuracy, joints, rtol=1e-15, atol=1e-15)


def test_regda_is_the_mean_of_the_batches_group_accuracies():
    # RegDA's own order: groups inside a batch, then batches. The example:
    # ((0.5 + 1 + 0.5) / 3 * 2 + (1 + 0 - 1) / 3 * 1) / 3 = 0.4444
    accuracy = joint_accuracy(CORRECT, SCORED, 'regda', batch_size=2)
    assert accuracy.mean() == pytest.approx(4 / 9, abs=1e-15)


@pytest.mark.parametrize('protocol', ['pooled', 'udape', 'regda'])
@pytest.mark.parametrize('batch_size', [1, 3, 7, 32])
def test_against_loops(protocol, batch_size):
    rng = np.random.default_rng(0)
    correct = rng.random((23, 5)) < 0.6
    scored = rng.random((23, 5)) < [0.9, 0.5, 0.1, 0.0, 1.0]
    accuracy = joint_accuracy(correct, scored, protocol, batch_size)
    expected = slow_accuracy(correct, scored, protocol, batch_size)
    np.testing.assert_allclose(accuracy, expected, rtol=1e-13)


def test_never_scored():
    correct, scored = np.ones((4, 1), bool), np.zeros((4, 1), bool)
    assert np.isnan(joint_accuracy(correct, scored, 'pooled'))
    assert joint_accuracy(correct, scored, 'udape') == 0
    assert joint_accuracy(correct, scored, 'regda') == -1


def test_batches_of_one_pool():
    rng = np.random.default_rng(1)
    correct, scored = rng.random((2, 40, 6)) < 0.5
    np.testing.assert_allclose(
        joint_accuracy(correct, scored, 'udape', batch_size=1),
        joint_accuracy(correct, scored, 'pooled'),
    )


def test_argmax():
    heatmaps = np.zeros((5, 3, 4), np.float32)
    heatmaps[0, 2, 1] = 1  # y = 2, x = 1
    heatmaps[1, 1, [2, 3]] = heatmaps[1, 2, 0] = 1  # the first of equals
    heatmaps[3] = -1
    heatmaps[3, 1, 1] = -0.5  # a maximum, but not positive
    heatmaps[4, 0, 3] = 1e-30
    np.testing.assert_array_equal(
        decode_argmax(heatmaps), [[1, 2], [2, 1], [0, 0], [0, 0], [3, 0]]
    )


@pytest.mark.parametrize(
    ('x', 'cell'),
    [
        # int(x / 4 + 0.5), by hand; None: not scored
        (40.0, 10), (41.9, 10), (42.0, 11), (7.9, 2), (6.0, 2),
        (5.9, None),  # cell 1
        (0.0, None), (-5.0, None), (-20.0, None),
        (253.9, 63), (254.0, None),  # cell 64 is outside
    ],
)  # fmt: skip
def test_rounded_labels(x, cell):
    points = np.array([[x, 100.0], [100.0, x]])
    cells, scored = label_cells(points, np.array([4, 4]), (64, 64))
    assert scored.tolist() == [cell is not None] * 2
    if cell is not None:
        assert cells.tolist() == [[cell, 25], [25, cell]]


@pytest.mark.parametrize(
    ('x', 'cell'),
    [
        (40.0, 10), (43.9, 10), (12.0, 3), (239.9, 59),
        (11.9, None),  # cell 2: the window of 3 does not fit
        (240.0, None),  # cell 60
    ],
)  # fmt: skip
def test_floored_labels(x, cell):
    points = np.array([[x, 100.0]])
    cells, scored = label_cells(points, np.array([4, 4]), (64, 64), 'floor')
    assert scored.tolist() == [cell is not None]
    if cell is not None:
        assert cells.tolist() == [[cell, 25]]


def test_labels_on_a_map_that_is_not_square():
    points = np.array([[180.0, 200.0], [200.0, 180.0]])
    cells, scored = label_cells(points, np.array([4, 4]), (64, 48))
    assert scored.tolist() == [True, False]  # 50 is outside of 48 columns
    assert cells[0].tolist() == [45, 50]


@pytest.mark.parametrize(
    ('offset', 'correct'),
    [((3, 1), True), ((2, 2), True), ((3, 2), False), ((4, 0), False),
     ((0, 3), True)],
)  # fmt: skip
def test_boundary(offset, correct):
    distance = normalized_distance(
        np.array([offset]) + 20, np.array([[20, 20]]), (64, 64)
    )
    assert (distance < 0.05) == correct


def test_as_many_offsets_are_correct_as_in_the_papers():
    axis = np.arange(-63, 64)
    offsets = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    distance = normalized_distance(offsets, np.zeros_like(offsets), (64, 64))
    # the papers' own form, in their precision: d / (h / 10) < 0.5
    scaled = offsets.astype(np.float32) / np.float32(6.4)
    papers = np.sqrt((scaled**2).sum(axis=1)) < 0.5
    np.testing.assert_array_equal(distance < 0.05, papers)
    assert papers.sum() == 37


def test_threshold_is_strict():
    # 8 of 64 cells are exactly 0.125
    distance = normalized_distance(
        np.array([[8, 0]]), np.array([[0, 0]]), (64, 64)
    )
    assert not (distance < 0.125).any()


# --------------------------------------------------------- quality of labels
def test_label_quality_by_hand():
    confidence = np.array([[0.95, 0.85, 0.45], [0.90, 0.05, 0.15]])
    correct = np.array([[1, 0, 1], [1, 0, 1]], bool)
    scored = np.array([[1, 1, 1], [0, 1, 1]], bool)
    found = label_quality(confidence, correct, scored, confidence > 0.8)
    # kept and scored: 0.95 right, 0.85 wrong; dropped: 0.45 and 0.15 right,
    # 0.05 wrong; each in a bin of its own
    assert found == pytest.approx(
        {
            'kept': 3 / 6,
            'precision_kept': 1 / 2,
            'precision_dropped': 2 / 3,
            'ECE': (0.05 + 0.85 + 0.55 + 0.05 + 0.85) / 5,
            'ECE_kept': (0.05 + 0.85) / 2,
            'ECE_dropped': (0.55 + 0.05 + 0.85) / 3,
        }
    )
    # one bin: |mean confidence - share of correct ones|
    found = label_quality(confidence, correct, scored, confidence > 0.8, 1)
    assert found['ECE_kept'] == pytest.approx(0.9 - 0.5)
    assert found['ECE'] == pytest.approx(0.6 - 0.49)


def test_label_quality_of_nothing():
    nothing = np.zeros((2, 3), bool)
    found = label_quality(np.ones((2, 3)), nothing, nothing, nothing)
    assert found.pop('kept') == 0
    assert all(np.isnan(value) for value in found.values())
