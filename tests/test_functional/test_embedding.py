# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmpose_mlda.functional.embedding import (
    neighbour_affinities,
    principal_components,
    squared_distances,
    tsne,
    tsne_loss_and_gradient,
)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize('shape', [(40, 7), (7, 40), (5, 5)])
def test_principal_components_are_those_of_numpy(shape):
    points = draw(*shape) * torch.arange(1, shape[1] + 1)
    places, share = principal_components(points, 3)
    centred = points.numpy() - points.numpy().mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    for axis in range(3):
        expected = u[:, axis] * s[axis]
        sign = np.sign(expected @ places[:, axis].numpy())
        np.testing.assert_allclose(places[:, axis], sign * expected, atol=1e-9)
    np.testing.assert_allclose(share, (s**2 / (s**2).sum())[:3])
    assert torch.equal(places, principal_components(points, 3)[0])


def test_principal_components_of_one_point_many_times():
    places, share = principal_components(torch.ones(4, 3), 2)
    assert not places.any()
    assert not share.any()


@pytest.mark.parametrize('perplexity', [2.0, 7.5, 25.0])
@pytest.mark.parametrize('scale', [1e-6, 1.0, 1e6])
def test_perplexity_is_met_by_every_row(perplexity, scale):
    points = draw(60, 5) * torch.linspace(0.1, 9, 60)[:, None] * scale
    rows = neighbour_affinities(squared_distances(points), perplexity)
    assert not rows.diagonal().any()
    np.testing.assert_allclose(rows.sum(1), 1)
    entropy = -torch.special.xlogy(rows, rows).sum(1)
    np.testing.assert_allclose(entropy.exp(), perplexity, rtol=1e-6)
    # nearer ones have more
    order = squared_distances(points).fill_diagonal_(torch.inf).argsort(1)
    assert (rows.gather(1, order).diff(dim=1) <= 1e-15).all()


def test_equal_points_do_not_break_the_scale():
    points = torch.cat([torch.zeros(6, 2), draw(6, 2) + 9]).double()
    rows = neighbour_affinities(squared_distances(points), 4)
    np.testing.assert_allclose(rows.sum(1), 1)
    assert rows[0, 1:6].tolist() == pytest.approx([0.2] * 5, abs=1e-3)


@pytest.mark.parametrize('perplexity', [0.5, 9.0, 30.0])
def test_too_few_points(perplexity):
    with pytest.raises(ValueError, match=r'must lie in \[1, 9\) for 10'):
        neighbour_affinities(squared_distances(draw(10, 2)), perplexity)


def slow_loss(places, affinities):
    count = len(places)
    near = [
        [
            0 if i == j else 1 / (1 + ((places[i] - places[j]) ** 2).sum())
            for j in range(count)
        ]
        for i in range(count)
    ]
    total = sum(map(sum, near))
    return sum(
        affinities[i, j] * math.log(affinities[i, j] * total / near[i][j])
        for i in range(count)
        for j in range(count)
        if i != j
    )


def test_loss_and_gradient_against_finite_differences():
    rows = neighbour_affinities(squared_distances(draw(6, 3)), 2.5)
    affinities = (rows + rows.T) / 12
    places = draw(6, 2, seed=1)
    loss, slope = tsne_loss_and_gradient(places, affinities)
    assert loss.item() == pytest.approx(
        float(slow_loss(places, affinities)), rel=1e-9
    )
    for index in np.ndindex(6, 2):
        ends = []
        for step in (1e-5, -1e-5):
            moved = places.clone()
            moved[index] += step
            ends.append(float(slow_loss(moved, affinities)))
        expected = (ends[0] - ends[1]) / 2e-5
        assert slope[index].item() == pytest.approx(expected, abs=1e-7)


def test_tsne_keeps_clusters_apart():
    clusters = torch.cat([draw(40, 20), draw(40, 20, seed=1) + 6])
    places = tsne(clusters, perplexity=10, steps=400)
    assert places.isfinite().all()
    near = squared_distances(places).fill_diagonal_(torch.inf).argmin(1)
    assert ((near < 40) == (torch.arange(80) < 40)).all()
    centre = places[:40].mean(0), places[40:].mean(0)
    gap = (centre[0] - centre[1]).norm()
    radius = (places[:40] - centre[0]).norm(dim=1).mean()
    assert gap > 3 * radius
    # turning and shifting all points changes nothing that counts
    assert torch.equal(places, tsne(clusters, perplexity=10, steps=400))


def test_tsne_lowers_its_loss():
    points = draw(50, 8)
    rows = neighbour_affinities(squared_distances(points), 8)
    affinities = (rows + rows.T) / 100
    start = principal_components(points, 2)[0]
    before = tsne_loss_and_gradient(start, affinities)[0]
    places = tsne(points, perplexity=8, steps=500)
    assert tsne_loss_and_gradient(places, affinities)[0] < before


def test_too_many_points_for_tsne():
    with pytest.raises(ValueError, match='501 points are too many'):
        tsne(torch.zeros(501, 2))
