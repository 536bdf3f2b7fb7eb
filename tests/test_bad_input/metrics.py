# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What metrics are given."""

import math

from test_bad_input.kit import Table, assert_sees, logged
from test_evaluation.pck_samples import make_sample

from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.evaluation import PCK

TABLE = Table('Metrics')


def score(samples, table='lsp14', **options):
    """PCK of samples, in per cent by name."""
    metric = PCK(**options)
    names = [i['name'] for i in get_table(table)['keypoint_info'].values()]
    metric.dataset_meta = dict(
        num_keypoints=len(names),
        keypoint_name2id={name: k for k, name in enumerate(names)},
        keypoint_id2name=dict(enumerate(names)),
    )
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def sample(labels, peaks=None):
    return make_sample(peaks or [(9, 9)] * len(labels), labels)


@TABLE.refused(
    'test data without a visible joint',
    ValueError,
    'PCK: none of the 1 samples has a label that can be scored. Is this data '
    'set labelled?',
)
def _(root):
    score([sample([None] * 14)])


@TABLE.taken(
    'a joint that no test image shows',
    'It is left out of the means; the log names it.',
)
def _(root):
    labels = [None, *[(9, 9)] * 13]
    values, log = logged(lambda: score([sample(labels)]))
    assert values['PCK@0.05'] == 100
    assert_sees(log, 'no label of right_ankle is scored; left out of', root)


@TABLE.taken('NaN in a label of the test data', 'It is not scored.')
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances']['keypoints'][0, 0] = math.nan
    values, log = logged(lambda: score([bad]))
    assert values['PCK@0.05'] == 100
    assert_sees(log, 'no label of right_ankle is scored', root)


@TABLE.taken('labels outside of the image', 'They are not scored.')
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances']['keypoints'][0, 0] = (-500, 9e9)
    values, _ = logged(lambda: score([bad]))
    assert values['PCK@0.05'] == 100


@TABLE.refused(
    'predictions of another number of joints than labels',
    ValueError,
    'PCK: 14 joints are predicted, 16 labelled. Give model and data set the '
    "same keypoint table, or convert the labels by MMPose's",
)
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances'] = sample([(9, 9)] * 16)['gt_instances']
    score([bad])


@TABLE.refused(
    'predictions without heatmaps',
    ValueError,
    "PCK(decode='argmax') needs the predicted heatmaps, which the model does "
    'not hand out: set model.test_cfg.output_heatmaps=True',
)
def _(root):
    bad = sample([(9, 9)] * 14)
    del bad['pred_fields']
    score([bad])


@TABLE.refused(
    'samples without the field by which to report',
    ValueError,
    "PCK(by='animal'): a sample has no 'animal'. If the data set's samples "
    'have it, add it to meta_keys of PackPoseInputs',
)
def _(root):
    score([sample([(9, 9)] * 14)], by='animal')


@TABLE.refused(
    'a group with a joint that the table lacks',
    ValueError,
    "The group 'Tail' names the joint 'tail', but the table has 14 joints: "
    'right_ankle, ...Give names or indices of these.',
)
def _(root):
    score([sample([(9, 9)] * 14)], groups=dict(Tail=['tail']))
