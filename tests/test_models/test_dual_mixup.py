# Copyright (c) mmpose_mlda contributors. All rights reserved.
import random

import pytest
import torch

from mmpose_mlda.functional.random import beta, key
from mmpose_mlda.models.layers.dual_mixup import DualMixup, LabelledImages

COUNT = 6
KEYS = torch.tensor([key(0, slot) for slot in range(COUNT)])


def labelled(level, weights):
    """Sample b of level 10 has images of 10 + b and heatmaps of 20 + b."""
    values = level + torch.arange(COUNT, dtype=torch.float64)
    return LabelledImages(
        values.view(-1, 1, 1, 1).expand(-1, 3, 4, 5),
        10 + values.view(-1, 1, 1, 1).expand(-1, 2, 2, 3),
        torch.tensor(weights).double().repeat(COUNT, 1),
    )


SOURCE, TARGET = labelled(100, [1, 0]), labelled(10, [0, 0.5])


def test_domains():
    mixup = DualMixup(prob=1)
    source, target = mixup(SOURCE, TARGET, KEYS, random.Random(0))
    share = beta(KEYS, 'mixup', 0.8).double()
    share = [max(s, 1 - s) for s in share.tolist()]
    assert min(share) >= 0.5
    for b, own in enumerate(share):
        s, t = 100 + b, 10 + b
        mixed = own * s + (1 - own) * t
        assert source.images[b].tolist() == pytest.approx(
            torch.full((3, 4, 5), mixed).double()
        )
        assert source.heatmaps[b, 1, 1, 2].item() == pytest.approx(mixed + 10)
        mixed = own * t + (1 - own) * s
        assert target.images[b, 2, 3, 4].item() == pytest.approx(mixed)
        assert target.heatmaps[b, 0, 0, 0].item() == pytest.approx(mixed + 10)
    for result in (source, target):
        assert result.weights.tolist() == [[1, 0.5]] * COUNT


def test_within_the_target():
    mixup = DualMixup(prob=0)
    source, target = mixup(SOURCE, TARGET, KEYS, random.Random(0))
    assert source is SOURCE
    share = beta(KEYS, 'mixup', 0.8).double()
    assert share.min() < 0.5  # the share is taken as it is
    partners = []
    for b in range(COUNT):
        found = [
            p
            for p in range(COUNT)
            if target.images[b, 0, 0, 0].item()
            == pytest.approx((10 + share[b] * b + (1 - share[b]) * p).item())
        ]
        partners += found
        assert torch.equal(
            target.heatmaps[b, 0, 0, 0], target.images[b, 0, 0, 0] + 10
        )
    assert sorted(partners) == list(range(COUNT))
    assert partners != list(range(COUNT))


def test_coin_is_tossed_for_the_batch():
    rng = random.Random(0)
    mixup = DualMixup(prob=0.3)
    within = [
        mixup(SOURCE, TARGET, KEYS, rng)[0] is SOURCE for _ in range(300)
    ]
    assert 0.6 < sum(within) / 300 < 0.8


def test_mixture_of_one_image():
    one = LabelledImages(*(value[:1] for value in TARGET))
    for prob in (0, 1):
        mixed = DualMixup(prob)(one, one, KEYS[:1], random.Random(0))
        torch.testing.assert_close(mixed, (one, one))


def test_bad_options():
    with pytest.raises(ValueError, match='prob is 2'):
        DualMixup(prob=2)
