# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch

from mmpose_mlda.models.data_preprocessors import DomainDataPreprocessor
from mmpose_mlda.visualization import (
    draw_heatmaps,
    draw_pose,
    picture_table,
    to_images,
)
from mmpose_mlda.visualization.drawing import enlarge

RED, GREEN, BLUE = (250, 10, 20), (30, 240, 40), (50, 60, 230)
META = dict(
    keypoint_colors=np.array([RED, GREEN]),
    skeleton_links=[(0, 1)],
    skeleton_link_colors=np.array([BLUE]),
)
POINTS = np.array([[20.0, 30.0], [80.0, 30.0]])  # x, y
A, MIDDLE, B = (30, 20), (30, 50), (30, 80)  # row, column


@pytest.fixture
def black():
    return np.zeros((60, 100, 3), np.uint8)


def drawn(image):
    return image.any(axis=-1)


# ---------------------------------------------------------------- draw_pose
def test_colours_at_their_pixels(black):
    image = draw_pose(black, POINTS, META)
    assert tuple(image[A]) == RED
    assert tuple(image[B]) == GREEN
    # a thin line is not opaque
    np.testing.assert_allclose(image[MIDDLE], BLUE, rtol=0.15)


def test_whole_picture_near_the_joints(black):
    """Nothing is drawn further than the radius, 2 of 100 pixels, away."""
    rows, columns = np.nonzero(drawn(draw_pose(black, POINTS, META)))
    assert rows.min() >= 30 - 3
    assert rows.max() <= 30 + 3
    assert columns.min() >= 20 - 3
    assert columns.max() <= 80 + 3


def test_joints_between_pixels(black):
    """(20.4, 29.6) is nearest to pixel (20, 30)."""
    image = draw_pose(black, POINTS + np.array([0.4, -0.4]), META)
    assert tuple(image[A]) == RED


def test_hidden_joints_have_neither_circle_nor_limb(black):
    image = draw_pose(black, POINTS, META, shown=np.array([1.0, 0.0]))
    assert tuple(image[A]) == RED
    assert not image[MIDDLE].any()
    assert not drawn(image)[:, 70:].any()


def test_faint_joints_are_crosses_without_limbs(black):
    """A tilted cross of 5 pixels: the diagonals, and nothing beside."""
    image = draw_pose(black, POINTS, META, faint=np.array([False, True]))
    assert tuple(image[A]) == RED
    assert not image[MIDDLE].any()
    for step in range(-2, 3):
        assert tuple(image[30 + step, 80 + step]) == GREEN
        assert tuple(image[30 + step, 80 - step]) == GREEN
    assert not image[30, 82].any()
    assert not image[28, 80].any()
    full = draw_pose(black, POINTS, META)
    assert full[30, 82].any()


def test_hidden_and_faint(black):
    image = draw_pose(black, POINTS, META, shown=np.zeros(2), faint=np.ones(2))
    assert not image.any()


def test_the_image_itself_is_left_alone(black):
    view = np.ascontiguousarray(black[::-1])[::-1]  # not contiguous
    draw_pose(view, POINTS, META)
    assert not view.any()


def test_outside_of_the_picture(black):
    """Peaks may be mapped far away."""
    points = np.array([[-500.0, 30.0], [1e6, -1e6]])
    image = draw_pose(black, points, META)
    assert image.shape == black.shape


# ------------------------------------------------------------ other drawings
def test_to_images_undoes_the_preprocessor():
    """From BGR, normalised, to the same values as RGB, bit by bit."""
    preprocessor = DomainDataPreprocessor(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    )
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 3, 7, 5), np.uint8)
    batch = {'source': torch.from_numpy(pixels)}
    data = preprocessor(dict(inputs=batch, data_samples={}))
    images = to_images(
        data['inputs']['source'], preprocessor.mean, preprocessor.std
    )
    assert images.dtype == np.uint8
    wanted = pixels[:, ::-1].transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(images, wanted)


def test_to_images_keeps_to_the_range():
    """Values beyond black and white, as a style transfer may give."""
    batch = torch.tensor([-9.0, 9.0, 0.5]).view(1, 3, 1, 1).half()
    one = torch.ones(3, 1, 1)
    images = to_images(batch, 100 * one, 100 * one)
    assert images.tolist() == [[[[0, 255, 150]]]]


@pytest.mark.parametrize(
    ('shape', 'side', 'wanted', 'factor'),
    [
        ((20, 40), 224, (112, 224), 5.6),
        ((40, 20), 10, (10, 5), 0.25),
        ((32, 32), 32, (32, 32), 1.0),
    ],
)
def test_enlarge(shape, side, wanted, factor):
    image, scale = enlarge(np.zeros((*shape, 3), np.uint8), side)
    assert image.shape == (*wanted, 3)
    assert scale == factor


def test_heatmaps_over_an_image():
    """The hot side is red, the cold one blue, the image half visible."""
    image = np.full((40, 80, 3), 100, np.uint8)
    heatmaps = np.zeros((3, 10, 20), np.float32)
    heatmaps[1, :, 15:] = 1
    picture = draw_heatmaps(image, heatmaps)
    assert picture.shape == image.shape
    hot, cold = picture[20, 75].astype(int), picture[20, 5].astype(int)
    assert hot[0] > hot[2] + 50
    assert cold[2] > cold[0] + 50
    assert (hot >= 50).all()
    assert (cold >= 50).all()


def test_heatmaps_out_of_range():
    """Below 0 counts as 0, above 1 as 1."""
    image = np.zeros((8, 8, 3), np.uint8)
    maps = np.linspace(-1, 2, 64).reshape(1, 8, 8)
    expected = draw_heatmaps(image, maps.clip(0, 1))
    np.testing.assert_array_equal(draw_heatmaps(image, maps), expected)


# ------------------------------------------------------------------- tables
def pictures(rows, columns, height=40, width=60):
    """Each filled with its own grey value."""
    return [
        [
            np.full((height, width, 3), 10 * (columns * r + c), np.uint8)
            for c in range(columns)
        ]
        for r in range(rows)
    ]


def test_layout():
    """A gap of 6 around 60 x 40; a line of text is round(34 / 7) + 4 = 9.

    Height: 6 + 9 (title) + 18 (the longest title of a column has two lines)
    + 2 (40 + 6); width: 3 (60 + 6) + 6.
    """
    table = picture_table(pictures(2, 3), ['one', 'two\nlines', 'x'], 'title')
    assert table.dtype == np.uint8
    assert table.shape == (33 + 92, 204, 3)
    for row in range(2):
        for column in range(3):
            y, x = 33 + 46 * row, 6 + 66 * column
            cell = table[y : y + 40, x : x + 60]
            assert (cell == 10 * (3 * row + column)).all()
    rest = table[33:].copy()
    for row in range(2):
        for column in range(3):
            y, x = 46 * row, 6 + 66 * column
            rest[y : y + 40, x : x + 60] = 255
    assert (rest == 255).all()
    assert (table[:33] < 255).any()  # the text


def test_layout_without_title():
    table = picture_table(pictures(1, 1), ['one'])
    assert table.shape == (6 + 9 + 46, 72, 3)
