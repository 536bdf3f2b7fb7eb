# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch

from mmpose_mlda.functional.separability import (
    balanced_accuracy,
    chance_margin,
    held_out_scores,
    permuted_domains,
    proxy_a_distance,
)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def ask(source, target, folds=5, ridge=0.1):
    """Scores and labels, every fifth point in a fold."""
    points = torch.cat([source, target])
    is_target = torch.arange(len(points))[None] >= len(source)
    fold = torch.arange(len(points)) % folds
    return held_out_scores(points, is_target, fold, ridge), is_target


def accuracy(source, target):
    return balanced_accuracy(*ask(source, target)).item()


def test_threshold_is_halfway_whatever_the_numbers():
    """0, 0, 2, 2 against 12, 12: the means of each fold are 1 and 12."""
    source, target = torch.tensor([0, 2, 2, 0]), torch.tensor([12, 12])
    points = torch.cat([source, target]).float()[:, None]
    is_target = torch.tensor([[False] * 4 + [True] * 2])
    folds = torch.tensor([0, 0, 1, 1, 0, 1])
    scores = held_out_scores(points, is_target, folds)
    # 6.5 is the middle: 0, 2 and 12 are 6.5, 4.5 below it and 5.5 above
    expected = torch.tensor([-6.5, -4.5, -4.5, -6.5, 5.5, 5.5]).double()
    assert (scores[0] / scores[0, -1]).allclose(expected / 5.5)


def slow_scores(points, is_target, folds, ridge):
    """Fisher's discriminant, one labelling and one point at a time."""
    scores = np.zeros(len(points))
    for i, fold in enumerate(folds):
        seen = points[folds != fold]
        labels = is_target[folds != fold]
        middle, scale = seen.mean(0), seen.std(0)
        seen = (seen - middle) / scale
        source, target = seen[~labels].mean(0), seen[labels].mean(0)
        covariance = np.cov(seen.T, bias=True) + ridge * np.eye(len(scale))
        weight = np.linalg.inv(covariance) @ (target - source)
        norm = np.sqrt(weight @ (target - source))
        x = (points[i] - middle) / scale - (source + target) / 2
        scores[i] = x @ weight / norm
    return scores


@pytest.mark.parametrize('features', [3, 40])
def test_scores_of_a_slow_loop(features):
    """Also with more features than points."""
    points = draw(30, features).double()
    is_target = torch.rand(4, 30, generator=torch.Generator()) < 0.4
    folds = torch.arange(30) % 3
    found = held_out_scores(points, is_target, folds, 0.2)
    for scores, labels in zip(found, is_target, strict=True):
        expected = slow_scores(
            points.numpy(), labels.numpy(), folds.numpy(), 0.2
        )
        assert scores.numpy() == pytest.approx(expected, abs=1e-9)


def test_domains_that_are_apart():
    assert accuracy(draw(30, 8), draw(50, 8, seed=1) + 5) == 1


def test_held_out_points_are_not_learnt_by_heart():
    """With more features than points any training set can be separated."""
    found = accuracy(draw(60, 500), draw(60, 500, seed=1))
    assert found == pytest.approx(0.5, abs=0.13)


def test_accuracy_of_normal_distributions():
    """Means d apart, standard deviation 1: Phi(d / 2) of them are right."""
    found = accuracy(draw(2000, 1), draw(2000, 1, seed=1) + 2)
    assert found == pytest.approx(0.841, abs=0.02)


def test_neither_scale_nor_shift_counts():
    source, target = draw(40, 5), draw(40, 5, seed=1) + 0.4
    expected, _ = ask(source, target)
    scale, shift = torch.tensor([1e-3, 1, 10, 1e4, 7]), 1e3
    moved = [x.double() * scale + shift for x in (source, target)]
    assert ask(*moved)[0].allclose(expected)
    # the other way round the scores change their signs
    swapped, _ = ask(target, source)
    assert swapped.roll(40).allclose(-expected)


def test_domains_count_alike_whatever_their_sizes():
    """Calling everything the larger one is right for one half."""
    found = accuracy(draw(20, 3), draw(2000, 3, seed=1))
    assert found == pytest.approx(0.5, abs=0.2)
    scores = torch.tensor([[-1.0] * 90 + [1.0, 1.0, 1.0, -1.0]])
    is_target = torch.arange(94)[None] >= 90
    assert balanced_accuracy(scores, is_target).item() == 7 / 8


def test_features_without_any_content():
    assert accuracy(torch.ones(9, 2), torch.ones(9, 2)) == 0.5


def test_a_domain_that_cannot_be_held_out():
    is_target = torch.tensor([[False] * 4 + [True]])
    with pytest.raises(ValueError, match='a domain has no points'):
        held_out_scores(draw(5, 2), is_target, torch.arange(5) % 2)


def test_permutations_keep_groups_and_numbers():
    """Ten groups of one to three points, four of the target."""
    sizes = torch.arange(10) % 3 + 1
    groups = torch.arange(10).repeat_interleave(sizes)
    fold, domain = torch.arange(10) % 2, torch.arange(10) >= 6
    found = permuted_domains(domain[groups], groups, fold[groups], 500)
    first = (sizes.cumsum(0) - sizes).tolist()
    by_group = found[:, first]
    assert found.equal(by_group[:, groups])
    for part in (0, 1):
        assert (by_group[:, fold == part].sum(1) == 2).all()
    # each of five groups of a fold is among its two in 2 of 5 cases
    assert by_group.double().mean(0).numpy() == pytest.approx(0.4, abs=0.09)
    assert len(found.unique(dim=0)) > 90  # of (5 over 2) squared


def test_margin():
    """The largest of 19 is that of 95 %: one in 20 is beyond all others."""
    accuracies = 0.5 + torch.linspace(-0.09, 0.1, 20)[:19].double()
    assert chance_margin(accuracies).item() == pytest.approx(0.09)
    assert chance_margin(accuracies, 0.5).item() == pytest.approx(0.05)
    with pytest.raises(ValueError, match='18 permutations are too few'):
        chance_margin(accuracies[:18])


@pytest.mark.parametrize(
    ('accuracy', 'distance'),
    [(0.5, 0), (0.75, 1), (1, 2), (0.4, 0)],
)
def test_proxy_a_distance(accuracy, distance):
    value = proxy_a_distance(torch.tensor(accuracy, dtype=torch.float64))
    assert value.item() == pytest.approx(distance)
