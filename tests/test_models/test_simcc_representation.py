# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch
from mmpose.codecs import SimCCLabel

from mmpose_mlda.models.representations import SimCCRepresentation

INPUT = (64, 48)


def build(input_size=INPUT, **options):
    return SimCCRepresentation(SimCCLabel(input_size, **options))


@pytest.mark.parametrize('normalize', [True, False])
@pytest.mark.parametrize(
    ('size', 'ratio', 'sigma'),
    [((64, 48), 2.0, 6.0), ((48, 64), 1.0, (2.0, 3.5)), ((40, 30), 1.5, 4)],
)
def test_labels_are_those_of_the_codec(size, ratio, sigma, normalize):
    rng = np.random.default_rng(0)
    codec = SimCCLabel(
        size, sigma=sigma, simcc_split_ratio=ratio, normalize=normalize
    )
    points = rng.uniform(-40, np.array(size) + 40, (300, 2))
    points[:40] = np.round(points[:40])
    points[40:80] = np.round(points[40:80]) + 0.25  # half a bin
    edge = 3 * np.broadcast_to(sigma, 2)  # the window touches, or misses
    for n, step in enumerate(np.arange(-2, 3)):
        points[80 + n] = (-edge[0] + step) / ratio, 5
        points[90 + n] = 5, size[1] + (edge[1] + step) / ratio
    points = points.astype(np.float32)
    visible = (rng.random(300) < 0.8).astype(np.float32)
    expected = codec.encode(points[None], visible[None])
    assert 20 < (expected['keypoint_weights'] == 0).sum() < 280

    (x, y), weights = SimCCRepresentation(codec).labels(
        torch.from_numpy(points)[None], torch.from_numpy(visible)[None]
    )
    np.testing.assert_array_equal(weights, expected['keypoint_weights'])
    for axis, ours in zip('xy', (x, y), strict=True):
        theirs = expected[f'keypoint_{axis}_labels']
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def test_peaks_are_those_of_the_codec():
    rng = np.random.default_rng(1)
    codec = SimCCLabel(INPUT)
    x = rng.normal(size=(6, 5, 128)).astype(np.float32)
    y = rng.normal(size=(6, 5, 96)).astype(np.float32)
    x[0, 0] -= 9  # nothing seen
    points, confidence = SimCCRepresentation(codec).peaks(
        (torch.from_numpy(x), torch.from_numpy(y))
    )
    for b in range(6):
        theirs, scores = codec.decode(x[b], y[b])
        np.testing.assert_array_equal(points[b], theirs[0])
        np.testing.assert_array_equal(confidence[b], scores[0])
    assert not build().inside(points)[0, 0]


@pytest.mark.parametrize('normalize', [True, False])
def test_rendered_points_are_found_again(normalize):
    representation = build(normalize=normalize)
    rng = np.random.default_rng(2)
    points = torch.from_numpy(rng.uniform(0, (63.4, 47.4), (3, 4, 2)))
    axes = representation.render(points, torch.float32)
    found, confidence = representation.peaks(axes)
    # a bin is half a pixel
    assert (found - points).abs().max() <= 0.25 + 1e-6
    height = 1 / (6 * math.sqrt(2 * math.pi)) if normalize else 1
    assert (confidence <= height + 1e-6).all()
    assert (confidence > 0.99 * height).all()
    # of whole bins it is the label, and the arg-max is exact
    whole = torch.round(points * 2) / 2
    for ours, label in zip(
        representation.render(whole, torch.float64),
        representation.labels(whole, torch.ones(3, 4))[0],
        strict=True,
    ):
        torch.testing.assert_close(ours, label)


def test_inside_by_hand():
    """Bins of half a pixel: 0 to 127 and 0 to 95, each half a bin around."""
    points = torch.tensor(
        [[[-0.25, 0.0], [-0.26, 0.0], [63.74, 47.7], [63.75, 0], [0, 47.75]]]
    )
    expected = [[True, False, True, False, False]]
    assert build().inside(points).tolist() == expected


def test_pictures_show_the_peak():
    representation = build(normalize=False)
    points = torch.tensor([[[20.0, 12.0], [60.0, 40.0]]])
    maps = representation.maps(representation.render(points, torch.float32))
    assert maps.shape == (1, 2, 12, 16)
    assert maps.flatten(2).argmax(-1).tolist() == [[3 * 16 + 5, 10 * 16 + 15]]
    assert 0.9 < maps.max() <= 1
