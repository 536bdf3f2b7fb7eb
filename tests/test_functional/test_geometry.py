# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.geometry import (
    heatmap_matrix,
    inside,
    inverse,
    is_mirrored,
    swap_sides,
    transform_points,
    view_matrix,
    warp,
)


def apply(matrix, x, y):
    """One point, by the definition of a 3x3 matrix."""
    a = np.asarray(matrix, dtype=np.float64)
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in a)
    return u / w, v / w


# The frame is 8 x 6, so its centre is (4, 3); y grows downwards.
@pytest.mark.parametrize(
    ('params', 'point', 'expected'),
    [
        (dict(), (1, 5), (1, 5)),
        # a quarter turn clockwise takes what is right of the centre below it
        (dict(rotation=90), (5, 3), (4, 4)),
        (dict(rotation=90), (4, 4), (3, 3)),
        # x - tan(45) (y - 3)
        (dict(shear=45), (4, 5), (2, 5)),
        (dict(shear=-45), (4, 5), (6, 5)),
        (dict(scale=2), (5, 4), (6, 5)),
        (dict(translation=(1, -2)), (5, 4), (6, 2)),
        (dict(mirror=True), (5, 4), (3, 4)),
        # (1, 1) -> mirror (-1, 1) -> shear (-2, 1) -> scale (-4, 2)
        # -> turn (-2, -4) -> + centre + shift (3, -3)
        (
            dict(
                rotation=90,
                shear=45,
                scale=2,
                translation=(1, -2),
                mirror=True,
            ),
            (5, 4),
            (3, -3),
        ),
    ],
)
def test_view_matrix_by_hand(params, point, expected):
    matrix = view_matrix((8, 6), **params)
    assert matrix.shape == (3, 3)
    assert matrix.dtype == torch.float64
    np.testing.assert_allclose(apply(matrix, *point), expected, atol=1e-12)


def random_view(rng, size, mirror=False, shift=0.2):
    return view_matrix(
        size,
        rotation=rng.uniform(-60, 60),
        shear=rng.uniform(-30, 30),
        scale=rng.uniform(0.6, 1.3),
        translation=[rng.uniform(-shift, shift) * side for side in size],
        mirror=mirror,
    )


@pytest.mark.parametrize('mirror', [False, True])
def test_view_matrix_properties(mirror):
    rng = np.random.default_rng(0)
    for _ in range(20):
        shift, scale = rng.uniform(-9, 9, 2), rng.uniform(0.5, 2)
        angle, slant = rng.uniform(-180, 180), rng.uniform(-45, 45)
        matrix = view_matrix((48, 64), angle, slant, scale, shift, mirror)
        # the centre only moves by the shift; areas grow by scale squared
        np.testing.assert_allclose(
            apply(matrix, 24, 32), (24 + shift[0], 32 + shift[1]), atol=1e-9
        )
        det = np.linalg.det(matrix.numpy())
        assert det == pytest.approx((-1 if mirror else 1) * scale**2)
        assert matrix[2].tolist() == [0, 0, 1]
        if mirror:
            continue
        # the chain by which the published code goes back is its inverse
        back = (
            view_matrix((48, 64), shear=-slant)
            @ view_matrix((48, 64), rotation=-angle, scale=1 / scale)
            @ view_matrix((48, 64), translation=-shift)
        )
        assert torch.allclose(back @ matrix, torch.eye(3).double())


def test_heatmap_matrix():
    # MSRA: heatmap pixel i is the input pixel i * stride
    msra = heatmap_matrix((192, 256), (48, 64))
    np.testing.assert_allclose(apply(msra, 8, 12), (2, 3))
    np.testing.assert_allclose(apply(msra, 191, 255), (47.75, 63.75))
    # UDP: the centres of the corner pixels coincide
    udp = heatmap_matrix((192, 256), (48, 64), corners_aligned=True)
    np.testing.assert_allclose(apply(udp, 0, 0), (0, 0))
    np.testing.assert_allclose(apply(udp, 191, 255), (47, 63))
    assert msra.dtype == udp.dtype == torch.float64


def test_inverse():
    rng = np.random.default_rng(0)
    matrices = torch.stack(
        [random_view(rng, (64, 48), mirror=i % 2 == 1) for i in range(6)]
    ).view(2, 3, 3, 3)
    expected = np.linalg.inv(matrices.numpy())
    np.testing.assert_allclose(inverse(matrices), expected, atol=1e-9)


def test_inverse_of_a_singular_matrix():
    singular = torch.eye(3).repeat(2, 1, 1)
    singular[1, 0, 0] = 0
    result = inverse(singular)
    assert torch.equal(result[0], torch.eye(3))
    assert not result[1].isfinite().all()


def test_transform_points():
    rng = np.random.default_rng(1)
    matrices = torch.stack([random_view(rng, (64, 48)) for _ in range(3)])
    points = torch.from_numpy(rng.uniform(-20, 80, (3, 5, 2)))
    moved = transform_points(matrices, points)
    for b in range(3):
        for k in range(5):
            expected = apply(matrices[b], *points[b, k].tolist())
            np.testing.assert_allclose(moved[b, k], expected, atol=1e-10)
    # one matrix for a batch, one set of points for several matrices
    one = transform_points(matrices[0], points)
    assert torch.allclose(one[0], moved[0])
    assert one.shape == (3, 5, 2)
    several = transform_points(matrices, points[:1])
    assert torch.allclose(several[0], moved[0])
    assert several.shape == (3, 5, 2)


def test_transform_points_dtype():
    eye = torch.eye(3)
    for matrix, point, result in [
        (torch.float64, torch.float32, torch.float64),
        (torch.float32, torch.float64, torch.float64),
        (torch.float32, torch.int64, torch.float32),
    ]:
        points = torch.ones(4, 2, dtype=point)
        assert transform_points(eye.to(matrix), points).dtype == result


def test_going_between_views():
    """student @ inverse(teacher) takes teacher's pixels to the student's."""
    rng = np.random.default_rng(2)
    teacher, student = (
        random_view(rng, (64, 48), mirror) for mirror in (True, False)
    )
    original = torch.from_numpy(rng.uniform(0, 48, (7, 2)))
    seen = transform_points(teacher, original)
    there = transform_points(student @ inverse(teacher), seen)
    assert torch.allclose(there, transform_points(student, original))
    back = transform_points(inverse(teacher), seen)
    assert torch.allclose(back, original)


def test_is_mirrored():
    rng = np.random.default_rng(3)
    mirror = [False, True, True, False, True]
    matrices = torch.stack([random_view(rng, (9, 9), m) for m in mirror])
    assert is_mirrored(matrices).tolist() == mirror
    assert is_mirrored(inverse(matrices)).tolist() == mirror
    assert is_mirrored(matrices[1]).item() is True
    # two reflections are none
    assert not is_mirrored(matrices[1] @ matrices[2])


@pytest.mark.parametrize('shape', [(), (2,), (6, 5)])
def test_swap_sides(shape):
    rng = np.random.default_rng(4)
    values = torch.from_numpy(rng.normal(size=(3, 5, *shape)))
    mirrored = torch.tensor([True, False, True])
    flip = torch.tensor([[1, 0, 2, 4, 3]] * 3)
    result = swap_sides(values, mirrored, flip)
    for b in range(3):
        for k in range(5):
            source = flip[b, k] if mirrored[b] else k
            assert torch.equal(result[b, k], values[b, source])
    assert torch.equal(swap_sides(result, mirrored, flip), values)


def test_swap_sides_keeps_the_gradient():
    values = torch.randn(2, 3, requires_grad=True)
    flip = torch.tensor([[1, 0, 2]] * 2)
    swapped = swap_sides(values, torch.tensor([True, False]), flip)
    (swapped * torch.tensor([[1.0, 2, 3]])).sum().backward()
    assert values.grad.tolist() == [[2, 1, 3], [1, 2, 3]]


@pytest.mark.parametrize(
    ('point', 'expected'),
    [
        ((0, 0), True),
        ((-0.5, -0.5), True),  # half up: rounds to pixel 0
        ((-0.51, 0), False),
        ((0, -0.51), False),
        ((7.49, 5.49), True),
        ((7.5, 0), False),  # rounds to pixel 8 of 0..7
        ((0, 5.5), False),
        ((float('nan'), 0), False),
        ((0, float('inf')), False),
    ],
)
def test_inside(point, expected):
    assert inside(torch.tensor(point), (8, 6)).item() is expected


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
