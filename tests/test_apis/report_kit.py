# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What networks answer, by hand, for the tests of reports."""

from types import SimpleNamespace

import numpy as np

from mmpose_mlda.apis.report_runs import Outcome, Pose


def outcome(distance, scored=None, images=None, joints=None, **quality):
    """An outcome with distances (N, K) in units of the side.

    Args:
        distance: (N, K).
        scored: (N, K); all of them by default.
        images: Paths; by default each sample is of another image.
        joints: Of the mean; all of them by default.
        quality: Other attributes of the scores.
    """
    distance = np.array(distance, float)
    number, keypoints = distance.shape
    if scored is None:
        scored = np.ones(distance.shape, bool)
    images = images or [f'{i:04d}.jpg' for i in range(number)]
    empty = np.zeros((keypoints, 2))
    poses = [
        Pose(path, empty, empty, mask, row, np.ones(keypoints))
        for path, mask, row in zip(images, scored, distance, strict=True)
    ]
    quality = SimpleNamespace(distance=distance, scored=scored, **quality)
    joints = [*range(keypoints)] if joints is None else joints
    return Outcome({}, quality, joints, poses)
