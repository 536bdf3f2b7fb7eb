# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import numpy as np
import pytest
from test_converters.kit import PERSON, convert, write_surreal

from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.datasets import SURREALDataset


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    raw = tmp_path_factory.mktemp('surreal')
    write_surreal(raw / 'cmu')
    assert convert(Surreal, raw / 'cmu', raw / 'out') == 0
    return raw / 'out'


def joints_of(root, **options):
    dataset = SURREALDataset(
        data_root=str(root),
        ann_file='annotations/surreal_val.json',
        data_prefix=dict(img='images/'),
        **options,
    )
    info = dataset.get_data_info(0)
    names = dataset.metainfo['keypoint_id2name'].values()
    points = info['keypoints'][0]
    assert info['keypoints_visible'].shape == (1, 16)
    assert info['num_keypoints'] == 16
    np.testing.assert_array_equal(
        np.reshape(info['raw_ann_info']['keypoints'], (16, 3))[:, :2], points
    )
    return dict(zip(names, points, strict=True))


def test_left_and_right_are_the_persons_own(root):
    joints = joints_of(root)
    # the person faces the camera: its right is on the left of the image
    for part in ('ankle', 'knee', 'hip', 'wrist', 'elbow', 'shoulder'):
        assert joints[f'right_{part}'][0] < joints[f'left_{part}'][0]
    assert joints['head'][1] < joints['neck'][1] < joints['pelvis'][1]


@pytest.mark.parametrize(
    ('shoulders', 'right', 'left'), [('collar', 13, 14), ('arm', 16, 17)]
)
def test_shoulders(root, shoulders, right, left):
    joints = joints_of(root, shoulders=shoulders)
    corner = np.subtract(PERSON[0], joints['pelvis'])
    np.testing.assert_array_equal(
        joints['right_shoulder'] + corner, PERSON[right]
    )
    np.testing.assert_array_equal(
        joints['left_shoulder'] + corner, PERSON[left]
    )


def test_wrong_shoulders(root):
    with pytest.raises(ValueError, match="'collar' or 'arm', got 'x'"):
        joints_of(root, shoulders='x')


def test_files_with_16_joints_are_read_as_they_are(root, tmp_path):
    content = json.loads(
        (root / 'annotations' / 'surreal_val.json').read_text()
    )
    label = content['annotations'][0]
    label['keypoints'] = [v for k in range(16) for v in (k, 2 * k, 2)]
    label['num_keypoints'] = 16
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'images').symlink_to(root / 'images')
    path = tmp_path / 'annotations' / 'surreal_val.json'
    path.write_text(json.dumps(content))
    joints = joints_of(tmp_path, shoulders='arm')
    assert joints['left_wrist'].tolist() == [15, 30]
