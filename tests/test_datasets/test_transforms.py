# Copyright (c) mmpose_mlda contributors. All rights reserved.
# ruff: noqa: NPY002 (MMPose's transforms use numpy's global generator)
import math

import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine
from scipy import stats
from scipy.ndimage import gaussian_filter, map_coordinates

from mmpose_mlda.datasets import RandomBoxCrop, TopdownAffineWithMatrix

FLIP = [1, 0, 3, 2, 4, 5]
CENTRE, SCALE = (61.0, 45.0), (70.0, 50.0)
STILL = dict(rotation=0, shear=0, scale=(1, 1), translation=0)


def textured(seed=0, shape=(90, 120, 3)):
    """A soft image: cv2 rounds positions to 1/32 pixel, which at a sharp
    edge is more than two grey levels."""
    noise = np.random.default_rng(seed).normal(size=shape)
    noise = gaussian_filter(noise, (3, 3, 0))
    return np.clip(128 + 500 * noise, 1, 255).astype(np.uint8)


def sample(seed=0, joints=6, image=None):
    rng = np.random.default_rng(seed)
    keypoints = rng.uniform(-5, [125, 95], (1, joints, 2))
    return dict(
        img=textured(seed) if image is None else image,
        img_path='a.jpg',
        bbox_center=np.array([CENTRE], np.float32),
        bbox_scale=np.array([SCALE], np.float32),
        keypoints=keypoints.astype(np.float32),
        keypoints_visible=rng.choice([0, 1], (1, joints)).astype(np.float32),
        flip_indices=FLIP[:joints],
    )


def canonical_point(point, input_size, centre=CENTRE, scale=SCALE):
    """Box -> input, by hand: the box, extended to the input's aspect ratio,
    fills it, and its centre is at (W / 2, H / 2)."""
    width, height = input_size
    zoom = min(width / scale[0], height / scale[1])
    return (
        (point[0] - centre[0]) * zoom + width / 2,
        (point[1] - centre[1]) * zoom + height / 2,
    )


def view_point(point, params, input_size):
    """The augmentation, one step after the other about the centre."""
    x, y = point[0] - input_size[0] / 2, point[1] - input_size[1] / 2
    if params['mirror']:
        x = -x
    x = x - math.tan(math.radians(params['shear'])) * y
    x, y = x * params['scale'], y * params['scale']
    angle = math.radians(params['rotation'])
    x, y = (
        x * math.cos(angle) - y * math.sin(angle),
        x * math.sin(angle) + y * math.cos(angle),
    )
    return (
        x + params['translation'][0] + input_size[0] / 2,
        y + params['translation'][1] + input_size[1] / 2,
    )


def drawn(transform, seed):
    """Parameters that the next call of the transform draws."""
    np.random.seed(seed)
    params = transform._view_params()
    np.random.seed(seed)
    return params


# --------------------------------------------------------------- the warp
@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('input_size', [(64, 48), (48, 64), (40, 40)])
def test_without_augmentation_it_is_mmposes(input_size, use_udp):
    for rotation in (None, 25.0):
        ours, theirs = sample(), sample()
        if rotation:
            for results in (ours, theirs):
                results['bbox_rotation'] = np.array([rotation], np.float32)
        ours = TopdownAffineWithMatrix(input_size, use_udp=use_udp, **STILL)(
            ours
        )
        theirs = TopdownAffine(input_size, use_udp=use_udp)(theirs)
        np.testing.assert_array_equal(ours['img'], theirs['img'])
        np.testing.assert_allclose(
            ours['transformed_keypoints'],
            theirs['transformed_keypoints'],
            atol=1e-3,
        )
        assert ours['transformed_keypoints'].dtype == np.float32
        for key in ('input_size', 'input_center', 'input_scale'):
            np.testing.assert_array_equal(ours[key], theirs[key])
        np.testing.assert_array_equal(ours['bbox_scale'], theirs['bbox_scale'])
        np.testing.assert_allclose(
            ours['warp_mat'], ours['canonical_mat'], atol=1e-12
        )


@pytest.mark.parametrize('input_size', [(64, 48), (48, 64)])
@pytest.mark.parametrize('mirror', [0.0, 1.0])
def test_joints_and_matrices(input_size, mirror):
    transform = TopdownAffineWithMatrix(input_size, mirror_prob=mirror)
    for seed in range(20):
        params = drawn(transform, seed)
        before, results = sample(seed), transform(sample(seed))
        assert params['mirror'] == (mirror == 1)
        assert results['warp_mat'].dtype == np.float64
        for k in range(6):
            # in a mirror the left joint is called the right one
            joint = FLIP[k] if mirror else k
            point = before['keypoints'][0, joint].astype(np.float64)
            canonical = canonical_point(point, input_size)
            expected = view_point(canonical, params, input_size)
            got = results['transformed_keypoints'][0, k]
            np.testing.assert_allclose(got, expected, rtol=0, atol=0.01)
            assert (
                results['keypoints_visible'][0, k]
                == before['keypoints_visible'][0, joint]
            )
            for name, wanted in (
                ('canonical_mat', canonical),
                ('warp_mat', expected),
            ):
                moved = results[name] @ [*point, 1]
                np.testing.assert_allclose(
                    moved, [*wanted, 1], rtol=0, atol=0.01
                )
        # what is labelled stays as it is
        np.testing.assert_array_equal(
            results['keypoints'], before['keypoints']
        )


def assert_warped_image(results, image, input_size):
    """Every pixel of the view, from the matrix and scipy."""
    width, height = input_size
    rows, columns = np.zeros((2, height, width))
    inverse = np.linalg.inv(results['warp_mat'])
    for y, x in np.ndindex(height, width):
        columns[y, x], rows[y, x] = (inverse @ [x, y, 1])[:2]
    options = dict(order=1, mode='grid-constant', cval=0)
    covered = map_coordinates(
        np.ones(image.shape[:2]), [rows, columns], **options
    )
    # not on the seam between the image and the black around it
    clear = (covered < 0.001) | (covered > 0.999)
    assert clear.mean() > 0.85
    for c in range(3):
        expected = map_coordinates(
            image[..., c].astype(float), [rows, columns], **options
        )
        difference = np.abs(results['img'][..., c] - expected)
        assert difference[clear].max() <= 2


@pytest.mark.parametrize('input_size', [(64, 48), (48, 64)])
def test_the_image_against_scipy(input_size):
    transform = TopdownAffineWithMatrix(input_size, mirror_prob=0.5)
    for seed in range(6):
        np.random.seed(seed)
        results = transform(sample(seed))
        assert results['img'].shape == (*input_size[::-1], 3)
        assert results['img'].dtype == np.uint8
        assert_warped_image(results, textured(seed), input_size)


def test_photographs_against_scipy(shared_dir):
    transform = TopdownAffineWithMatrix((128, 128))
    for number in (1, 2):
        path = shared_dir / f'data/lspet/images/im{number:05d}.jpg'
        image = cv2.GaussianBlur(cv2.imread(str(path)), None, 1)
        results = sample(image=image)
        size = np.array(image.shape[1::-1], np.float32)
        results['bbox_center'] = size[None] / 2
        results['bbox_scale'] = size[None]
        np.random.seed(number)
        assert_warped_image(transform(results), image, (128, 128))


def test_a_joint_stays_on_its_pixel():
    """A dot of the image is where its joint is."""
    transform = TopdownAffineWithMatrix((64, 64), mirror_prob=0.5)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x, y = rng.integers(40, 80), rng.integers(30, 60)
        image = np.zeros((90, 120, 3), np.uint8)
        image[y, x] = 255
        image = cv2.GaussianBlur(image, None, 2) * 8
        results = sample(seed, image=image)
        results['keypoints'][0, 4] = x, y  # a joint without a partner
        np.random.seed(seed)
        results = transform(results)
        point = results['transformed_keypoints'][0, 4]
        weight = results['img'][..., 0].astype(float)
        if point.min() < 8 or point.max() > 56:
            continue
        rows, columns = np.mgrid[:64, :64]
        centre = [
            (weight * axis).sum() / weight.sum() for axis in (columns, rows)
        ]
        np.testing.assert_allclose(point, centre, atol=0.1)


def decode(results, input_size):
    """Parameters of the view, from its matrix."""
    view = results['warp_mat'] @ np.linalg.inv(results['canonical_mat'])
    scale = math.hypot(view[0, 0], view[1, 0])
    angle = math.atan2(view[1, 0], view[0, 0])
    cos, sin = math.cos(angle), math.sin(angle)
    upright = np.array([[cos, sin], [-sin, cos]]) @ view[:2, :2] / scale
    np.testing.assert_allclose(upright[:, 0], [1, 0], atol=1e-9)
    assert upright[1, 1] == pytest.approx(1)
    centre = np.array(input_size) / 2
    return dict(
        scale=scale,
        rotation=math.degrees(angle),
        shear=math.degrees(math.atan(-upright[0, 1])),
        translation=view[:2] @ [*centre, 1] - centre,
    )


def test_default_ranges_are_those_of_the_papers():
    transform = TopdownAffineWithMatrix((256, 128))
    small = np.zeros((4, 4, 3), np.uint8)
    np.random.seed(0)
    draws = [
        decode(transform(sample(image=small)), (256, 128)) for _ in range(500)
    ]
    for name, low, high in [
        ('rotation', -60, 60),
        ('shear', -30, 30),
        ('scale', 0.6, 1.3),
    ]:
        values = np.array([d[name] for d in draws])
        law = stats.uniform(low, high - low)
        assert low <= values.min()
        assert values.max() <= high
        assert stats.kstest(values, law.cdf).pvalue > 1e-3
    shifts = np.array([d['translation'] for d in draws])
    np.testing.assert_allclose(shifts, np.round(shifts), atol=1e-6)
    # 5 % of the sides, 12.8 and 6.4 pixels, rounded
    np.testing.assert_allclose(np.abs(shifts).max(axis=0), [13, 6], atol=1e-6)
    assert abs(np.mean(shifts[:, 0])) < 1.5


def test_mirror_probability():
    transform = TopdownAffineWithMatrix((32, 32), mirror_prob=0.3)
    small = np.zeros((4, 4, 3), np.uint8)
    np.random.seed(0)
    mirrored = [
        np.linalg.det(transform(sample(image=small))['warp_mat'][:2, :2]) < 0
        for _ in range(600)
    ]
    # three standard deviations are 0.056
    assert np.mean(mirrored) == pytest.approx(0.3, abs=0.056)


def test_both_views_share_their_canonical_frame():
    results = RandomBoxCrop()(sample())
    transform = TopdownAffineWithMatrix((64, 48))
    first, second = (
        transform(dict(results, img=results['img'].copy())) for _ in range(2)
    )
    np.testing.assert_array_equal(
        first['canonical_mat'], second['canonical_mat']
    )
    assert not np.allclose(first['warp_mat'], second['warp_mat'])


def test_weights_beside_visibilities():
    """KeypointConverter makes visibilities (1, K, 2)."""
    results = sample()
    visible = np.random.default_rng(0).random((1, 6, 2)).astype(np.float32)
    results['keypoints_visible'] = visible
    results = TopdownAffineWithMatrix((32, 32), mirror_prob=1.0)(results)
    np.testing.assert_array_equal(
        results['keypoints_visible'], visible[:, FLIP]
    )


def test_without_keypoints():
    results = sample()
    del results['keypoints']
    results = TopdownAffineWithMatrix((32, 32))(results)
    assert results['img'].shape == (32, 32, 3)
    assert results['warp_mat'].shape == (3, 3)


def test_black_beyond_the_crop():
    for seed in range(6):
        views = {}
        for fill in ('image', 'black'):
            np.random.seed(seed)
            transform = TopdownAffineWithMatrix((64, 48), crop_fill=fill)
            views[fill] = transform(sample(seed))
        result = views['black']
        np.testing.assert_array_equal(
            result['warp_mat'], views['image']['warp_mat']
        )
        back = result['canonical_mat'] @ np.linalg.inv(result['warp_mat'])
        seen = 0
        for y, x in np.ndindex(48, 64):
            u, v = (back @ [x, y, 1])[:2]
            beyond = max(-0.5 - u, u - 63.5, -0.5 - v, v - 47.5)
            if beyond > 1.5:
                assert not result['img'][y, x].any()
                seen += views['image']['img'][y, x].any()
            elif beyond < -1.5:
                np.testing.assert_array_equal(
                    result['img'][y, x], views['image']['img'][y, x]
                )
    assert seen > 100  # the photograph goes on there


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(crop_fill='white'), "'white'"),
        (dict(scale=(1.3, 0.6)), r'1\.3, 0\.6'),
        (dict(scale=(0, 1)), r'0, 1'),
        (dict(shear=90), '90'),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        TopdownAffineWithMatrix((32, 32), **options)


def test_several_boxes_are_refused():
    results = sample()
    results['bbox_center'] = np.repeat(results['bbox_center'], 2, axis=0)
    with pytest.raises(ValueError, match=r'a\.jpg has 2'):
        TopdownAffineWithMatrix((32, 32))(results)


# --------------------------------------------------------------- the crop
def crops(transform, count=2000, scale=(80.0, 80.0)):
    """Relative side and relative offset of many crops of one box."""
    np.random.seed(0)
    sides, offsets = [], []
    for _ in range(count):
        results = dict(
            bbox_center=np.array([[50.0, 40.0]], np.float32),
            bbox_scale=np.array([scale], np.float32),
        )
        results = transform(results)
        sides.append(results['bbox_scale'][0] / scale)
        offsets.append((results['bbox_center'][0] - [50, 40]) / scale)
    return np.array(sides), np.array(offsets)


def test_crop_law():
    sides, offsets = crops(RandomBoxCrop())
    np.testing.assert_allclose(sides[:, 0], sides[:, 1], rtol=1e-6)
    # of U(0.6, 1.3) the areas that fit: U(0.6, 1)
    area = stats.uniform(0.6, 0.4)
    assert stats.kstest(sides[:, 0] ** 2, area.cdf).pvalue > 1e-3
    room = (1 - sides) / 2
    assert (np.abs(offsets) <= room + 1e-6).all()
    relative = (offsets / room).ravel()
    law = stats.uniform(-1, 2)
    assert stats.kstest(relative, law.cdf).pvalue > 1e-3
    # x and y independent of each other
    assert abs(np.corrcoef(offsets.T / room.T)[0, 1]) < 0.07


def test_crop_that_never_fits_is_the_whole_box():
    sides, offsets = crops(RandomBoxCrop(area=(1.5, 2.0)), count=5)
    assert (sides == 1).all()
    assert (offsets == 0).all()
    # ten tries: (3/4)^10 = 5.6 % of whole boxes for U(0.8, 1.6)
    sides, _ = crops(RandomBoxCrop(area=(0.8, 1.6)))
    assert (sides[:, 0] == 1).mean() == pytest.approx(0.056, abs=0.016)


def test_crop_extends_the_box_first():
    """As TopdownAffine does, so that the crop keeps within what it shows."""
    np.random.seed(0)
    results = RandomBoxCrop(area=(1.0, 1.0), aspect_ratio=0.75)(
        dict(
            bbox_center=np.array([[50.0, 40.0]], np.float32),
            bbox_scale=np.array([[60.0, 40.0]], np.float32),
        )
    )
    np.testing.assert_allclose(results['bbox_scale'], [[60, 80]])
    np.testing.assert_allclose(results['bbox_center'], [[50, 40]])


def test_bad_areas_are_refused():
    for area in ((0, 1), (1.3, 0.6)):
        with pytest.raises(ValueError, match='area'):
            RandomBoxCrop(area=area)
