# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.figures.hulls import (
    contains,
    outlines,
    paint,
    shaded,
    stack,
    stencil,
)

# A capsule: discs of radius 1 about (0, 0) and (4, 0).
CAPSULE = np.array([[[0.0, 0.0], [4.0, 0.0]]]), np.ones((1, 2))


def test_outline_of_a_capsule():
    polygon = outlines(*CAPSULE)[0].astype(np.float32)
    assert cv2.isContourConvex(polygon)
    # A rectangle of 4 x 2 and two half discs; inscribed, so a little less.
    area = cv2.contourArea(polygon)
    assert 0.98 * (8.0 + math.pi) < area <= 8.0 + math.pi


def test_outline_against_the_hull_of_many_points():
    rng = np.random.default_rng(1)
    centres, radii = rng.random((6, 5, 2)), rng.random((6, 5)) * 0.3
    turn = np.linspace(0.0, 2.0 * np.pi, 720)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    for polygon, centre, radius in zip(
        outlines(centres, radii), centres, radii, strict=True
    ):
        dense = centre[:, None] + radius[:, None, None] * circle
        hull = cv2.convexHull(dense.reshape(-1, 2).astype(np.float32))
        area = cv2.contourArea(polygon.astype(np.float32))
        assert area == pytest.approx(cv2.contourArea(hull), rel=0.02)


def test_points_in_a_capsule():
    points = np.array([[2, 0.99], [2, 1.05], [4.9, 0], [-1.1, 0], [4.9, 0.9]])
    inside = contains(*CAPSULE, points)
    assert inside.tolist() == [[True, False, True, False, False]]


def test_stack_pads_with_the_first_disc():
    centres, radii = stack(
        [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])],
        [np.array([7.0]), np.array([8.0, 9.0])],
    )
    np.testing.assert_array_equal(centres[0], [[1, 2], [1, 2]])
    np.testing.assert_array_equal(radii, [[7, 7], [8, 9]])


def test_layers_stay_inside_and_move_to_the_light():
    discs, sizes = shaded(*CAPSULE, (1.0, 0.5), np.array([0.0, -1.0]))
    np.testing.assert_array_equal(discs[0, 0], CAPSULE[0][0])
    # Half the radius, shifted by the other half: touches the rim.
    np.testing.assert_allclose(discs[0, 1], [[0.0, -0.5], [4.0, -0.5]])
    np.testing.assert_allclose(sizes[0, 1], 0.5)


def test_paint_has_the_pixels_of_the_shape():
    image = np.zeros((100, 100, 3), np.uint8)
    polygon = outlines(np.array([[[0.5, 0.3]]]), np.array([[0.2]]))
    paint(image, polygon, np.array([[0.0, 0.0, 255.0]]))
    assert (image[..., :2] == 0).all()
    weight = image[..., 2] / 255.0
    # A disc of radius 20 pixels about (49.5, 29.5), the outline drawn half a
    # pixel wide, with smooth edges.
    assert weight.sum() == pytest.approx(math.pi * 20.5**2, rel=0.02)
    rows, columns = np.mgrid[:100, :100]
    assert (weight * columns).sum() / weight.sum() == pytest.approx(
        49.5, abs=0.1
    )
    assert (weight * rows).sum() / weight.sum() == pytest.approx(29.5, abs=0.1)
    assert len(np.unique(image[..., 2])) > 8


def test_stencil_names_the_topmost():
    discs = np.array([[[0.4, 0.5]], [[0.6, 0.5]]])
    polygons = outlines(discs, np.full((2, 1), 0.2))
    labels = stencil(50, polygons, [3, 7])
    assert set(np.unique(labels)) == {0, 3, 7}
    assert labels[25, 12] == 3
    assert labels[25, 25] == 7  # in both: the later one
    assert labels[5, 5] == 0


def test_far_away_shapes_do_not_harm():
    image = np.zeros((16, 16, 3), np.uint8)
    polygons = outlines(np.array([[[1e6, -1e6]]]), np.array([[3.0]]))
    paint(image, polygons, np.array([[9.0, 9.0, 9.0]]))
    assert not image.any()
