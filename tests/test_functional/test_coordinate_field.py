# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest
import torch

from mmpose_mlda.functional.coordinate_field import (
    coordinate_field,
    locate,
    readable,
    readable_at,
    shows_mirror,
)

MATRICES = {
    'shift': [[1, 0, 7.25], [0, 1, -3.5]],
    'turn': [[0.6, -0.8, 50], [0.8, 0.6, -20]],
    'enlarge': [[6.0, 0, -200], [0, 6.0, -180]],
    'reduce': [[0.25, 0.05, 10], [0, 0.25, 12]],
    'mirror': [[-1.5, 0.2, 120], [0.1, 1.5, -30]],
}


def warped(matrix, size=(96, 80), original=(110, 90)):
    field = coordinate_field(original).permute(1, 2, 0).numpy()
    matrix = np.array(matrix, float)
    view = cv2.warpAffine(field, matrix, size, flags=cv2.INTER_LINEAR)
    return torch.from_numpy(view).permute(2, 0, 1)


def test_field():
    field = coordinate_field((3, 2))
    assert field[0].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert field[1].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert field[2].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_by_hand():
    """Columns 2 to 5 of an image, mirrored: x is shown at 5 - x."""
    field = coordinate_field((8, 6))[:, :, 2:6].flip(2)
    points = torch.tensor([[2.0, 0], [4.25, 3.5], [5.5, 1], [7.0, 1]])
    position, seen = locate(field, points)
    expected = [[3, 0], [0.75, 3.5], [-0.5, 1], [-2, 1]]
    assert position.tolist() == [pytest.approx(p) for p in expected]
    assert seen.tolist() == [True, True, True, False]
    assert shows_mirror(field)
    assert not shows_mirror(field.flip(2))
    assert not shows_mirror(field.flip(1))  # turned by half a circle


@pytest.mark.parametrize('matrix', MATRICES.values(), ids=MATRICES)
def test_follows_opencv(matrix):
    """Against the matrix that OpenCV was given."""
    view = warped(matrix)
    matrix = torch.tensor(matrix, dtype=torch.float64)
    rng = torch.Generator().manual_seed(0)
    points = torch.rand(200, 2, generator=rng, dtype=torch.float64) * 88
    expected = points @ matrix[:, :2].T + matrix[:, 2]
    position, seen = locate(view, points)
    assert seen.sum() > 5
    scale = matrix[:, :2].det().abs().sqrt().item()
    error = (position - expected).norm(dim=-1)[seen].max()
    assert error < 0.02 * max(scale, 1)
    assert readable_at(view, expected)[seen].float().mean() > 0.9
    assert shows_mirror(view) == (matrix[:, :2].det() < 0)


def test_what_is_no_image_is_not_read():
    view = warped(MATRICES['shift'])
    mask = readable(view)
    assert not mask[:, :8].any()  # black, and a border of mixed pixels
    assert mask[:70, 9:].all()
    view[:, 30:60, 30:60] = 0.5  # something pasted
    places = torch.tensor([[45 - 7.25, 45 + 3.5], [70 - 7.25, 45 + 3.5]])
    position, seen = locate(view, places)
    assert seen.tolist() == [False, True]
    assert position[1].tolist() == pytest.approx([70, 45], abs=0.02)
    wanted = torch.tensor([[45.0, 45], [70, 45], [-1, 3], [torch.nan, 3]])
    assert readable_at(view, wanted).tolist() == [False, True, False, False]


@pytest.mark.parametrize('kept', [0, 1, 2, 5])
def test_too_little_to_read(kept):
    """A line of pixels determines no map."""
    field = coordinate_field((20, 20))
    field[2, :, :] = 0
    field[2, 4, :kept] = 1
    position, seen = locate(field, torch.tensor([[1.0, 4]]))
    assert position.isnan().all()
    assert not seen.any()
