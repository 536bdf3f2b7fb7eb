# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmpose_mlda.evaluation.image_statistics import (
    blockiness,
    colour_statistics,
    difference_hash,
    flat_share,
    high_frequency_share,
    radial_spectrum,
    ring_frequencies,
    thumbnail,
)


def clouds(seed: int, side: int = 96) -> np.ndarray:
    """A smooth grey picture with some noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 220, (8, 8)).astype(np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def test_colours_of_two_pixels():
    """(200, 100, 100) has saturation 0.5, (50, 50, 50) none."""
    image = np.array([[[200, 100, 100], [50, 50, 50]]], np.uint8)
    found = colour_statistics(image)
    assert found['saturation'] == pytest.approx(0.25)
    assert found['mean_r'] == 125
    assert found['std_r'] == 75
    assert found['mean_g'] == found['mean_b'] == 75
    # BT.601: 0.299 * 200 + 0.701 * 100 = 130 (rounded), and 50
    assert found['brightness'] == pytest.approx(90, abs=0.5)
    assert found['contrast'] == pytest.approx(40, abs=0.5)
    assert found['grey'] == 0


def test_black_and_grey_have_no_saturation():
    for level in (0, 90):
        found = colour_statistics(np.full((4, 4, 3), level, np.uint8))
        assert found['saturation'] == 0
        assert found['grey'] == 1


def test_flat_share_counts_pixels_whose_neighbours_are_equal():
    image = np.full((10, 10, 3), 7, np.uint8)
    assert flat_share(image) == 1
    image[:, 5:] = 90  # columns 4 and 5 touch the edge
    assert flat_share(image) == pytest.approx(0.8)
    image[:, 5:] = 8  # as little as compression leaves
    assert flat_share(image) == 1


@pytest.mark.parametrize('frequency', [0.0625, 0.125, 0.25, 0.40625])
@pytest.mark.parametrize('angle', [0, 90])
def test_spectrum_of_a_cosine(frequency, angle):
    """All is in the ring of its frequency and those beside it."""
    x = np.arange(128)
    wave = 100 + 50 * np.cos(2 * np.pi * frequency * x)
    grey = np.tile(wave, (128, 1))
    spectrum = radial_spectrum(grey.T if angle else grey, rings=16)
    ring = int(np.ceil(frequency * 32)) - 1
    energy = spectrum**2 * ring_frequencies(16)
    near = slice(max(ring - 1, 0), ring + 2)
    assert energy[near].sum() > 0.999 * energy.sum()
    assert energy[ring] > 0.4 * energy.sum()


def test_spectrum_is_linear_in_contrast_and_blind_to_brightness():
    grey = clouds(0)
    spectrum = radial_spectrum(grey)
    assert radial_spectrum(0.5 * grey + 30) == pytest.approx(
        0.5 * spectrum, rel=1e-4
    )


def test_white_noise_is_as_strong_in_every_ring_and_size():
    """Its density is its standard deviation."""
    rng = np.random.default_rng(0)
    for side in (64, 128, 200):
        noise = rng.normal(128, 10, (side, side))
        spectrum = radial_spectrum(noise)
        assert spectrum[2:] == pytest.approx(np.full(14, 10), rel=0.2)


def test_spectrum_of_a_small_image_is_unknown():
    assert np.isnan(radial_spectrum(np.zeros((31, 100)))).all()
    assert not np.isnan(radial_spectrum(np.zeros((32, 100)))).any()


def test_high_frequencies_are_lost_when_an_image_is_enlarged():
    rng = np.random.default_rng(1)
    noise = rng.uniform(0, 255, (64, 64)).astype(np.float32)
    enlarged = cv2.resize(noise, (128, 128), interpolation=cv2.INTER_CUBIC)
    sharp, soft = (
        high_frequency_share(radial_spectrum(grey))
        for grey in (noise, enlarged)
    )
    # white noise: energy as the area of the outer rings, 3 / 4
    assert sharp == pytest.approx(0.75, abs=0.05)
    assert soft < 0.25 * sharp


def test_blockiness():
    """Steps of 2 on the grid and of 1 beside it: about twice as strong."""
    steps = np.where(np.arange(1, 64) % 8 == 0, 2.0, 1.0)
    ramp = np.concatenate([[0], steps]).cumsum()
    grey = ramp[:, None] + ramp
    assert blockiness(grey) == pytest.approx(2.05 / 1.05)
    assert blockiness(grey[4:, 4:]) < 1  # the grid has moved
    assert np.isnan(blockiness(np.zeros((23, 99))))
    assert blockiness(np.zeros((64, 64))) == 1


def test_jpeg_leaves_its_grid():
    grey = clouds(2).clip(0, 255).astype(np.uint8)
    data = cv2.imencode('.jpg', grey, (cv2.IMWRITE_JPEG_QUALITY, 20))[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert blockiness(decoded) > 1.3
    assert blockiness(grey) == pytest.approx(1, abs=0.1)


def test_difference_hash_by_hand():
    """Brighter to the right on the left half, darker on the right half."""
    row = np.array([0, 10, 20, 30, 40, 30, 20, 10, 0], np.float32)
    grey = np.tile(row, (8, 1))
    bits = difference_hash(grey, side=8).reshape(8, 8)
    assert (bits == ([True] * 4 + [False] * 4)).all()


def test_difference_hash_survives_size_brightness_and_compression():
    grey = clouds(3, 160)
    bits = difference_hash(grey)
    assert (difference_hash(0.6 * grey + 40) == bits).all()
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert (difference_hash(half) != bits).sum() <= 8
    data = cv2.imencode('.jpg', grey, (cv2.IMWRITE_JPEG_QUALITY, 40))[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)
    assert (difference_hash(decoded) != bits).sum() <= 16
    assert (difference_hash(clouds(4, 160)) != bits).sum() > 64


def test_thumbnails_correlate():
    grey = clouds(5)
    small = thumbnail(grey)
    assert small @ small == pytest.approx(1, abs=1e-5)
    assert small @ thumbnail(0.5 * grey + 9) == pytest.approx(1, abs=1e-5)
    assert small @ thumbnail(255 - grey) == pytest.approx(-1, abs=1e-5)
    assert not thumbnail(np.full((40, 40), 200, np.float32)).any()
