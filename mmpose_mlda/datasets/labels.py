# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How a sample loses its labels."""

import numpy as np

# All that a sample of an unlabelled image may hold. A list of what is kept,
# not of what is dropped: a field nobody thought of must not leak a label.
IMAGE_KEYS = ('img', 'img_path', 'img_id', 'img_shape', 'ori_shape')
BOX_KEYS = ('id', 'category_id', 'bbox', 'bbox_score')
TABLE_KEYS = (
    'dataset_name',
    'upper_body_ids',
    'lower_body_ids',
    'flip_pairs',
    'flip_indices',
    'dataset_keypoint_weights',
    'skeleton_links',
)
KEPT_KEYS = (*IMAGE_KEYS, *BOX_KEYS, *TABLE_KEYS, 'sample_idx')


def drop_labels(data_info: dict, num_keypoints: int | None = None) -> dict:
    """A copy of a sample without anything that was labelled but its box.

    Keypoints and visibilities become zeros, so that MMPose's transforms go
    on working; ``num_keypoints``, ``area``, ``segmentation``,
    ``raw_ann_info`` and every field that is not known to be free of labels
    are gone.

    Args:
        data_info (dict): A sample of a top-down data set of MMPose's.
        num_keypoints (int, optional): K of the result. Defaults to that of
            ``data_info['keypoints']``, (1, K, 2).

    Returns:
        dict: The sample with ``keypoints`` (1, K, 2) and
        ``keypoints_visible`` (1, K), both float32 zeros.
    """
    if num_keypoints is None:
        num_keypoints = np.shape(data_info['keypoints'])[1]
    kept = {key: data_info[key] for key in KEPT_KEYS if key in data_info}
    kept['keypoints'] = np.zeros((1, num_keypoints, 2), np.float32)
    kept['keypoints_visible'] = np.zeros((1, num_keypoints), np.float32)
    return kept
