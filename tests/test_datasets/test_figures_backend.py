# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmcv
import numpy as np
import pytest
from mmengine import fileio
from mmpose.datasets.transforms import LoadImage

from mmpose_mlda.datasets import FiguresDataset


@pytest.fixture(scope='module')
def sample():
    return FiguresDataset('photo', 3, seed=5, offset=7, image_size=96)[1]


def test_address_leads_to_the_picture_of_the_sample(sample):
    content = fileio.get(sample['img_path'])
    np.testing.assert_array_equal(mmcv.imfrombytes(content), sample['img'])


def test_mmpose_loads_it_as_a_file(sample):
    loaded = LoadImage()(dict(img_path=sample['img_path']))
    np.testing.assert_array_equal(loaded['img'], sample['img'])
    assert loaded['ori_shape'] == (96, 96)


@pytest.mark.parametrize(
    ('address', 'error'),
    [
        ('figures://v1/photo/s0/96px/7.jpg', FileNotFoundError),
        ('figures://v1/photo/96px/7.png', FileNotFoundError),
        ('figures://v1/oil/s0/96px/7.png', ValueError),
        ('figures://v999/photo/s0/96px/7.png', ValueError),
    ],
)
def test_no_such_picture(address, error):
    with pytest.raises(error):
        fileio.get(address)


def test_pictures_hold_no_text(sample):
    with pytest.raises(TypeError, match='no text'):
        fileio.get_text(sample['img_path'])
