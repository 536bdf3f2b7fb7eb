# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmpose_mlda.evaluation import LabelFreeScore

sys.path.append(str(Path(__file__).parent))
from pck_samples import make_sample, random_samples

NAN = math.nan


def with_distances(sample, views, networks):
    sample['pred_instances'] |= dict(
        view_distances=torch.tensor(views)[None],
        network_distances=torch.tensor(networks)[None],
    )
    return sample


def random_predictions(num, seed=0):
    rng = np.random.default_rng(seed)
    return [
        with_distances(
            sample,
            rng.uniform(0, 0.2, (2, 14)).tolist(),
            rng.uniform(0, 0.2, 14).tolist(),
        )
        for sample in random_samples(num, seed=seed)
    ]


def evaluate(samples, batch=3, **options):
    metric = LabelFreeScore(**options)
    for start in range(0, len(samples), batch):
        metric.process(None, samples[start : start + batch])
    return {
        name.removeprefix('label_free/'): value
        for name, value in metric.evaluate(len(samples)).items()
    }


def two_people():
    # peaks (16, 32), (48, 32) and (16, 16), (16, 48) of 64 cells
    return [
        with_distances(
            make_sample([(16, 32), (48, 32)], [None] * 2),
            [[0.01, 0.06], [0.2, NAN]],
            [0.0, 0.07],
        ),
        with_distances(
            make_sample([(16, 16), (16, 48)], [None] * 2),
            [[0.02, 0.04], [0.03, 0.3]],
            [0.02, 0.3],
        ),
    ]


def test_by_hand():
    found = evaluate(two_people())
    # 7 distances in views are known
    assert found['views@0.05'] == pytest.approx(100 * 4 / 7)
    assert found['views@0.1'] == pytest.approx(100 * 5 / 7)
    assert found['views_distance'] == pytest.approx(100 * 0.66 / 7)
    assert found['networks@0.05'] == pytest.approx(50)
    assert found['networks@0.1'] == pytest.approx(75)
    assert found['networks_distance'] == pytest.approx(100 * 0.39 / 4)
    # maps with one pixel
    assert found['certainty'] == pytest.approx(100)
    assert found['confidence'] == pytest.approx(100)
    # Joint 0: x is 16 twice, y 32 or 16. Joint 1: x 48 or 16, y 32 or 48.
    # Of four marginals three have two values, log 2 of log 64.
    assert found['information'] == pytest.approx(100 * 3 / 4 / 6)
    # over images: squares (8^2, 16^2 + 8^2); over joints: (16^2, 16^2)
    spread = math.sqrt((8**2 + 16**2 + 8**2) / 2) / 64
    assert found['spread'] == pytest.approx(100 * spread)
    assert found['score'] == pytest.approx(100 * 4.5 / 7)
    lowered = evaluate(two_people(), min_spread=2 * spread)
    assert lowered['score'] == pytest.approx(50 * 4.5 / 7)


def test_predictions_that_agree():
    samples = two_people()
    for sample in samples:
        with_distances(sample, [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0])
    found = evaluate(samples)
    for name in ('views@0.05', 'views@0.1', 'networks@0.05', 'score'):
        assert found[name] == 100


def test_labels_are_not_looked_at():
    samples = random_predictions(8)
    before = evaluate(samples)
    for sample in samples:
        sample['gt_instances']['keypoints'] *= -7
        sample['gt_instances']['keypoints_visible'][:] = 0
    assert evaluate(samples) == before
    for sample in samples:
        del sample['gt_instances']
    assert evaluate(samples) == before


def test_order_and_batches_do_not_matter():
    samples = random_predictions(9)
    before = evaluate(samples)
    after = evaluate([samples[i] for i in (3, 8, 0, 1, 7, 2, 5, 4, 6)], 4)
    assert after == pytest.approx(before, rel=1e-12)


def collapsed(peaks):
    """Predictions that agree perfectly in all views."""
    return evaluate(
        [
            with_distances(
                make_sample(p, [None] * 14), [[0.0] * 14] * 2, [0.0] * 14
            )
            for p in peaks
        ]
    )


def test_a_collapsed_network_is_not_chosen():
    healthy = evaluate(random_predictions(12))
    rng = np.random.default_rng(0)
    pose = rng.integers(0, 64, (14, 2)).tolist()
    places = rng.integers(0, 64, (12, 2)).tolist()
    for peaks in (
        [[(20, 20)] * 14] * 12,  # one point of the frame
        [pose] * 12,  # one pose for all
        [[place] * 14 for place in places],  # one point of each person
    ):
        found = collapsed(peaks)
        assert found['views@0.1'] == 100 > healthy['views@0.1']
        assert found['score'] < 1e-9 < healthy['score']


def test_maps_without_anything_positive():
    found = evaluate(
        [
            with_distances(
                make_sample([None] * 2, [None] * 2), [[0.0, 0.0]], [0.0, 0.0]
            )
            for _ in range(3)
        ]
    )
    assert found['certainty'] == pytest.approx(0, abs=1e-4)
    assert found['score'] == found['confidence'] == 0
    assert all(math.isfinite(value) for value in found.values())


def test_half_precision_of_heatmaps():
    samples = random_predictions(5)
    exact = evaluate(samples)
    for sample in samples:
        fields = sample['pred_fields']
        fields['heatmaps'] = fields['heatmaps'].bfloat16()
    assert evaluate(samples) == pytest.approx(exact, rel=1e-6)


def test_without_the_other_network():
    samples = random_predictions(4)
    whole = evaluate(samples)
    for sample in samples:
        del sample['pred_instances']['network_distances']
    rest = evaluate(samples)
    assert {name for name in whole if name not in rest} == {
        'networks@0.05',
        'networks@0.1',
        'networks_distance',
    }
    assert all(whole[name] == value for name, value in rest.items())


def test_what_is_missing():
    (sample,) = random_predictions(1)
    with pytest.raises(ValueError, match='AgreementProbe'):
        evaluate([{**sample, 'pred_instances': {}}])
    with pytest.raises(ValueError, match='output_heatmaps=True'):
        evaluate([{**sample, 'pred_fields': {}}])
    with pytest.raises(ValueError, match='thr must be positive'):
        LabelFreeScore(thr=[])
    with pytest.raises(ValueError, match='min_spread must be positive'):
        LabelFreeScore(min_spread=0)
