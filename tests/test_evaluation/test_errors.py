# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation import PCK
from mmpose_mlda.evaluation.errors import (
    correct_and_scored,
    decode_errors,
    encode_errors,
)


def test_worked_example():
    distance = np.array([[0.0, 0.0499, 0.05], [1.4142, 0.0441942, 0.3]])
    scored = np.array([[1, 1, 1], [1, 1, 0]], bool)
    lines = encode_errors(distance, scored)
    assert lines == ['0 49 50', '1414 44 -1']
    correct, again = correct_and_scored(decode_errors(lines), 0.05)
    assert correct.tolist() == [[True, True, False], [False, True, False]]
    assert (again == scored).all()


def test_every_threshold_keeps_every_decision():
    # each limit itself and both neighbouring floats, where rounding tells
    limits = np.arange(1, 400) / 1000
    distance = np.stack(
        [np.nextafter(limits, 0), limits, np.nextafter(limits, 1)], axis=1
    )
    scored = np.ones(distance.shape, bool)
    errors = decode_errors(encode_errors(distance, scored))
    for thr in limits:
        correct, _ = correct_and_scored(errors, thr)
        assert (correct == (distance < thr)).all()


@pytest.mark.parametrize('side', [16, 20, 32, 64])
def test_pck_of_errors_is_the_metric(side):
    rng = np.random.default_rng(side)
    cells = rng.integers(-6, 7, (50, 5, 2))
    distance = np.sqrt(((cells / side) ** 2).sum(-1))
    scored = rng.random((50, 5)) < 0.8
    thresholds = [0.05, 0.1, 0.125, 0.2]
    metric = PCK(thr=thresholds)
    metric.dataset_meta = dict(num_keypoints=5, keypoint_name2id={})
    values = metric.compute_metrics(
        [
            dict(distance=d, scored=s)
            for d, s in zip(distance, scored, strict=True)
        ]
    )
    errors = decode_errors(encode_errors(metric.distance, metric.scored))
    for thr in thresholds:
        correct, counted = correct_and_scored(errors, thr)
        own = 100 * (correct.sum(0) / counted.sum(0)).mean()
        assert own == pytest.approx(values[f'PCK@{thr:g}'], abs=1e-9)


def test_file_is_small():
    rng = np.random.default_rng(0)
    distance = rng.uniform(0, 1.4, (300, 14))
    lines = encode_errors(distance, np.ones((300, 14), bool))
    assert 2 * sum(len(line) + 6 for line in lines) < 45_000


@pytest.mark.parametrize('threshold', [0.0005, 0.0125001, 0.0])
def test_refuses_finer_thresholds(threshold):
    with pytest.raises(ValueError, match='no multiple of'):
        correct_and_scored(np.zeros((1, 1), int), threshold)
