# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest
import torch
from reference.matrices import apply, random_view
from scipy.ndimage import gaussian_filter, map_coordinates

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.geometry import (
    inverse,
    view_matrix,
    warp,
)


def reference_warp(maps, matrices, size):
    """Value at p = that at inverse(M) p, zero beyond, pixel by pixel."""
    maps, matrices = np.asarray(maps), np.asarray(matrices)
    out = np.zeros((*maps.shape[:2], size[1], size[0]))
    for b, matrix in enumerate(np.linalg.inv(matrices)):
        rows, columns = [], []
        for v in range(size[1]):
            for u in range(size[0]):
                x, y = apply(matrix, u, v)
                columns.append(x)
                rows.append(y)
        for c in range(maps.shape[1]):
            out[b, c] = map_coordinates(
                maps[b, c],
                [rows, columns],
                order=1,
                mode='grid-constant',
                cval=0,
            ).reshape(size[1], size[0])
    return out


@pytest.mark.parametrize(
    ('batch', 'channels', 'size', 'out'),
    [
        (3, 2, (16, 12), None),
        (1, 1, (12, 16), None),
        (2, 3, (9, 7), (12, 5)),
        (1, 2, (1, 6), (5, 6)),
        (2, 1, (6, 1), None),
        (1, 1, (1, 1), None),
    ],
)
def test_warp_equals_scipy(batch, channels, size, out):
    rng = np.random.default_rng(5)
    maps = torch.from_numpy(rng.normal(size=(batch, channels, *size[::-1])))
    for mirror in (False, True):
        matrices = torch.stack(
            [random_view(rng, size, mirror) for _ in range(batch)]
        )
        result = warp(maps, matrices, out)
        expected = reference_warp(maps, matrices, out or size)
        assert result.dtype == torch.float64
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


def test_warp_exact_cases():
    maps = torch.arange(24.0).view(1, 1, 4, 6)
    identity = torch.eye(3)[None]
    assert torch.allclose(warp(maps, identity), maps, atol=1e-4)
    # three right, one up: zeros come in
    shift = identity.clone()
    shift[0, 0, 2], shift[0, 1, 2] = 3, -1
    expected = torch.zeros(4, 6)
    expected[:3, 3:] = maps[0, 0, 1:, :3]
    assert torch.allclose(warp(maps, shift)[0, 0], expected, atol=1e-4)
    # half a pixel right: means of neighbours, the last one with a zero
    shift[0, 0, 2], shift[0, 1, 2] = 0.5, 0
    row = warp(maps[:, :, 1:2], shift)[0, 0, 0]
    assert row.tolist() == pytest.approx(
        [3, 6.5, 7.5, 8.5, 9.5, 10.5], abs=1e-4
    )
    # all of it outside
    shift[0, 0, 2] = 100
    assert not warp(maps, shift).any()


def test_warp_there_and_back():
    y, x = np.mgrid[:40, :50]
    blob = np.exp(-((x - 27.0) ** 2 + (y - 18.0) ** 2) / (2 * 4**2))
    maps = torch.from_numpy(blob)[None, None]
    for mirror in (False, True):
        turn = view_matrix((50, 40), 30, 20, 1.1, (2, -3), mirror)[None]
        there = warp(maps, turn)
        assert (there - maps).abs().max() > 0.3
        back = warp(there, inverse(turn))
        assert (back - maps).abs().max() < 0.03


def test_warp_dtype():
    identity = torch.eye(3)[None]
    for given, result in [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ]:
        maps = torch.ones(1, 1, 2, 2, dtype=given)
        assert warp(maps, identity.double()).dtype == result


def test_warp_gradcheck():
    rng = np.random.default_rng(7)
    matrices = torch.stack(
        [random_view(rng, (6, 5), mirror) for mirror in (False, True)]
    )
    maps = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda m: warp(m, matrices), maps)
    assert torch.autograd.gradcheck(lambda m: warp(m, matrices, (4, 7)), maps)


@pytest.mark.parametrize('share', [0, 0.5, 1])
@pytest.mark.parametrize('counted', [True, False])  # as on a CPU, on a GPU
def test_warp_of_some_maps(share, counted, monkeypatch):
    monkeypatch.setattr(geometry, 'can_be_counted', lambda mask: counted)
    rng = np.random.default_rng(9)
    matrices = torch.stack([random_view(rng, (6, 5)) for _ in range(3)])
    maps = torch.randn(3, 4, 5, 6, dtype=torch.float64, requires_grad=True)
    keep = torch.rand(3, 4) < share
    expected = warp(maps, matrices, (4, 7)).detach()
    result = warp(maps, matrices, (4, 7), keep)
    torch.testing.assert_close(result[keep], expected[keep])
    assert not result[~keep].any()
    assert torch.autograd.gradcheck(
        lambda m: warp(m, matrices, keep=keep), maps
    )


@pytest.mark.parametrize('value', [float('inf'), float('nan')])
@pytest.mark.parametrize('counted', [True, False])
def test_a_map_that_is_left_out_does_no_harm(value, counted, monkeypatch):
    monkeypatch.setattr(geometry, 'can_be_counted', lambda mask: counted)
    maps = torch.ones(1, 2, 5, 6)
    maps[0, 1] = value
    maps.requires_grad_()
    keep = torch.tensor([[True, False]])
    result = warp(maps, torch.eye(3)[None], keep=keep)
    torch.testing.assert_close(result[0, 0], torch.ones(5, 6))
    assert not result[0, 1].any()
    result.sum().backward()
    torch.testing.assert_close(maps.grad[0, 0], torch.ones(5, 6))
    assert not maps.grad[0, 1].any()


def assert_warps_as_opencv(image, rng):
    """OpenCV rounds positions to 1/32 pixel, which at an edge from 0 to 255
    alone makes 255 / 64 = 4 grey levels. Hence no such edges here: slightly
    softened images, without the seam between the image and the black."""
    height, width = image.shape[:2]
    image = cv2.GaussianBlur(image, None, 1)
    matrix = random_view(rng, (width, height))
    expected = cv2.warpAffine(
        image, matrix[:2].numpy(), (width, height), flags=cv2.INTER_LINEAR
    )
    maps = torch.from_numpy(image).permute(2, 0, 1)[None].double()
    result = warp(maps, matrix[None])[0].permute(1, 2, 0).numpy()
    covered = warp(torch.ones(1, 1, height, width), matrix[None])[0, 0]
    seam = ((covered > 0.001) & (covered < 0.999)).numpy()
    assert seam.mean() < 0.05
    assert (covered > 0.5).float().mean() > 0.3
    assert np.abs(result - expected)[~seam].max() <= 2


def test_warp_equals_opencv():
    rng = np.random.default_rng(8)
    noise = gaussian_filter(rng.normal(size=(96, 128, 3)), (3, 3, 0))
    image = np.clip(128 + 600 * noise, 0, 255).astype(np.uint8)
    assert image.std() > 20
    assert_warps_as_opencv(image, rng)


def test_warp_equals_opencv_on_photographs(shared_dir):
    rng = np.random.default_rng(9)
    for number in (1, 2, 3):
        name = f'data/lspet/images/im{number:05d}.jpg'
        image = cv2.imread(str(shared_dir / name))
        assert_warps_as_opencv(image, rng)
