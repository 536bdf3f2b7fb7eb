# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import pytest
import torch

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.agreement import (
    agreement,
    guarded,
    side_distances,
    view_distances,
)

SIZE = (100, 200)
FLIP = torch.tensor([[1, 0, 2]])  # two hands and a nose


def test_distance_in_sides():
    distance = side_distances(
        torch.tensor([[10.0, 20.0]]), torch.tensor([[40.0, 60.0]]), SIZE
    )
    # 30 of 100 wide, 40 of 200 high
    assert distance.item() == pytest.approx(math.hypot(0.3, 0.2))


def test_a_mirror_exchanges_hands():
    points = torch.tensor([[[20.0, 30.0], [70.0, 60.0], [50.0, 10.0]]])
    views = geometry.view_matrix(SIZE, mirror=True)[None]  # x -> 100 - x
    # what is the right hand there lies where the left one was
    right = torch.tensor([[[[30.0, 60.0], [80.0, 30.0], [50.0, 10.0]]]])
    zero = view_distances(points, right, views, FLIP, SIZE)
    assert zero.abs().max() < 1e-6
    # a network that does not exchange them is off by what they lie apart
    wrong = right[:, :, [1, 0, 2]]
    found = view_distances(points, wrong, views, FLIP, SIZE)[0, 0]
    apart = math.hypot(50 / 100, 30 / 200)
    assert found.tolist() == pytest.approx([apart, apart, 0], abs=1e-6)


def test_against_loops():
    generator = torch.Generator().manual_seed(0)
    points = 60 * torch.rand(4, 3, 2, generator=generator) + 20
    seen = 100 * torch.rand(4, 2, 3, 2, generator=generator)
    views = torch.stack(
        [
            geometry.view_matrix(SIZE, rotation=20, translation=(3, -5)),
            geometry.view_matrix(SIZE, shear=10, scale=0.7, mirror=True),
        ]
    )
    found = view_distances(points, seen, views, FLIP.expand(4, 3), SIZE)
    for b in range(4):
        for v in range(2):
            for k in range(3):
                name = FLIP[0, k] if v == 1 else k
                there = torch.tensor([*seen[b, v, name], 1.0]).double()
                x, y, _ = torch.linalg.solve(views[v], there)
                dx, dy = x - points[b, k, 0], y - points[b, k, 1]
                value = math.hypot(dx / 100, dy / 200)
                assert found[b, v, k].item() == pytest.approx(value, abs=1e-6)


def test_what_a_view_does_not_show_is_not_known():
    points = torch.tensor([[[20.0, 30.0], [70.0, 60.0], [50.0, 10.0]]])
    views = geometry.view_matrix(SIZE, translation=(60.0, 0.0))[None]
    seen = (points + torch.tensor([60.0, 0.0])).unsqueeze(1)
    found = view_distances(points, seen, views, FLIP, SIZE)[0, 0]
    assert found.isnan().tolist() == [False, True, True]
    assert found[0].abs() < 1e-6


def test_share_of_known_distances():
    distances = torch.tensor([[0.0, 0.05, torch.nan], [0.1, 0.02, torch.nan]])
    assert agreement(distances, 0.05).item() == pytest.approx(2 / 4)
    assert agreement(distances, 0.2).item() == 1
    assert agreement(torch.full((3,), torch.nan), 0.2).item() == 0


def test_guard():
    spread = torch.tensor([0.0, 0.02, 0.1, 0.5, torch.nan])
    found = guarded(torch.tensor(0.8), spread, 0.1)
    assert found.tolist() == pytest.approx([0, 0.16, 0.8, 0.8, 0.8])
