# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
from scipy import stats

from mmpose_mlda.datasets import GaussianNoise
from mmpose_mlda.datasets.domain_pair_dataset import seeded


def noise_of(seed=0, grey=128, shape=(60, 80, 3), **options):
    image = np.full(shape, grey, np.uint8)
    with seeded(seed):
        noisy = GaussianNoise(**options)(dict(img=image, bbox=1))
    assert noisy['bbox'] == 1
    assert noisy['img'].dtype == np.uint8
    assert image.min() == image.max() == grey  # the input stays
    return noisy['img'].astype(float) - grey


def test_law():
    noise = noise_of(std=20, per_channel=1).ravel()
    assert abs(noise.mean()) < 0.6
    assert noise.std() == pytest.approx(20, rel=0.03)
    rounded = noise + np.random.default_rng(0).uniform(-0.5, 0.5, noise.size)
    assert stats.kstest(rounded / 20, 'norm').pvalue > 0.01


def test_cut_at_black_and_white():
    noise = noise_of(std=127.5, grey=250)
    assert noise.max() == 5
    assert noise.min() == -250
    # wherever the noise is above 5 the image is white: not an overflow
    assert (noise == 5).mean() == pytest.approx(
        stats.norm.sf(4.5 / 127.5), abs=0.03
    )


def test_grey_or_coloured():
    coloured = [
        np.ptp(noise_of(seed, std=20, per_channel=0.25, shape=(4, 4, 3)), 2)
        .any()
        .item()
        for seed in range(200)
    ]
    assert stats.binomtest(sum(coloured), 200, 0.25).pvalue > 0.001


def test_seeded():
    first, second, other = (noise_of(seed, std=9) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_without_noise():
    assert not noise_of(std=0).any()


@pytest.mark.parametrize(
    'options', [dict(std=-1), dict(std=1, per_channel=1.5)]
)
def test_wrong_options(options):
    with pytest.raises(ValueError, match=list(options)[-1]):
        GaussianNoise(**options)
