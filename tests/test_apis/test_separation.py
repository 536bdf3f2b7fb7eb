# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What is said of how far the domains are apart."""

from math import isnan

import pytest
import torch

from mmpose_mlda.apis.domains.images import gap_remedy
from mmpose_mlda.apis.report_features import separation


def test_crops_of_an_image_are_held_out_together():
    """Else each crop would be known by the others of its image."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(40, 32, generator=draw).repeat_interleave(4, 0)
    crops = images + 0.1 * torch.randn(160, 32, generator=draw)
    paths = [f'{number // 4}.png' for number in range(160)]
    halves = slice(80), slice(80, 160)
    found = separation(*(crops[h] for h in halves), [paths[h] for h in halves])
    assert abs(found.accuracy - 0.5) <= found.margin < 0.25
    # as if each crop were an image of its own
    names = [str(number) for number in range(80)]
    naive = separation(*(crops[h] for h in halves), [names, names])
    assert naive.accuracy > 0.8 > 0.5 + naive.margin


def test_crops_of_a_single_image_tell_nothing():
    features = torch.randn(2, 12, 4)
    found = separation(*features, [['a.png'] * 12, list('abcdefghijkl')])
    assert isnan(found.accuracy)
    assert isnan(found.margin)


@pytest.mark.parametrize(
    ('accuracy', 'margin', 'text'),
    [
        (0.99, 0.05, 'A large gap'),
        (0.78, 0.05, 'A gap'),
        (0.62, 0.05, 'much alike'),
        (0.5, 0.05, 'much alike'),
        (0.75, 0.2, 'Too few'),
        (0.5, 0.2, 'Too few'),
        (0.98, 0.2, 'A large gap'),
    ],
)
def test_remedies_ask_what_is_sure(accuracy, margin, text):
    assert text in gap_remedy(accuracy, margin)
