# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A check says that all is well only of what it has looked at."""

from copy import deepcopy

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from test_apis.domain_kit import standing_body

from mmpose_mlda.apis.domains import boxes, labels, sides
from mmpose_mlda.apis.domains.report import Report
from mmpose_mlda.apis.domains.samples import DomainSamples
from mmpose_mlda.apis.domains.side_summary import summarise_sides
from mmpose_mlda.datasets.metainfo import LSP14

COUNT = 40


def bodies(role='source', count=COUNT, skeleton=True):
    """Bodies in boxes that leave a tenth of the image."""
    table = deepcopy(LSP14)
    if not skeleton:
        table['skeleton_info'] = {}
    rng = np.random.default_rng(len(role))
    return DomainSamples(
        role,
        parse_pose_metainfo(table),
        count,
        (64, 64),
        boxes=np.tile([10.0, 2, 54, 62], (count, 1)),
        raw_boxes=np.tile([10.0, 2, 44, 60], (count, 1)),
        sizes=np.full((count, 2), 64.0),
        magnification=np.ones(count),
        keypoints=standing_body() + rng.normal(0, 1, (count, 14, 2)),
        labelled=np.ones((count, 14), bool),
    )


def look(*parts):
    """{topic: (level, text)} of all findings, texts joined."""
    report = Report()
    for part in parts:
        labels.check_labels(report, part)
        sides.check_sides(report, part)
        boxes.check_boxes(report, part)
    if len(parts) == 2:
        sides.compare_sides(report, *parts)
    labels.summarise_labels(report, list(parts))
    summarise_sides(report, list(parts))
    boxes.summarise_boxes(report, list(parts))
    return {
        topic: [(f.level, f.text) for f in report.findings if f.topic == topic]
        for topic in ('labels', 'left and right', 'joint order', 'boxes')
    }


def only(found):
    (finding,) = found
    return finding


def test_what_was_looked_at():
    found = look(bodies(), bodies('val'))
    level, text = only(found['left and right'])
    assert level == 'ok'
    assert 'of the source and evaluation set clearly contradicts' in text
    assert 'nor do source and evaluation set' in text
    level, text = only(found['joint order'])
    assert level == 'ok'
    # leg and arm, two each, and the trunk
    assert 'the source (so many: 5) and the evaluation set (so m' in text
    assert 'Distances between joints fit best' in text


def test_few_bodies_are_too_few():
    found = look(bodies(count=5))
    level, text = only(found['left and right'])
    assert (level, text[:31]) == ('note', 'Too few to tell in the source: ')
    level, text = only(found['joint order'])
    assert (level, text[:32]) == ('note', 'Lengths of limbs are not compare')


def test_few_bodies_of_one_set():
    found = look(bodies(), bodies('val', count=5))
    (ok, well), (note, few) = found['left and right']
    assert (ok, note) == ('ok', 'note')
    assert 'of the source clearly' in well
    assert 'set each other' not in well
    assert 'Too few to tell in the evaluation set' in few


def test_without_a_skeleton_no_limb_is_praised():
    spoilt = bodies(skeleton=False)
    names = spoilt.names
    knee, neck = names.index('left_knee'), names.index('neck')
    spoilt.keypoints[:, knee] = spoilt.keypoints[:, neck]
    found = look(spoilt)
    level, text = only(found['joint order'])
    assert level == 'note'
    assert 'of one length' not in text


@pytest.mark.parametrize(
    ('away', 'text'), [(0, '100 % of the source'), (4, '90 % of the source')]
)
def test_share_of_joints_in_place(away, text):
    """Up to 20 % outside their boxes are no warning, but no praise."""
    part = bodies()
    part.keypoints[:away, :, 0] = 1  # ten pixels to the left of the box
    level, found = only(look(part)['labels'])
    assert level == 'ok'
    assert text in found


@pytest.mark.parametrize(('beyond', 'text'), [(0, '100 %'), (1, '99 %')])
def test_share_of_boxes_on_images(beyond, text):
    part = bodies(count=100)
    part.raw_boxes[:beyond, 2] = 90
    level, found = only(look(part)['boxes'])
    assert level == 'ok'
    assert f'{text} of the source lie on' in found


def test_boxes_that_no_file_has():
    part = bodies()
    part.raw_boxes[:] = np.nan
    level, found = only(look(part)['boxes'])
    assert level == 'ok'
    assert 'lie on' not in found


def test_numbered_joints_have_no_sides():
    part = bodies()
    part.meta['keypoint_id2name'] = {i: f'joint{i}' for i in range(14)}
    level, found = only(look(part)['left and right'])
    assert level == 'note'
    assert 'names do not say' in found
