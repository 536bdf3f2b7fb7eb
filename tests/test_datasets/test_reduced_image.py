# Copyright (c) mmpose_mlda contributors. All rights reserved.
# ruff: noqa: NPY002 (MMPose's transforms use numpy's global generator)
import functools

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmpose.datasets.transforms import (
    GetBBoxCenterScale,
    LoadImage,
    TopdownAffine,
)
from PIL import Image

from mmpose_mlda.datasets import LoadReducedImage, TopdownAffineWithMatrix
from mmpose_mlda.functional.geometry import reduction_matrix

SIZE = (64, 64)
# no side is a multiple of 8, so the last pixels of a reduction are partial
WIDTH, HEIGHT = 509, 622
POINTS = np.array(
    [[105.25, 165.5], [395, 150.75], [250.5, 320], [130, 455.25], [385.5, 465]]
)


@functools.cache
def blobs():
    """White blobs on black whose centres are the points."""
    across, down = (
        np.exp(-((np.arange(side) - at[:, None]) ** 2) / (2 * 12**2))
        for side, at in ((WIDTH, POINTS[:, 0]), (HEIGHT, POINTS[:, 1]))
    )
    grey = np.round(255 * (down.T @ across).clip(0, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def stored_as(image, orientation):
    """Pixels that turn into the image by the EXIF orientation."""
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a),  # to be turned clockwise
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(undo[orientation](image))


def write_jpeg(path, image, orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored_as(image, orientation)).save(
        path, quality=95, exif=exif
    )
    return str(path)


def sample(path, box=(0, 0, WIDTH, HEIGHT)):
    return dict(
        img_path=path,
        bbox=np.array([box], np.float32),
        keypoints=POINTS[None].astype(np.float32),
        keypoints_visible=np.ones((1, len(POINTS)), np.float32),
        flip_indices=[1, 0, 2, 4, 3],
    )


def centres(view, expected):
    """Centroids of the blobs near the points, from the pixels alone."""
    grey = view[..., 0].astype(float)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    found = []
    for u, v in expected:
        near = grey * (np.hypot(x - u, y - v) < 6)
        found.append([(near * x).sum(), (near * y).sum()] / near.sum())
    return np.array(found)


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('factor', [2, 4, 8])
def test_labels_land_on_what_they_name(tmp_path, orientation, factor):
    path = write_jpeg(tmp_path / 'a.jpg', blobs(), orientation)
    # the height decides: 622 / 64 = 9.7 pixels of the box for one of 64
    load = LoadReducedImage(SIZE, oversampling=9.7 / factor)
    results = load(sample(path))
    assert results['img_shape'] == results['ori_shape'] == (HEIGHT, WIDTH)
    assert results['reduced_img'].shape[:2] == (
        -(-HEIGHT // factor), -(-WIDTH // factor)
    )  # fmt: skip
    still = TopdownAffineWithMatrix(SIZE, 0, 0, (1, 1), 0)
    view = Compose([GetBBoxCenterScale(), still])(results)
    keypoints = view['transformed_keypoints'][0]
    error = centres(view['img'], keypoints) - keypoints
    assert np.abs(error).max() < 0.03  # 1/32 px is OpenCV's rounding


def test_it_only_replaces_the_pixels(tmp_path):
    """Random views of the whole and the reduced image are the same."""
    path = write_jpeg(tmp_path / 'a.jpg', blobs())
    views = []
    for load in (LoadImage(), LoadReducedImage(SIZE)):
        np.random.seed(3)
        pipeline = [
            load,
            GetBBoxCenterScale(),
            TopdownAffineWithMatrix(SIZE, mirror_prob=1),
        ]
        views.append(Compose(pipeline)(sample(path)))
    whole, reduced = views
    assert set(whole) == set(reduced)
    for name in set(whole) - {'img'}:
        np.testing.assert_array_equal(whole[name], reduced[name], name)
    difference = whole['img'].astype(float) - reduced['img']
    assert np.abs(difference).mean() < 1
    assert not np.array_equal(whole['img'], reduced['img'])


@pytest.mark.parametrize(
    ('box', 'factor'),
    [
        # 2 * 64 = 128 pixels must be left of the longer side
        ((0, 0, 255, 100), 1),
        ((10, 20, 266, 30), 2),
        ((0, 0, 511, 511), 2),
        ((0, 0, 100, 512), 4),
        ((0, 0, 509, 1023), 4),
        ((0, 0, 1024, 622), 8),
        ((-9000, 0, 9000, 622), 8),
        ((5, 5, 5, 5), 1),
    ],
)
def test_factor_of_a_box(tmp_path, box, factor):
    path = write_jpeg(tmp_path / 'a.jpg', blobs())
    results = LoadReducedImage(SIZE)(sample(path, box))
    image = results['img'] if factor == 1 else results['reduced_img']
    assert image.shape[:2] == (-(-HEIGHT // factor), -(-WIDTH // factor))


def test_the_smallest_box_of_several_decides(tmp_path):
    results = sample(write_jpeg(tmp_path / 'a.jpg', blobs()))
    small = np.array([[0, 0, 300, 300]], np.float32)
    results['bbox'] = np.concatenate([results['bbox'], small])
    image = LoadReducedImage(SIZE)(results)['reduced_img']
    assert image.shape[:2] == (311, 255)


def test_what_is_no_jpeg_is_loaded_as_ever(tmp_path):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, blobs())
    given = dict(sample('none.jpg'), img=blobs())
    for results in (sample(path), given):
        results = LoadReducedImage(SIZE)(results)
        np.testing.assert_array_equal(results['img'], blobs())
        assert 'reduced_mat' not in results


def test_other_transforms_do_not_take_it_for_the_whole(tmp_path):
    path = write_jpeg(tmp_path / 'a.jpg', blobs())
    steps = [LoadReducedImage(SIZE), GetBBoxCenterScale()]
    with pytest.raises(KeyError, match=r'a\.jpg .*TopdownAffineWithMatrix'):
        Compose([*steps, TopdownAffine(SIZE)])(sample(path))


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match=r'oversampling .* above 0, got 0'):
        LoadReducedImage(SIZE, oversampling=0)
    with pytest.raises(TypeError, match='no option color_type'):
        LoadReducedImage(SIZE, color_type='grayscale')
    with pytest.raises(FileNotFoundError, match=r'none\.jpg'):
        LoadReducedImage(SIZE)(sample(str(tmp_path / 'none.jpg')))
    broken = tmp_path / 'broken.jpg'
    broken.write_bytes(b'\xff\xd8 nothing more')
    with pytest.raises(AssertionError, match=r'broken\.jpg'):
        LoadReducedImage(SIZE)(sample(str(broken)))


def test_reduction_matrix():
    matrix = reduction_matrix((10, 9), 4, (False, True))
    # the first four pixels of a row have their mean at 1.5; of nine rows
    # that count from below the three means are of row 0, 1-4 and 5-8
    points = torch.tensor([[1.5, 2.5, 1], [5.5, 6.5, 1]]).double()
    expected = torch.tensor([[0.0, 1, 1], [1, 2, 1]]).double()
    torch.testing.assert_close(points @ matrix.T, expected)
