# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import torch
from scipy import stats

from mmpose_mlda.functional.geometry import view_matrix
from mmpose_mlda.functional.views import random_views

SIZE = (64, 48)


def side_and_angle(views):
    """Relative side of the crop and angle in degrees, of the matrices."""
    a, b = views[..., 0, 0], views[..., 1, 0]
    return 1 / torch.hypot(a, b), torch.rad2deg(torch.atan2(b, a))


def test_matrices():
    """Turned and magnified about the centre; the first is the image."""
    views = random_views(torch.arange(6), 5, SIZE)
    assert views.shape == (6, 5, 3, 3)
    assert views[:, 0].equal(torch.eye(3).double().expand(6, 3, 3))
    sides, angles = side_and_angle(views)
    for row in range(6):
        for column in range(5):
            wanted = view_matrix(
                SIZE,
                rotation=angles[row, column].item(),
                scale=1 / sides[row, column].item(),
            )
            torch.testing.assert_close(views[row, column], wanted)


def test_laws():
    """Normal, clipped at one and at two standard deviations."""
    views = random_views(torch.arange(20000), 2, SIZE, 0.25, 30)[:, 1]
    sides, angles = side_and_angle(views)
    for values, spread, limit in (
        ((sides - 1) / 0.25, 1.0, 1.0),
        (angles / 30, 1.0, 2.0),
    ):
        assert values.abs().max() <= limit + 1e-9
        at_limit = (values.abs() > limit - 1e-9).double().mean()
        assert abs(at_limit - 2 * stats.norm.sf(limit)) < 0.01
        inner = values[values.abs() < limit - 1e-9].numpy()
        law = stats.truncnorm(-limit, limit, scale=spread)
        assert stats.kstest(inner, law.cdf).pvalue > 0.01
    assert abs(np.corrcoef(sides, angles)[0, 1]) < 0.02


def test_views_are_a_function_of_the_key():
    keys = torch.tensor([5, 9, 5])
    views = random_views(keys, 4, SIZE)
    assert views[0].equal(views[2])
    assert not views[0].equal(views[1])
    assert views[1:2].equal(random_views(keys[1:2], 4, SIZE))
    assert len(views[0].unique(dim=0)) == 4


def test_one_view_is_the_image():
    views = random_views(torch.arange(3), 1, SIZE)
    assert views.equal(torch.eye(3).double().expand(3, 1, 3, 3))


def test_no_spread():
    views = random_views(torch.arange(3), 4, SIZE, 0, 0)
    torch.testing.assert_close(views, torch.eye(3).double().expand(3, 4, 3, 3))
