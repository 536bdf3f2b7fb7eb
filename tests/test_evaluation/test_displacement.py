# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.evaluation.displacement import (
    edge_displacement,
    edge_strength,
    patch_texture,
    summarize_displacement,
)

WINDOW = dict(side=17, reach=4)
POINTS = np.array([[24.0, 20.0], [30.3, 25.6], [19.8, 29.0]])


def smooth_step(distance):
    return 1 / (1 + np.exp(-2 * distance))


def scene(dx=0.0, dy=0.0, size=(48, 56)):
    """Three limbs of different colours, drawn at any sub-pixel place."""
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    x, y = x - dx, y - dy
    image = np.full((*size, 3), (190.0, 200.0, 180.0))
    for (ax, ay), (bx, by), radius, colour in (
        ((10, 8), (26, 22), 3.5, (200, 40, 50)),
        ((26, 22), (36, 34), 2.5, (40, 60, 180)),
        ((24, 20), (12, 38), 3.0, (230, 190, 120)),
    ):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
        along = along.clip(0, 1)
        distance = np.hypot(
            x - ax - along * (bx - ax), y - ay - along * (by - ay)
        )
        cover = smooth_step(radius - distance)[..., None]
        image = (1 - cover) * image + cover * colour
    return image


def displacement(original, changed, points=POINTS):
    edges, moved = edge_strength(original), edge_strength(changed)
    assert patch_texture(edges, points, **WINDOW) == ['textured'] * len(points)
    return edge_displacement(edges, moved, points, **WINDOW)


# ------------------------------------------------------------ edge_strength
def test_edges_of_a_ramp():
    """Three grey levels a pixel to the right and four down: five."""
    y, x = np.mgrid[:20, :30]
    grey = 3.0 * x + 4.0 * y
    edges = edge_strength(np.repeat(grey[..., None], 3, axis=2))
    assert edges.shape == (160, 240)
    np.testing.assert_allclose(edges[24:-24, 24:-24], 5, rtol=1e-2)


def test_edges_see_luminance():
    """Green is 0.587 of the grey level (ITU-R BT.601)."""
    image = np.zeros((20, 30, 3))
    image[..., 1] = 5 * np.arange(30)
    edges = edge_strength(image)
    np.testing.assert_allclose(edges[24:-24, 24:-24], 5 * 0.587, rtol=1e-2)


# -------------------------------------------------------- edge_displacement
@pytest.mark.parametrize(
    'shift', [(1, 0), (-2, 3), (0.5, -1.25), (2.3, 3.1), (-0.8, -0.35)]
)
def test_known_shifts(shift):
    shifts, heights = displacement(scene(), scene(*shift))
    np.testing.assert_allclose(
        shifts, np.broadcast_to(shift, shifts.shape), atol=0.1
    )
    assert heights.min() > 0.97


def test_the_same_image():
    shifts, heights = displacement(scene(), scene())
    assert (shifts == 0).all()
    np.testing.assert_allclose(heights, 1, atol=1e-4)


@pytest.mark.parametrize(
    ('gain', 'offset'), [(0.3, 10), (1.5, -40), (-0.8, 220)]
)
def test_light_moves_nothing(gain, offset):
    shifts, heights = displacement(scene(), gain * scene() + offset)
    assert (shifts == 0).all()
    np.testing.assert_allclose(heights, 1, atol=1e-3)


def test_colours_move_nothing():
    """Contrasts change from edge to edge, their places do not."""
    gains, offset = np.array([0.6, 0.9, 0.5]), np.array([60, -10, 80])
    shifts, heights = displacement(scene(), gains * scene() + offset)
    assert np.abs(shifts).max() <= 0.125
    assert heights.min() > 0.8


def test_against_all_positions_in_turn():
    """Pearson's correlation of the patch with each window, one by one."""
    edges, other = edge_strength(scene()), edge_strength(scene(0.4, -0.7))
    side, reach = 5, 1
    for x, y in ((24, 20), (27, 24)):
        # pixel x is fine pixel 8 x + 3.5, which rounds to even
        row, column = round(8 * y + 3.5), round(8 * x + 3.5)

        def window(image, dy=0, dx=0, row=row, column=column):
            rows = slice(row + dy - 20, row + dy + 21)
            columns = slice(column + dx - 20, column + dx + 21)
            return image[rows, columns].astype(np.float64).ravel()

        best = max(
            (np.corrcoef(window(edges), window(other, dy, dx))[0, 1], dx, dy)
            for dy in range(-8, 9)
            for dx in range(-8, 9)
        )
        shifts, heights = edge_displacement(
            edges, other, np.array([[x, y]]), side, reach
        )
        np.testing.assert_allclose(shifts[0], np.array(best[1:]) / 8)
        assert heights[0] == pytest.approx(best[0], abs=1e-4)


def test_edges_that_are_gone():
    """No shift is believed: the correlation says so."""
    _, heights = displacement(scene(), np.zeros_like(scene()))
    assert (heights < 0.5).all()


def test_no_points():
    shifts, heights = displacement(scene(), scene(), np.zeros((0, 2)))
    assert shifts.shape == (0, 2)
    assert heights.shape == (0,)


# ------------------------------------------------------------ patch_texture
def test_kinds_of_patches():
    x = np.arange(120.0) + np.zeros((120, 1))
    grey = 120 + 50 * smooth_step(x - 90)  # an edge from top to bottom
    image = np.repeat(grey[..., None], 3, axis=2)
    image[:48, :56] = scene()
    edges = edge_strength(image)
    points = np.array([[24, 20], [30, 80], [90, 70], [3, 20], [150, 20]])
    assert patch_texture(edges, points, **WINDOW) == [
        'textured',
        'flat',
        'straight',
        'border',
        'border',
    ]


def test_noise_is_flat():
    rng = np.random.default_rng(0)
    noise = 100 + rng.integers(-1, 2, (60, 60, 3))
    edges = edge_strength(noise)
    assert patch_texture(edges, np.array([[30, 30]]), **WINDOW) == ['flat']


def test_border_is_where_a_window_ends():
    """17 + 2 * 4 pixels: 12.5 on each side."""
    edges = edge_strength(np.zeros((40, 40, 3)))
    points = np.array([[12, 20], [13, 20], [26, 20], [27.5, 20]])
    assert patch_texture(edges, points, **WINDOW) == [
        'border' if x - 12.5 < -0.5 or x + 12.5 > 39.5 else 'flat'
        for x in points[:, 0]
    ]


# --------------------------------------------------- summarize_displacement
def test_summary_by_hand():
    shifts = np.array([[0, 0], [0.6, 0.8], [3, -4], [0, 0.5], [-2, 0]])
    summary = summarize_displacement(
        shifts, np.array([1.0, 0.9, 0.3, 0.8, 0.7])
    )
    # lengths 0, 0.5, 1, 2, 5
    assert summary == pytest.approx(
        dict(
            median=1,
            p90=3.8,
            p95=4.4,
            within_1px=0.6,
            mean_x=0.32,
            mean_y=-0.54,
            correlation=0.8,
            weak=0.2,
        )
    )


def test_nothing_to_summarize():
    with pytest.raises(ValueError, match='No patch'):
        summarize_displacement(np.zeros((0, 2)), np.zeros(0))
