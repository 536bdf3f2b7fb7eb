# Copyright (c) mmpose_mlda contributors. All rights reserved.
# ruff: noqa: NPY002 (MMPose's transforms use numpy's global generator)
import json

import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets import LoadStylized
from mmpose_mlda.datasets.stylized_files import common_folder

GREY = dict(source=10, first=100, second=200)


@pytest.fixture
def folders(tmp_path):
    """An image in two folders and its two styles, each of another grey."""
    for name, path in (
        ('source', 'data/a/im.png'),
        ('first', 'cache/style_00/a/im.png'),
        ('second', 'cache/style_01/a/im.png'),
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        image = np.full((4, 5, 3), GREY[name], np.uint8)
        cv2.imwrite(str(tmp_path / path), image)
    marker = dict(
        root=str(tmp_path / 'data'), styles_per_image=2, complete=True
    )
    (tmp_path / 'cache/cache.json').write_text(json.dumps(marker))
    return tmp_path


def sample(folders):
    return dict(img_path=str(folders / 'data/a/im.png'), img_id=3)


def test_versions_are_drawn_alike(folders):
    np.random.seed(0)
    load = LoadStylized(str(folders / 'cache'), prob=0.5)
    greys = []
    for _ in range(400):
        results = load(sample(folders))
        assert results['img'].shape == (4, 5, 3)
        assert results['img_shape'] == results['ori_shape'] == (4, 5)
        assert results['img_path'] == sample(folders)['img_path']
        assert results['img_id'] == 3
        greys.append(results['img'][0, 0, 0])
    counts = {grey: greys.count(grey) for grey in GREY.values()}
    # 400 * (1/2, 1/4, 1/4), four standard deviations
    assert abs(counts[10] - 200) < 40
    assert abs(counts[100] - 100) < 35
    assert abs(counts[200] - 100) < 35


def test_rendered_images_are_replaced(folders):
    rendered = np.full((4, 5, 3), 77, np.uint8)
    given = dict(sample(folders), img=rendered)
    always = LoadStylized(str(folders / 'cache'), prob=1)
    never = LoadStylized(str(folders / 'cache'), prob=0)
    assert always(dict(given))['img'][0, 0, 0] in (100, 200)
    assert never(dict(given))['img'][0, 0, 0] == 77


def test_images_that_have_moved(folders):
    moved = folders / 'moved'
    (folders / 'data').rename(moved)
    results = dict(img_path=str(moved / 'a/im.png'))
    cache = str(folders / 'cache')
    with pytest.raises(ValueError, match=r'im\.png is not below .*data'):
        LoadStylized(cache, prob=1)(results)
    load = LoadStylized(cache, prob=1, root=str(moved))
    assert load(results)['img'][0, 0, 0] in (100, 200)


def test_refusals(folders):
    cache = folders / 'cache'
    with pytest.raises(ValueError, match='prob is 2'):
        LoadStylized(str(cache), prob=2)
    with pytest.raises(FileNotFoundError, match=r'no cache .*cache_stylized'):
        LoadStylized(str(folders / 'data'))
    (cache / 'style_00/a/im.png').unlink()
    (cache / 'style_01/a/im.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'im\.png'):
        LoadStylized(str(cache), prob=1)(sample(folders))
    marker = json.loads((cache / 'cache.json').read_text())
    (cache / 'cache.json').write_text(
        json.dumps({**marker, 'complete': False})
    )
    with pytest.raises(ValueError, match='not complete'):
        LoadStylized(str(cache))


@pytest.mark.parametrize(
    ('images', 'folder'),
    [
        (['/d/a/1.jpg', '/d/a/2.jpg'], '/d/a'),
        (['/d/a/1.jpg', '/d/ab/2.jpg'], '/d'),
        (['../d/a/1.jpg', '../d/2.jpg'], '../d'),
        (['figures://v1/photo/1.png'], 'figures:/v1/photo'),
    ],
)
def test_common_folder(images, folder):
    assert common_folder(images) == folder
