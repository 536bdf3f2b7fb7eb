# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch
from mmpose.codecs.utils import refine_keypoints

from mmpose_mlda.functional.heatmaps import (
    gaussians,
    peak_agreement,
    peak_spread,
    peaks,
    projections,
    quarter_shift,
    round_half_up,
    share_threshold,
)


def test_peaks_by_hand():
    heatmaps = torch.full((1, 3, 3, 4), -1.0)
    heatmaps[0, 0, 2, 1] = 0.7  # row 2, column 1
    heatmaps[0, 1, 0, 3] = 0.2
    heatmaps[0, 2, 1, 2] = -0.5  # the maximum, but not positive
    points, confidence = peaks(heatmaps)
    assert points.tolist() == [[[1, 2], [3, 0], [0, 0]]]
    assert confidence[0].tolist() == pytest.approx([0.7, 0.2, -0.5])


@pytest.mark.parametrize(
    'shape', [(3, 5, 7, 4), (1, 1, 6, 1), (2, 3, 1, 5), (1, 1, 1, 1)]
)
def test_peaks_against_a_loop(shape):
    rng = np.random.default_rng(0)
    heatmaps = rng.normal(size=shape)
    heatmaps[0, 0] -= heatmaps[0, 0].max()  # its maximum is zero
    points, confidence = peaks(torch.from_numpy(heatmaps))
    for b in range(shape[0]):
        for k in range(shape[1]):
            best, place = -math.inf, None
            for y in range(shape[2]):
                for x in range(shape[3]):
                    if heatmaps[b, k, y, x] > best:
                        best, place = heatmaps[b, k, y, x], [x, y]
            if best <= 0:
                place = [0, 0]
            assert points[b, k].tolist() == place
            assert confidence[b, k].item() == best


def test_peaks_have_no_gradient_and_enough_precision():
    heatmaps = torch.randn(1, 2, 300, 300, dtype=torch.bfloat16)
    heatmaps[0, 0, 299, 257] = 100  # bfloat16 has no 257
    points, confidence = peaks(heatmaps.requires_grad_())
    assert points[0, 0].tolist() == [257, 299]
    assert points.dtype == confidence.dtype == torch.float32
    assert not points.requires_grad
    assert not confidence.requires_grad
    assert peaks(heatmaps.double())[0].dtype == torch.float64


def test_quarter_shift_by_hand():
    heatmaps = torch.zeros(1, 5, 4, 5)
    heatmaps[0, 0, 2, 1], heatmaps[0, 0, 2, 2] = 0.9, 0.5  # right
    heatmaps[0, 0, 1, 1] = 0.1  # and up
    heatmaps[0, 1, 1, 3], heatmaps[0, 1, 1, 2] = 0.9, 0.5  # left
    heatmaps[0, 1, 2, 3] = 0.1  # and down
    heatmaps[0, 2, 1, 2] = 1  # alone
    heatmaps[0, 3, 0, 2], heatmaps[0, 3, 0, 1] = 1, 0.5  # on the border
    heatmaps[0, 4, 3, 4], heatmaps[0, 4, 2, 4] = 1, 0.5  # in a corner
    points, _ = peaks(heatmaps.requires_grad_())
    shifted = quarter_shift(heatmaps, points)
    assert not shifted.requires_grad
    assert shifted.tolist() == [
        [[1.25, 1.75], [2.75, 1.25], [2, 1], [2, 0], [4, 3]]
    ]


def test_quarter_shift_against_mmpose():
    """Which also moves peaks along the border: away from it they agree."""
    heatmaps = torch.rand(20, 7, 9, 8, dtype=torch.float64)
    heatmaps[..., 2:7, 2:6] += 1
    points, _ = peaks(heatmaps)
    shifted = quarter_shift(heatmaps, points)
    for maps, before, after in zip(heatmaps, points, shifted, strict=True):
        wanted = refine_keypoints(before.numpy()[None].copy(), maps.numpy())
        np.testing.assert_array_equal(after[None], wanted)


@pytest.mark.parametrize('shape', [(1, 1), (1, 6), (2, 2), (6, 1)])
def test_quarter_shift_without_an_inside(shape):
    heatmaps = torch.rand(2, 3, *shape)
    points, _ = peaks(heatmaps)
    assert quarter_shift(heatmaps, points).equal(points)


def test_round_half_up():
    points = torch.tensor([0.4, 0.5, 1.49, 2.5, 3.5, -0.4, -0.6, -1.7])
    # as int(p + 0.5) in C, numpy and python: towards zero
    expected = [int(p + 0.5) for p in points.tolist()]
    assert round_half_up(points).tolist() == expected
    assert expected == [0, 1, 1, 3, 4, 0, 0, -1]


def gaussian_pixel(point, x, y, sigma, radius):
    """One pixel of the definition."""
    cx, cy = (int(p + 0.5) for p in point)
    if abs(x - cx) > radius or abs(y - cy) > radius:
        return 0.0
    squared = (x - point[0]) ** 2 + (y - point[1]) ** 2
    return math.exp(-squared / (2 * sigma**2))


@pytest.mark.parametrize(
    ('sigma', 'radius'), [(2.0, 6.0), (1.0, 3.0), (1.5, 4.5), (2.0, math.inf)]
)
def test_gaussians_against_a_loop(sigma, radius):
    rng = np.random.default_rng(1)
    size = (14, 9)
    points = rng.uniform(-8, 20, (3, 4, 2))
    points[0, :, 0] = [0, 13, -0.5, 13.5]  # at the borders
    points[1] = np.round(points[1])
    result = gaussians(torch.from_numpy(points), size, sigma, radius)
    assert result.shape == (3, 4, 9, 14)
    for b, k in np.ndindex(3, 4):
        for y, x in np.ndindex(9, 14):
            expected = gaussian_pixel(points[b, k], x, y, sigma, radius)
            assert result[b, k, y, x].item() == pytest.approx(
                expected, abs=1e-14
            )


def test_gaussian_by_hand():
    result = gaussians(torch.tensor([2.0, 1.0]), (5, 4), 1.0, 1.0)
    a, b = math.exp(-0.5), math.exp(-1)
    assert result[0].tolist() == pytest.approx([0, b, a, b, 0])
    assert result[1].tolist() == pytest.approx([0, a, 1, a, 0])
    assert not result[3].any()
    assert result.dtype == torch.float32


def test_gaussian_and_peak():
    points = torch.tensor([[[3.0, 7.0], [0.0, 0.0], [10.0, 4.0]]])
    found, height = peaks(gaussians(points, (11, 9), 2.0, 6.0))
    assert torch.equal(found, points)
    assert torch.equal(height, torch.ones(1, 3))


def test_projections():
    maps = torch.tensor([[[[1.0, 2, 6], [3, 0, 0]]]])
    x, y = projections(maps)
    assert x.tolist() == [[[2, 1, 3]]]
    assert y.tolist() == [[[3, 1]]]
    x, y = projections(maps, 'max')
    assert x.tolist() == [[[3, 2, 6]]]
    assert y.tolist() == [[[6, 3]]]
    with pytest.raises(ValueError, match="'sum'"):
        projections(maps, 'sum')


def slow_share_threshold(confidence, valid, share):
    ranked = sorted(c for c, v in zip(confidence, valid, strict=True) if v)
    rank = math.floor(share * len(ranked))
    return ranked[rank - 1] if rank > 0 else -math.inf


def test_share_threshold_by_hand():
    confidence = torch.tensor([0.9, 0.1, 0.5, 0.3, 0.7])
    valid = torch.tensor([True, True, True, True, False])
    # of 0.1 0.3 0.5 0.9: 0.5 * 4 = 2 are dropped, up to 0.3
    assert share_threshold(confidence, valid, 0.5).item() == pytest.approx(0.3)
    assert share_threshold(confidence, valid, 0.49).item() == pytest.approx(
        0.1
    )
    assert share_threshold(confidence, valid, 0.2).item() == -math.inf
    assert share_threshold(confidence, valid, 0).item() == -math.inf
    # share 1: the largest, strictly above which there is nothing
    assert share_threshold(confidence, valid, 1).item() == pytest.approx(0.9)


def test_share_threshold_against_a_loop():
    rng = np.random.default_rng(2)
    for _ in range(200):
        count = rng.integers(1, 20)
        # few values, so that there are ties, and non-positive ones
        confidence = rng.integers(-2, 5, count) / 4
        valid = rng.random(count) < rng.choice([0, 0.5, 1])
        share = rng.choice([0, 0.1, 1 / 3, 0.5, 0.9, 1])
        result = share_threshold(
            torch.from_numpy(confidence).view(1, -1),
            torch.from_numpy(valid).view(1, -1),
            share,
        )
        assert result.shape == ()
        assert result.item() == slow_share_threshold(confidence, valid, share)


def test_share_threshold_without_ties_keeps_the_rest():
    confidence = torch.randperm(60).float().view(4, 15)
    valid = torch.ones(4, 15, dtype=torch.bool)
    for share, kept in [(0, 60), (0.25, 45), (0.5, 30), (0.99, 1), (1, 0)]:
        threshold = share_threshold(confidence, valid, share)
        assert (confidence > threshold).sum() == kept


# ---------------------------------------------------------------- agreement
def test_peak_agreement():
    """Worked by hand: offsets 0, 3, 5 and, not counted, 0."""
    points = torch.tensor([[[1.0, 1], [0, 3]], [[3, 4], [2, 2]]])
    others = torch.tensor([[[1.0, 1], [0, 0]], [[0, 0], [2, 2]]])
    counted = torch.tensor([[True, True], [True, False]])

    def share(limit, mask=counted):
        return peak_agreement(points, others, mask, limit).item()

    assert share(3) == pytest.approx(1 / 3)  # strictly nearer
    assert share(3.1) == pytest.approx(2 / 3)
    assert share(9) == 1
    assert share(9, torch.zeros(2, 2, dtype=torch.bool)) == 0


# ------------------------------------------------------------------- spread
def test_peak_spread():
    """Worked by hand."""
    # joint 0 at x = 0 and 6, joint 1 at y = 8 and 0: each 3 or 4 off
    points = torch.tensor([[[0.0, 0], [0, 8]], [[6, 0], [0, 0]]])
    # between images sqrt((2 * 9 + 2 * 16) / 4); between joints, in the first
    # image 4 off, in the second 3: the same
    assert peak_spread(points).item() == pytest.approx(math.sqrt(50 / 4))
    # of one image only the joints: 4 off each
    assert peak_spread(points[:1]).item() == pytest.approx(4)
    # of one joint only the images: 3 off each
    assert peak_spread(points[:, :1]).item() == pytest.approx(3)
    assert peak_spread(points[:1, :1]).isnan()


@pytest.mark.parametrize('axis', [0, 1])
def test_peak_spread_of_a_collapse(axis):
    """The same for all images, or for all joints of each image."""
    points = torch.rand(5, 7, 2)
    assert peak_spread(points) > 0.1
    same = points.narrow(axis, 0, 1).expand(5, 7, 2)
    assert peak_spread(same).item() == pytest.approx(0, abs=1e-6)
    assert peak_spread(same + torch.tensor([9.0, 4])) < 1e-5
