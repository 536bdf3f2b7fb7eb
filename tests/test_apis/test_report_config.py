# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a report takes from the config of a run."""

import pytest
from mmengine.config import Config

from mmpose_mlda.apis.report_config import has_labels, scoring
from mmpose_mlda.evaluation import PseudoLabelQuality

QUALITY = dict(
    type='mmpose_mlda.PseudoLabelQuality',
    thr=0.2,
    share=0.9,
    bins=5,
    decode='continuous',
)
PCK = dict(type='mmpose_mlda.PCK', thr=[0.1, 0.3], label_rounding='floor')


def config(consistency=None, evaluator=None):
    model = dict(type='mmpose_mlda.MLDA', consistency=consistency)
    return Config(dict(model=model, val_evaluator=evaluator))


# ------------------------------------------------------------------- the mask
@pytest.mark.parametrize(
    ('consistency', 'threshold', 'share'),
    [
        (dict(frame='student'), 'quantile', 0.5),  # the loss's own
        (dict(share=0.7), 'quantile', 0.7),
        (dict(threshold=0.3), 0.3, 0.5),
        (dict(threshold=None), float('-inf'), 0.5),
        (dict(threshold='random', low=0.2, high=0.6), 0.4, 0.5),
        (dict(threshold='random'), 0.5, 0.5),
    ],
)
@pytest.mark.parametrize('evaluator', [None, QUALITY, [PCK]])
def test_mask_is_that_of_the_consistency_loss(
    consistency, threshold, share, evaluator
):
    metric = PseudoLabelQuality(**scoring(config(consistency, evaluator)))
    assert metric.threshold == pytest.approx(threshold)
    assert metric.share == share


@pytest.mark.parametrize('absent', [None, dict(share=0.7, loss_weight=0)])
def test_mask_of_the_evaluator_without_such_a_loss(absent):
    assert scoring(config(absent, QUALITY))['share'] == 0.9
    assert 'share' not in scoring(config(absent, PCK))


def test_rules_are_those_of_the_evaluator():
    found = scoring(config(dict(share=0.7), [PCK, QUALITY]))
    assert found == dict(
        thr=0.2, share=0.7, threshold='quantile', bins=5, decode='continuous'
    )
    assert scoring(config(None, [PCK])) == dict(
        thr=[0.1, 0.3], label_rounding='floor'
    )
    others = [dict(type='CocoMetric')]
    assert scoring(config(None, others))['thr'] == [0.05, 0.1]


# ----------------------------------------------------------------- the labels
UNLABELLED = dict(
    type='mmpose_mlda.UnlabeledPoseDataset',
    dataset=dict(type='mmpose_mlda.LSPDataset'),  # whose labels it drops
)
LABELLED = dict(type='CocoDataset')


@pytest.mark.parametrize(
    ('dataset', 'expected'),
    [
        (LABELLED, True),
        (UNLABELLED, False),
        (dict(UNLABELLED, type='UnlabeledPoseDataset'), False),
        (dict(type='RepeatDataset', dataset=UNLABELLED), False),
        (dict(type='RepeatDataset', dataset=LABELLED), True),
        (dict(type='CombinedDataset', datasets=[UNLABELLED] * 2), False),
        (
            dict(type='CombinedDataset', datasets=[UNLABELLED, LABELLED]),
            True,
        ),
    ],
)
def test_has_labels(dataset, expected):
    cfg = Config(
        dict(
            val_dataloader=dict(dataset=dataset),
            val_evaluator=dict(type='mmpose_mlda.LabelFreeScore'),
        )
    )
    assert has_labels(cfg) is expected
    cfg.val_evaluator = None
    assert not has_labels(cfg)
