# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_kit import run_group
from mmengine.dataset import DefaultSampler
from mmengine.logging import MMLogger

from mmpose_mlda.evaluation import PCK, PseudoLabelQuality
from mmpose_mlda.evaluation.functional import (
    calibration_bins,
    expected_calibration_error,
    most_confident,
)
from mmpose_mlda.functional.heatmaps import share_threshold

HERE = Path(__file__).parent
sys.path.append(str(HERE))
from pck_samples import make_sample, random_samples  # noqa: E402

# 64 x 64 cells, so @0.05 is 3.2 cells: off by 3 is correct, by 4 is not.
AT, NEAR, FAR, NONE = (20, 20), (23, 20), (24, 20), None


def scored_sample(peaks, labels, scores):
    sample = make_sample(peaks, labels)
    scores = np.array([scores], np.float32)
    sample['pred_instances']['keypoint_scores'] = scores
    return sample


def example():
    """Six keypoints, five of them labelled, three of these correct."""
    return [
        #            right  wrong  right
        scored_sample([AT, FAR, NEAR], [AT, AT, AT], [0.95, 0.85, 0.45]),
        #            no label  wrong  right
        scored_sample([AT, FAR, AT], [NONE, AT, AT], [0.90, 0.05, 0.15]),
    ]


def evaluate(samples, **options):
    metric = PseudoLabelQuality(**options)
    for sample in samples:
        metric.process(None, [sample])
    return metric.evaluate(len(samples))


def test_by_hand():
    """The upper half of all six are 0.95, 0.90, 0.85."""
    found = evaluate(example())
    # bins of labelled ones: 0.95 right; 0.85 wrong; 0.45 right; 0.15 right;
    # 0.05 wrong
    error = (0.05 + 0.85 + 0.55 + 0.85 + 0.05) / 5
    assert found == {
        'pseudo/kept': pytest.approx(50),
        'pseudo/precision_kept@0.05': pytest.approx(100 / 2),
        'pseudo/precision_dropped@0.05': pytest.approx(200 / 3),
        'pseudo/ECE@0.05': pytest.approx(100 * error, abs=1e-5),
    }


def test_threshold_and_several_limits():
    found = evaluate(example(), threshold=0.4, thr=[0.05, 0.1], bins=1)
    assert found['pseudo/kept'] == pytest.approx(400 / 6)
    assert found['pseudo/precision_kept@0.05'] == pytest.approx(200 / 3)
    assert found['pseudo/precision_dropped@0.05'] == pytest.approx(50)
    # off by 4 of 64 cells is right within 6.4
    assert found['pseudo/precision_kept@0.1'] == 100
    # one bin: |mean confidence 0.49 - precision|
    assert found['pseudo/ECE@0.05'] == pytest.approx(11, abs=1e-4)
    assert found['pseudo/ECE@0.1'] == pytest.approx(51, abs=1e-4)


@pytest.mark.parametrize(
    ('threshold', 'kept', 'missing'),
    [(1.0, 0, 'kept'), (-1.0, 100, 'dropped')],
)
def test_nothing_or_everything_is_kept(threshold, kept, missing):
    found = evaluate(example(), threshold=threshold)
    assert found['pseudo/kept'] == kept
    assert f'pseudo/precision_{missing}@0.05' not in found
    other = {'kept': 'dropped', 'dropped': 'kept'}[missing]
    assert found[f'pseudo/precision_{other}@0.05'] == pytest.approx(60)


def test_kept_and_dropped_together_are_pck():
    """Of one joint, where the mean over joints is the pooled one."""
    samples = random_samples(40, num_keypoints=1)
    rng = np.random.default_rng(1)
    for sample in samples:
        scores = rng.random((1, 1), np.float32)
        sample['pred_instances']['keypoint_scores'] = scores
    found = evaluate(samples, threshold=0.4)
    metric = PCK(all_joints=[0])
    metric.process(None, samples)
    scored = np.array([result['scored'] for result in metric.results])
    scores = np.array(
        [s['pred_instances']['keypoint_scores'][0] for s in samples]
    )
    total = 0
    for name, mask in (('kept', scores > 0.4), ('dropped', scores <= 0.4)):
        count = (mask & scored).sum()
        total += found[f'pseudo/precision_{name}@0.05'] * count
    pck = metric.evaluate(len(samples))['PCK@0.05']
    assert total / scored.sum() == pytest.approx(pck)


@pytest.mark.parametrize('share', [0, 0.3, 0.5, 0.99, 1])
@pytest.mark.parametrize('equal', [False, True])
def test_mask_is_that_of_the_loss(share, equal):
    rng = np.random.default_rng(0)
    confidence = rng.random((7, 5))
    if equal:
        confidence = confidence.round(1)
    tensor = torch.from_numpy(confidence)
    valid = torch.ones_like(tensor, dtype=torch.bool)
    wanted = tensor > share_threshold(tensor, valid, share)
    found = most_confident(confidence, 'quantile', share)
    assert found.tolist() == wanted.tolist()


def test_bins_against_a_loop():
    rng = np.random.default_rng(0)
    confidence = rng.normal(0.5, 0.4, 500)  # beyond [0, 1] too
    correct = rng.random(500) < 0.5
    found = calibration_bins(confidence, correct, 4)
    members = [[] for _ in range(4)]
    for value, right in zip(confidence, correct, strict=True):
        value = min(max(value, 0), 1)
        place = sum(value >= edge for edge in (0.25, 0.5, 0.75))
        members[place].append((value, right))
    for i, inside in enumerate(members):
        values, rights = zip(*inside, strict=True)
        wanted = len(inside), np.mean(values), np.mean(rights)
        assert [f[i] for f in found] == pytest.approx(wanted)
    gaps = [len(m) * abs(np.mean(m, axis=0) @ [1, -1]) for m in members]
    error = expected_calibration_error(*found)
    assert error == pytest.approx(sum(gaps) / 500)


def test_empty_bins_do_not_count():
    counts, confidence, accuracy = calibration_bins([0.9, 1.0], [True, True])
    assert counts.tolist() == [0] * 9 + [2]
    assert np.isnan(confidence[:9]).all()
    assert np.isnan(accuracy[:9]).all()
    error = expected_calibration_error(counts, confidence, accuracy)
    assert error == pytest.approx(0.05)


def test_table_in_the_log():
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    evaluate(example(), bins=2)
    logger.removeHandler(handler)
    lines = records[0].splitlines()
    assert lines[0] == 'Calibration at PCK@0.05, 5 keypoints'
    # three below 0.5 (0.45, 0.15 right, 0.05 wrong), two above
    assert lines[2].split()[3:] == ['3', '21.7', '%', '66.7', '%']
    assert lines[3].split()[3:] == ['2', '90.0', '%', '50.0', '%']


@pytest.mark.parametrize(
    'option',
    [
        dict(thr=0),
        dict(thr=[]),
        dict(threshold='random'),
        dict(share=1.5),
        dict(bins=0),
        dict(decode='udp'),
        dict(label_rounding='ceil'),
    ],
)
def test_bad_options(option):
    with pytest.raises(ValueError, match=f'{next(iter(option))} must be'):
        PseudoLabelQuality(**option)


def test_without_labels():
    sample = scored_sample([AT], [NONE], [0.5])
    with pytest.raises(ValueError, match='Is this data set labelled'):
        evaluate([sample])


def confident_samples(num=7):
    samples = random_samples(num)
    rng = np.random.default_rng(2)
    for sample in samples:
        scores = rng.random((1, 14), np.float32)
        sample['pred_instances']['keypoint_scores'] = scores
    return samples


def evaluate_part(rank, folder):
    """What one of two processes does."""
    samples = confident_samples()
    metric = PseudoLabelQuality(collect_dir=f'{folder}/parts')
    for i in DefaultSampler(samples, shuffle=False):
        metric.process(None, [samples[i]])
    found = metric.evaluate(len(samples))
    (folder / f'rank{rank}.json').write_text(json.dumps(found))


def test_two_processes_agree_with_one(tmp_path):
    """Seven images on two processes: one is evaluated twice, counted once."""
    run_group(2, tmp_path, evaluate_part, tmp_path)
    alone = evaluate(confident_samples())
    for rank in range(2):
        found = json.loads((tmp_path / f'rank{rank}.json').read_text())
        assert found == pytest.approx(alone)
