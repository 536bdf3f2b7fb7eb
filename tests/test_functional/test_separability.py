# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch

from mmpose_mlda.functional.separability import (
    linear_domain_accuracy,
    proxy_a_distance,
)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_domains_that_are_apart():
    source, target = draw(30, 8), draw(50, 8, seed=1) + 5
    assert linear_domain_accuracy(source, target) == 1


def test_domains_that_are_the_same():
    accuracy = linear_domain_accuracy(draw(400, 16), draw(400, 16, seed=1))
    assert accuracy.item() == pytest.approx(0.5, abs=0.06)


def test_held_out_points_are_not_learnt_by_heart():
    """With more features than points any training set can be separated."""
    accuracy = linear_domain_accuracy(draw(60, 500), draw(60, 500, seed=1))
    assert accuracy.item() == pytest.approx(0.5, abs=0.13)


def test_neither_scale_nor_shift_counts():
    source, target = draw(40, 5), draw(40, 5, seed=1) + 0.4
    expected = linear_domain_accuracy(source, target)
    scale, shift = torch.tensor([1e-3, 1, 10, 1e4, 7]), 1e3
    moved = (x.double() * scale + shift for x in (source, target))
    assert linear_domain_accuracy(*moved) == expected
    assert linear_domain_accuracy(target, source) == pytest.approx(
        expected.item(), abs=1e-12
    )


def test_domains_count_alike_whatever_their_sizes():
    """Calling everything the larger one is right for one half."""
    accuracy = linear_domain_accuracy(draw(20, 3), draw(2000, 3, seed=1))
    assert accuracy.item() == pytest.approx(0.5, abs=0.2)


def test_features_without_any_content():
    assert linear_domain_accuracy(torch.ones(9, 2), torch.ones(9, 2)) == 0.5


def test_too_few_points():
    with pytest.raises(ValueError, match='4 and 9 points'):
        linear_domain_accuracy(draw(4, 2), draw(9, 2))


@pytest.mark.parametrize(
    ('accuracy', 'distance'),
    [(0.5, 0), (0.75, 1), (1, 2), (0.4, 0)],
)
def test_proxy_a_distance(accuracy, distance):
    value = proxy_a_distance(torch.tensor(accuracy, dtype=torch.float64))
    assert value.item() == pytest.approx(distance)
