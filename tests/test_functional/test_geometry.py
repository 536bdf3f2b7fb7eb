# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch
from reference.matrices import apply, random_view

from mmpose_mlda.functional.geometry import (
    heatmap_matrix,
    inside,
    inverse,
    is_mirrored,
    swap_sides,
    transform_points,
    view_matrix,
)


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
