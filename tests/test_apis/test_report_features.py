# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Images of both domains as a report takes them from the config."""

import pytest
from mmengine.config import Config

import mmpose_mlda.registry  # noqa: F401
from mmpose_mlda.apis.report_features import domain_views

SIZE = (32, 48)
FIGURES = dict(
    type='mmpose_mlda.FiguresDataset',
    style='synthetic',
    length=4,
    image_size=64,
    pipeline=[
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.5),
        dict(type='RandomFlip'),
    ],
)
ALONE = dict(FIGURES)
REPEATED = dict(type='RepeatDataset', times=5, dataset=FIGURES)


def views(source):
    pair = dict(source=source, target=dict(FIGURES, length=3))
    decoder = dict(input_size=SIZE)
    cfg = dict(
        model=dict(head=dict(decoder=decoder)),
        train_dataloader=dict(dataset=pair),
    )
    return domain_views(Config(cfg), 10)['source']


@pytest.mark.parametrize(
    ('source', 'count'),
    [
        (ALONE, 4),
        (REPEATED, 4),  # none of them twice
        (dict(type='RepeatDataset', times=2, dataset=REPEATED), 4),
        (dict(type='ConcatDataset', datasets=[REPEATED, ALONE]), 8),
    ],
)
def test_wrapped_sources(source, count):
    found = views(source)
    assert len(found.images) == count
    assert found.images[0].shape == (3, *SIZE[::-1])
    assert found.meta['num_keypoints'] == 14
    expected = {tuple(image.flatten().tolist()) for image in views(ALONE)[0]}
    assert {tuple(i.flatten().tolist()) for i in found.images} == expected
