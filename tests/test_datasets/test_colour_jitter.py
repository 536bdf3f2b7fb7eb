# Copyright (c) mmpose_mlda contributors. All rights reserved.
from itertools import permutations
from unittest import mock

import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.datasets.transforms.colour_jitter import (
    BaseColorJitter as Published,
)
from mmpose_mlda.datasets.transforms.colour_jitter import (
    ColorJitter,
)

RANGES = dict(brightness=0.5, contrast=0.5, saturation=0.5, hue=0.2)


@pytest.fixture
def image():
    """All kinds of colours, the extremes and whole areas among them."""
    pixels = np.random.default_rng(0).integers(0, 256, (61, 47, 3))
    pixels[:9] = 0
    pixels[9:18] = 255
    pixels[18:30] = np.arange(47)[:, None] * 5
    return pixels.astype(np.uint8)


def pixels_of(transform, image, order, factors):
    transform._rand_params = lambda: (order, *factors)
    return transform.transform(dict(img=image.copy()))['img']


@pytest.mark.parametrize('order', permutations(range(4)))
def test_same_pixels_in_every_order(image, order):
    ours = ColorJitter(**RANGES)
    theirs = Published(**RANGES, backend='cv2')
    rng = np.random.default_rng(sum(10**i * o for i, o in enumerate(order)))
    draws = [rng.uniform(0.5, 2, 4) * [1, 1, 1, 0.1] for _ in range(5)]
    for factors in [*draws, [1, 1, 1, 0], [0, 0, 0, None], [None, 2, 1, None]]:
        np.testing.assert_array_equal(
            pixels_of(ours, image, order, factors),
            pixels_of(theirs, image, order, factors),
        )


def test_every_level_of_many_factors():
    """By both ways: factors that rounding serves, and those that it fails."""
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    ours, theirs = ColorJitter(**RANGES), Published(**RANGES, backend='cv2')
    rng = np.random.default_rng(1)
    factors = [1.0, 0.5, 1.25, 2.0, *rng.uniform(0.5, 1.5, 500)]
    tables = 0
    for brightness, contrast in zip(factors, factors[::-1], strict=True):
        values = [brightness, contrast, None, None]
        with mock.patch.object(cv2, 'LUT', wraps=cv2.LUT) as table:
            found = pixels_of(ours, levels, range(4), values)
        tables += table.call_count
        expected = pixels_of(theirs, levels, range(4), values)
        np.testing.assert_array_equal(found, expected)
    assert 0 < tables < len(factors) / 10


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_same_draws(image, backend):
    found = []
    for kind in (ColorJitter, Published):
        transform = kind(**RANGES, backend=backend)
        with seeded(3):
            found.append(transform(dict(img=image.copy()))['img'])
    np.testing.assert_array_equal(*found)


def test_image_of_another_view_is_not_touched(image):
    before = image.copy()
    ColorJitter(**RANGES)(dict(img=image))
    np.testing.assert_array_equal(image, before)


def test_images_of_floats_are_left_to_the_base(image):
    found = []
    for transform in (ColorJitter(contrast=0.5), Published(contrast=0.5)):
        transform.backend = 'cv2'
        with seeded(3):
            results = transform(dict(img=image.astype(np.float32)))
        found.append(results['img'])
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize('axes', [(1, 0, 2), (0, 1, 2)])
def test_image_that_lies_otherwise_in_memory(image, axes):
    turned = image.transpose(axes)[:, ::-1]
    assert not turned.flags.c_contiguous
    order, factors = range(4), [1.3, 0.7, 1.4, None]
    ours, theirs = ColorJitter(**RANGES), Published(**RANGES, backend='cv2')
    # pixels_of() copies
    for transform in (ours, theirs):
        transform._rand_params = lambda: (order, *factors)
    np.testing.assert_array_equal(
        *(t.transform(dict(img=turned))['img'] for t in (ours, theirs))
    )
