# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np

from mmpose_mlda.datasets import drop_labels


def sample():
    return {
        'img_path': 'a.jpg',
        'bbox': np.ones((1, 4)),
        'flip_indices': [1, 0],
        'keypoints': np.full((1, 2, 2), 7.0),
        'keypoints_visible': np.ones((1, 2)),
        'keypoints_visible_weights': np.ones((1, 2)),
        'transformed_keypoints': np.full((1, 2, 2), 7.0),
        'num_keypoints': 2,
        'area': 3.0,
        'segmentation': [[7.0, 7.0]],
        'raw_ann_info': {'keypoints': [7.0] * 6},
        'head_size': 7.0,
        'a_field_of_tomorrow': 7.0,
    }


def test_only_image_box_and_table_stay():
    dropped = drop_labels(sample())
    assert set(dropped) == {
        'img_path', 'bbox', 'flip_indices', 'keypoints', 'keypoints_visible',
    }  # fmt: skip
    assert dropped['keypoints'].shape == (1, 2, 2)
    assert dropped['keypoints_visible'].shape == (1, 2)
    assert not dropped['keypoints'].any()
    assert not dropped['keypoints_visible'].any()
    assert dropped['keypoints'].dtype == np.float32


def test_input_is_untouched():
    info = sample()
    drop_labels(info)
    assert (info['keypoints'] == 7).all()
    assert 'raw_ann_info' in info


def test_number_of_keypoints():
    assert drop_labels(sample(), 14)['keypoints'].shape == (1, 14, 2)
    assert drop_labels({'img_path': 'a.jpg'}, 3)['keypoints'].shape == (
        1,
        3,
        2,
    )
