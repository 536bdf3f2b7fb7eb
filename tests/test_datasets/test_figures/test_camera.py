# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest

from mmpose_mlda.datasets.figures.camera import Camera


def camera(elevation=0.0, roll=0.0):
    view = Camera.orbit(4.0, elevation, roll).view
    return Camera(view, 4.0, focal=2.0, centre=(0.5, 0.5))


def test_projection_by_hand():
    points = np.array([[1.0, 0.5, 0.0], [0.0, 0.0, 1.0], [0.3, 0.0, 1.0]])
    picture, depth = camera().project(points)
    # x: 0.5 + 2 * 1 / 4, y: 0.5 - 2 * 0.5 / 4; 0.5 + 2 * 0.3 / 3
    np.testing.assert_allclose(picture, [[1.0, 0.25], [0.5, 0.5], [0.7, 0.5]])
    np.testing.assert_allclose(depth, [4.0, 3.0, 3.0])


def test_raised_camera_by_hand():
    picture, depth = camera(elevation=30.0).project(np.array([0.0, 1.0, 0.0]))
    # Up is seen under cos 30, and is sin 30 nearer.
    assert depth == pytest.approx(3.5)
    np.testing.assert_allclose(
        picture, [0.5, 0.5 - 2 * 0.8660254 / 3.5], atol=1e-7
    )
    # The floor behind the person is seen higher in the picture.
    far, _ = camera(elevation=30.0).project(np.array([0.0, 0.0, -1.0]))
    assert far[1] < 0.5


def test_roll_turns_the_picture_clockwise():
    picture, _ = camera(roll=90.0).project(np.array([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(picture, [1.0, 0.5], atol=1e-12)


def test_horizon_is_where_far_points_of_the_floor_go():
    view = camera(elevation=10.0)
    assert view.horizon() == pytest.approx(
        0.5 - 2.0 * math.tan(math.radians(10.0))
    )
    far, _ = view.project(np.array([0.0, -1.0, -1e7]))
    assert far[1] == pytest.approx(view.horizon(), abs=1e-6)


def test_discs_have_the_size_of_spheres():
    _, size, depth = camera().discs(
        np.array([[0.0, 0.0, 2.0]]), np.array([0.1])
    )
    assert size[0] == pytest.approx(2.0 * 0.1 / 2.0)
    assert depth[0] == pytest.approx(2.0)


def test_framing_fills_the_box():
    points = np.random.default_rng(0).normal(size=(9, 3)) * 0.5
    radii = np.full(9, 0.07)
    view = Camera.orbit(5.0, 12.0, 4.0).framed(points, radii, 0.8, (0.4, 0.6))
    discs, sizes, _ = view.discs(points, radii)
    low = (discs - sizes[:, None]).min(0)
    high = (discs + sizes[:, None]).max(0)
    assert (high - low).max() == pytest.approx(0.8)
    np.testing.assert_allclose((low + high) / 2, (0.4, 0.6))


def test_points_behind_the_camera_are_refused():
    with pytest.raises(ValueError, match='larger distance'):
        camera().project(np.array([0.0, 0.0, 5.0]))
