# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch
from mmpose.codecs import (
    MSRAHeatmap,
    RegressionLabel,
    SimCCLabel,
    UDPHeatmap,
)
from scipy.ndimage import map_coordinates

from mmpose_mlda.functional.geometry import view_matrix
from mmpose_mlda.models import HeatmapConsistency
from mmpose_mlda.models.codecs import FlooredHeatmap
from mmpose_mlda.models.representations import (
    HeatmapRepresentation,
    build_representation,
    heatmap,
)
from mmpose_mlda.registry import MODELS

SIZES = [((192, 256), (48, 64)), ((256, 192), (64, 48)), ((40, 40), (20, 10))]
CODECS = [
    (MSRAHeatmap, dict()),
    (MSRAHeatmap, dict(unbiased=True)),
    (UDPHeatmap, dict()),
]
FLOORED = (FlooredHeatmap, dict())


def build(codec=MSRAHeatmap, input_size=(48, 64), heatmap_size=(12, 16), **kw):
    return HeatmapRepresentation(
        codec(
            input_size=input_size,
            heatmap_size=heatmap_size,
            **{'sigma': 2, **kw},
        )
    )


def keypoints_around(rng, input_size, heatmap_size, sigma):
    """Points of all kinds: random, on pixels, half-way, where the Gaussian
    just touches the map or just misses it, and far away."""
    stride = np.array(input_size) / heatmap_size
    low = -np.array([3.0 * sigma + 3] * 2)
    high = np.array(heatmap_size) + 3.0 * sigma + 3
    points = [rng.uniform(low, high) for _ in range(60)]
    points += [np.round(p) for p in points[:20]]
    points += [np.round(p) + 0.5 for p in points[:20]]
    for axis in (0, 1):
        for edge in (
            -3 * sigma - 1,
            heatmap_size[axis] + 3 * sigma,
            heatmap_size[axis] - 1,
            0,
        ):
            for step in (-1, -0.75, -0.5, -0.3, 0, 0.3, 0.5, 0.75, 1):
                point = rng.uniform(0, heatmap_size)
                point[axis] = edge + step
                points.append(point)
    points += [np.array([1e4, -1e4]), np.array([-300.0, 5.0])]
    return (np.array(points) * stride).astype(np.float32)


@pytest.mark.parametrize(('input_size', 'heatmap_size'), SIZES)
@pytest.mark.parametrize('sigma', [1, 2.0, 3])
@pytest.mark.parametrize(('codec', 'options'), [*CODECS, FLOORED])
def test_labels_are_those_of_the_codec(
    codec, options, sigma, input_size, heatmap_size
):
    rng = np.random.default_rng(0)
    codec = codec(
        input_size=input_size,
        heatmap_size=heatmap_size,
        sigma=sigma,
        **options,
    )
    points = keypoints_around(rng, input_size, heatmap_size, sigma)
    visible = (rng.random(len(points)) < 0.8).astype(np.float32)
    expected = codec.encode(points[None], visible[None])
    dropped = (expected['keypoint_weights'] == 0).sum()
    assert dropped > 0
    # no window of FlooredHeatmap fits into the smallest map
    assert dropped < len(points) or 6 * sigma + 2 > min(heatmap_size)

    heatmaps, weights = HeatmapRepresentation(codec).labels(
        torch.from_numpy(points)[None], torch.from_numpy(visible)[None]
    )
    assert heatmaps.dtype == weights.dtype == torch.float32
    np.testing.assert_array_equal(weights, expected['keypoint_weights'])
    np.testing.assert_allclose(
        heatmaps[0], expected['heatmaps'], rtol=0, atol=2e-5
    )
    # nothing is drawn that is not drawn there, to the pixel
    np.testing.assert_array_equal(
        heatmaps[0] > 1e-6, expected['heatmaps'] > 1e-6
    )


def test_labels_of_a_batch():
    """Each sample as if it were alone; partial weights are kept."""
    rng = np.random.default_rng(1)
    representation = build()
    points = torch.from_numpy(rng.uniform(-10, 70, (4, 5, 2)))
    weights = torch.tensor([[1.0, 0.75, 0.5, 0.25, 0]]).repeat(4, 1)
    heatmaps, kept = representation.labels(points, weights)
    assert heatmaps.shape == (4, 5, 16, 12)
    assert heatmaps.dtype == torch.float64
    for b in range(4):
        alone = representation.labels(points[b : b + 1], weights[b : b + 1])
        assert torch.equal(alone[0][0], heatmaps[b])
        assert torch.equal(alone[1][0], kept[b])
    # below one half there is no label to draw
    assert not heatmaps[:, 3:].any()
    assert heatmaps[:, :3].flatten(2).any(-1).any(0).all()
    assert set(kept.unique().tolist()) <= {0, 0.25, 0.5, 0.75, 1}


def test_label_by_hand():
    # 26 / 4 = 6.5 rounds up to 7, 21 / 4 = 5.25 to 5
    points = torch.tensor([[[26.0, 21.0]]])
    heatmaps, weights = build(sigma=1).labels(points, torch.ones(1, 1))
    assert weights.tolist() == [[1]]
    assert heatmaps[0, 0, 5, 7] == 1
    assert heatmaps[0, 0, 6, 9].item() == pytest.approx(math.exp(-5 / 2))
    # 3 pixels to each side: 7 x 7
    assert (heatmaps > 0).sum() == 49
    assert heatmaps[0, 0, 2:9, 4:11].min() > 0
    # UDP: 26 * 11 / 47 is the middle
    heatmaps, _ = build(UDPHeatmap, sigma=1).labels(points, torch.ones(1, 1))
    x, y = 26 * 11 / 47, 21 * 15 / 63
    assert heatmaps[0, 0, 5, 7].item() == pytest.approx(
        math.exp(-((7 - x) ** 2 + (5 - y) ** 2) / 2), abs=1e-6
    )


@pytest.mark.parametrize(('codec', 'options'), CODECS)
def test_peaks_of_labels_are_the_points(codec, options):
    representation = build(codec, **options)
    pixels = torch.tensor([[[3.0, 5.0], [0.0, 0.0], [11.0, 15.0]]])
    scale = [47 / 11, 63 / 15] if codec is UDPHeatmap else [4, 4]
    points = pixels * torch.tensor(scale)
    heatmaps, weights = representation.labels(points, torch.ones(1, 3))
    found, heights = representation.peaks(heatmaps)
    assert weights.all()
    assert torch.allclose(found.float(), points, atol=1e-4)
    assert torch.allclose(heights, torch.ones(1, 3), atol=1e-6)


def test_floored_labels_by_hand():
    # 26 / 4 = 6.5 and 27.9 / 4 are in cell 6, 28 / 4 in cell 7
    representation = build(FlooredHeatmap, (64, 64), (16, 16), sigma=1)
    x = torch.tensor([26, 27.9, 28])
    points = torch.stack([x, torch.full((3,), 21.0)], -1)[None]
    heatmaps, weights = representation.labels(points, torch.ones(1, 3))
    assert weights.all()
    assert heatmaps.flatten(2).argmax(-1).tolist() == [
        [5 * 16 + 6, 5 * 16 + 6, 5 * 16 + 7]
    ]
    # the middle of the input pixels 24 to 28 and 20 to 24
    found, _ = representation.peaks(heatmaps)
    assert found[0, 0].tolist() == [26, 22]
    codec = FlooredHeatmap((64, 64), (16, 16), sigma=1)
    decoded, scores = codec.decode(heatmaps[0].numpy())
    assert decoded[0, 0].tolist() == [26, 22]
    assert scores.tolist() == [[1, 1, 1]]


@pytest.mark.parametrize(
    ('cell', 'kept'), [(2, False), (3, True), (59, True), (60, False)]
)
@pytest.mark.parametrize('axis', [0, 1])
def test_floored_labels_near_the_border(cell, kept, axis):
    """Of 64 cells the papers keep 3 to 59."""
    point = np.full((1, 1, 2), 130, np.float32)
    point[..., axis] = 4 * cell + 3.5
    codec = FlooredHeatmap((256, 256), (64, 64), sigma=1)
    encoded = codec.encode(point)
    heatmaps, weights = HeatmapRepresentation(codec).labels(
        torch.from_numpy(point), torch.ones(1, 1)
    )
    for maps, weight in (
        (encoded['heatmaps'], encoded['keypoint_weights'].item()),
        (heatmaps[0].numpy(), weights.item()),
    ):
        assert weight == kept
        assert (maps > 0).sum() == (49 if kept else 0)


def test_peaks_without_a_positive_value():
    points, confidence = build().peaks(torch.zeros(2, 3, 16, 12))
    assert not points.any()
    assert not confidence.any()


@pytest.mark.parametrize(
    ('x', 'expected'), [(-2, True), (-2.1, False), (45.9, True), (46, False)]
)
def test_inside(x, expected):
    # the heatmap is 12 wide at stride 4: from -0.5 * 4 to 11.5 * 4
    representation = build()
    points = torch.tensor([[[x, 3.0]]])
    assert representation.inside(points).tolist() == [[expected]]
    # its height is 16: the same limits, further down
    points = torch.tensor([[[3.0, x + 16 if x > 0 else x]]])
    assert representation.inside(points).tolist() == [[expected]]


@pytest.mark.parametrize(('codec', 'options'), CODECS)
def test_render(codec, options):
    """Sub-pixel, windowed, whatever the codec's labels are."""
    rng = np.random.default_rng(2)
    representation = build(codec, sigma=1, **options)
    points = rng.uniform(-8, 60, (2, 3, 2))
    scale = [11 / 47, 15 / 63] if codec is UDPHeatmap else [1 / 4, 1 / 4]
    result = representation.render(torch.from_numpy(points), torch.float64)
    for b, k in np.ndindex(2, 3):
        px, py = points[b, k] * scale
        cx, cy = int(px + 0.5), int(py + 0.5)
        for y, x in np.ndindex(16, 12):
            expected = 0.0
            if abs(x - cx) <= 3 and abs(y - cy) <= 3:
                expected = math.exp(-((x - px) ** 2 + (y - py) ** 2) / 2)
            assert result[b, k, y, x].item() == pytest.approx(
                expected, abs=1e-12
            )


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_render_for_half_precision_outputs(dtype):
    """A point is not rounded to the few digits of a student's AMP output."""
    representation = build(input_size=(256, 256), heatmap_size=(64, 64))
    points = torch.tensor([[[241.3, 202.9]]], dtype=torch.float64)
    exact = representation.render(points, torch.float64)
    assert torch.allclose(
        representation.render(points, dtype).double(), exact, atol=1e-4
    )


@pytest.mark.parametrize('kept', [(), (0, 4), range(6)])
@pytest.mark.parametrize('counted', [True, False])  # as on a CPU, on a GPU
def test_consistency_loss(kept, counted, monkeypatch):
    """Of the kept joints, in the denominator all; Eq. 3."""
    monkeypatch.setattr(heatmap, 'can_be_counted', lambda mask: counted)
    representation = build()
    points = torch.rand(2, 3, 2, dtype=torch.float64) * 40
    targets = representation.render(points, torch.float64).numpy()
    outputs = torch.randn(2, 3, 16, 12, dtype=torch.float64)
    keep = torch.zeros(2, 3, dtype=torch.bool)
    if len(kept) < keep.numel():  # an overflow that does not matter
        outputs[1, 2] = float('inf')
    outputs.requires_grad_()
    expected, slope = 0.0, np.zeros((2, 3, 16, 12))
    for b, k in (divmod(index, 3) for index in kept):
        keep[b, k] = True
        difference = outputs[b, k].detach().numpy() - targets[b, k]
        expected += (difference**2).sum() / slope.size
        slope[b, k] = 2 * difference / slope.size
    loss = representation.consistency_loss(
        HeatmapConsistency(loss_weight=3), None, outputs, points, keep
    )
    loss.backward()
    assert loss.item() == pytest.approx(3 * expected, rel=1e-12)
    np.testing.assert_allclose(outputs.grad, 3 * slope, rtol=1e-12)


@pytest.mark.parametrize('udp', [False, True])
def test_align(udp):
    """The heatmaps move as the input does, whatever the codec's scale."""
    rng = np.random.default_rng(3)
    codec = UDPHeatmap if udp else MSRAHeatmap
    representation = build(codec)
    maps = rng.normal(size=(2, 3, 16, 12))
    matrices = torch.stack(
        [
            view_matrix((48, 64), 20, 10, 1.1, (3, -5), mirror)
            for mirror in (False, True)
        ]
    )
    result = representation.align(torch.from_numpy(maps), matrices)
    scale = np.array([11 / 47, 15 / 63] if udp else [1 / 4, 1 / 4])
    for b, back in enumerate(np.linalg.inv(matrices.numpy())):
        where = np.empty((2, 16, 12))
        for v, u in np.ndindex(16, 12):
            point = back @ [*(np.array([u, v]) / scale), 1]
            where[1, v, u], where[0, v, u] = point[:2] * scale
        for k in range(3):
            expected = map_coordinates(
                maps[b, k], where, order=1, mode='grid-constant'
            )
            np.testing.assert_allclose(result[b, k], expected, atol=1e-9)


def test_align_takes_a_label_to_the_label_of_the_moved_point():
    representation = build(
        MSRAHeatmap, (256, 256), (64, 64), sigma=2, unbiased=True
    )
    points = torch.tensor([[[120.0, 90.0], [150.0, 171.0]]]).double()
    turn = view_matrix((256, 256), rotation=25, translation=(7, -4))[None]
    before, _ = representation.labels(points, torch.ones(1, 2))
    moved = points @ turn[:, :2, :2].mT + turn[:, None, :2, 2]
    after, _ = representation.labels(moved, torch.ones(1, 2))
    # up to the blur of one bilinear interpolation
    error = (representation.align(before, turn) - after).abs().max()
    assert error < 0.06
    assert (before - after).abs().max() > 0.9


def test_unknown_codecs_are_refused():
    head = MODELS.build(
        dict(type='HeatmapHead', in_channels=4, out_channels=2)
    )
    with pytest.raises(TypeError, match=r'HeatmapHead.*NoneType'):
        build_representation(head)
    for codec in (
        RegressionLabel((48, 64)),
        SimCCLabel((48, 64), sigma=2.0),
    ):
        head.decoder = codec
        with pytest.raises(TypeError, match=type(codec).__name__):
            build_representation(head)
    head.decoder = UDPHeatmap((48, 64), (12, 16), heatmap_type='combined')
    with pytest.raises(ValueError, match='combined'):
        build_representation(head)


def test_heads_of_several_outputs_are_refused():
    """A list of heatmaps, one a stage, is not what a step works on."""
    head = MODELS.build(
        dict(
            type='CPMHead',
            in_channels=4,
            out_channels=2,
            num_stages=2,
            decoder=dict(
                type='MSRAHeatmap',
                input_size=(48, 64),
                heatmap_size=(12, 16),
                sigma=2,
            ),
        )
    )
    with pytest.raises(TypeError, match=r'CPMHead.*HeatmapHead'):
        build_representation(head)


def test_built_from_a_head():
    head = MODELS.build(
        dict(
            type='HeatmapHead',
            in_channels=4,
            out_channels=2,
            decoder=dict(
                type='MSRAHeatmap',
                input_size=(48, 64),
                heatmap_size=(12, 16),
                sigma=2,
            ),
        )
    )
    representation = build_representation(head)
    assert isinstance(representation, HeatmapRepresentation)
    assert representation.size == (12, 16)
    # nothing of it belongs in a checkpoint
    assert not representation.state_dict()
    assert not list(representation.parameters())
