# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Which is which in the sections of a report: sides, orders and shares."""

import numpy as np
import pytest
import torch
from test_apis.report_kit import outcome

import mmpose_mlda.registry  # noqa: F401
from mmpose_mlda.apis import report_gather
from mmpose_mlda.apis.report_cases import cases_section
from mmpose_mlda.apis.report_domains import (
    agreement_pictures,
    domains_section,
)
from mmpose_mlda.apis.report_features import Answers, Views, separation
from mmpose_mlda.apis.report_gather import Gathered
from mmpose_mlda.apis.report_runs import Pose
from mmpose_mlda.apis.report_trust import trust_section

SIDE = 100
BLACK = np.zeros((SIDE, SIDE, 3), np.uint8)
META = dict(
    num_keypoints=2,
    keypoint_id2name={0: 'head', 1: 'hip'},
    skeleton_links=[(0, 1)],
    keypoint_colors=np.full((2, 3), 255),
    skeleton_link_colors=np.full((1, 3), 255),
)
TOP = np.array([[20.0, 10.0], [40.0, 10.0]])
BOTTOM = np.array([[20.0, 90.0], [40.0, 90.0]])


def places(picture):
    """'top' or 'bottom' for each half of a picture of two poses."""
    halves = np.array_split(picture.astype(float).sum(2), 2, axis=1)
    found = []
    for half in halves:
        half = half[:, 8:-8]  # without the white gap
        rows = half.sum(1) @ np.arange(len(half)) / half.sum()
        found.append('top' if rows < len(half) / 2 else 'bottom')
    return found


# ---------------------------------------------------------- labels, prediction
def test_labels_are_left_and_predictions_right():
    """The worst image first; both of its joints are 30 and 50 % away."""
    seen = np.ones(2, bool)
    errors = np.array([[0.01, 0.02], [0.3, 0.5], [0.1, 0.1]])
    found = outcome(errors)._replace(
        poses=[
            Pose(f'a/{i}.jpg', BOTTOM, TOP, seen, row, np.full(2, 0.25))
            for i, row in enumerate(errors)
        ]
    )
    section = cases_section(found, lambda _: BLACK, META)
    first = section.pictures[0]
    assert first.title == 'Worst 1: 1.jpg'
    assert 'Mean error 40 % of the box' in first.sentence
    assert 'largest 50 % at the hip; mean confidence 0.25' in first.sentence
    assert places(first.image) == ['top', 'bottom']


# ------------------------------------------------------------ teacher, student
def test_the_largest_disagreement_is_first():
    """Image 1 is 80 px apart, the others 4 and 10."""
    names = ['near.jpg', 'far.jpg', 'middle.jpg']
    images = [torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)] * 3
    student = torch.tensor(TOP).repeat(3, 1, 1)
    shift = torch.tensor([4.0, 80.0, 10.0])
    teacher = student.clone()
    teacher[..., 1] += shift[:, None]
    confidence = torch.tensor([0.1, 0.2, 0.3])[:, None].expand(3, 2)
    pictures, text = agreement_pictures(
        Views(images, names, META), Answers(student, teacher, confidence)
    )
    assert [p.title for p in pictures] == [
        'Disagreement 1: far.jpg',
        'Disagreement 2: middle.jpg',
        'Disagreement 3: near.jpg',
    ]
    assert '80 % of the side apart, mean confidence 0.20' in (
        pictures[0].sentence
    )
    assert 'within 0.05 of the side of each other for 33 %' in text
    assert places(pictures[0].image) == ['bottom', 'top']


# -------------------------------------------------------------- source, target
@pytest.fixture
def apart():
    """12 images of a source and 15 of a target, far from each other."""
    draws = torch.Generator().manual_seed(0)
    source = torch.randn(12, 4, generator=draws)
    return source, torch.randn(15, 4, generator=draws) + 50


def test_features_of_the_source_come_first(monkeypatch, apart):
    names = dict(source=apart[0], target=apart[1])
    views = {
        name: Views([name] * len(part), [], META)
        for name, part in names.items()
    }
    monkeypatch.setattr(
        report_gather, 'features_of', lambda _, views: names[views.images[0]]
    )
    asked = []
    monkeypatch.setattr(
        report_gather,
        'answers_of',
        lambda _, views: asked.append(views.images[0]),
    )
    monkeypatch.setattr(report_gather, 'BaseAdaptor', str)
    found = Gathered(views=views)
    report_gather._compare_domains({'before': None, 'after': 'model'}, found)
    assert asked == ['target']
    assert [*found.stages] == ['after']
    (stage,) = found.stages.values()
    assert [len(part) for part in stage.components] == [12, 15]
    assert [len(part) for part in stage.neighbours] == [12, 15]
    assert '--before FILE' in found.missing_stage


def test_points_are_named_by_their_domain(apart):
    found = separation(*apart)
    section = domains_section({'before': found, 'after': found}, [], '')
    assert section.pictures[0].title.startswith('Principal components, bef')
    for picture in section.pictures:
        (axes,) = picture.image.axes
        counts = {
            c.get_label(): len(c.get_offsets()) for c in axes.collections
        }
        assert counts == dict(source=12, target=15)
    rows = section.tables[0].rows
    assert [row[:2] for row in rows] == [
        ['before adaptation', '100.0'],
        ['after adaptation', '100.0'],
    ]


# --------------------------------------------------------------- pseudo-labels
@pytest.mark.parametrize(
    ('mask', 'words'),
    [
        (dict(threshold='quantile', share=0.75), 'keeps the surest 25 %.'),
        (dict(threshold=0.4, share=0.5), 'keeps confidences above 0.4.'),
        (dict(threshold=-np.inf, share=0.5), 'keeps all.'),
    ],
)
def test_kept_and_dropped_pseudo_labels(mask, words):
    """Of the 20 kept ones 16 are right, of the 60 dropped ones 15."""
    right = np.zeros((40, 2), bool)
    right[:8] = right[10:17] = right[20, 0] = True
    kept = np.zeros((40, 2), bool)
    kept[:10] = True
    found = outcome(
        np.where(right, 0.01, 9.0),
        kept=kept,
        confidence=np.where(kept, 0.9, 0.2),
        thresholds=[0.05],
        bins=10,
        **mask,
    )
    section = trust_section(found, ['head', 'hip'], [])
    assert words in section.text
    assert (
        'Of the kept predictions 80 % are right within 0.05 of the side, of '
        'the dropped ones 25 %'
    ) in section.text
    limits, joints = section.tables
    assert limits.header[:4] == [
        'limit',
        'kept',
        'right, kept',
        'right, dropped',
    ]
    assert limits.rows[0][:4] == ['0.05', '25.0', '80.0', '25.0']
    assert joints.rows[0][:4] == ['head', '25.0', '80.0', '26.7']
    assert joints.rows[1][:4] == ['hip', '25.0', '80.0', '23.3']
