# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap

from mmpose_mlda.functional.decoding import msra_keypoints


def test_by_hand():
    maps = torch.zeros(1, 4, 5, 6)
    maps[0, 0, 2, 3] = 1.0
    maps[0, 0, 2, 4] = 0.5  # right of the peak
    maps[0, 0, 1, 3] = 0.2  # above it
    maps[0, 1, 2, 1] = 1.0  # x = 1 stays, as in MMPose; y moves down
    maps[0, 1, 2, 2] = maps[0, 1, 3, 1] = 0.5
    maps[0, 2, 0, 0] = 2.0
    maps[0, 2, 0, 1] = 1.0
    maps[0, 3] = -1.0  # nothing positive
    keypoints, scores = msra_keypoints(maps)
    assert keypoints[0].tolist() == [
        [3.25, 1.75],
        [1.0, 2.25],
        [0.0, 0.0],
        [-1.0, -1.0],
    ]
    assert scores[0].tolist() == [1.0, 1.0, 2.0, -1.0]


@pytest.mark.parametrize('size', [(6, 5), (3, 3), (2, 4), (8, 1)])
def test_as_the_codec_of_mmpose(size):
    width, height = size
    codec = MSRAHeatmap((4 * width, 4 * height), size, sigma=1)
    generator = torch.Generator().manual_seed(0)
    maps = torch.randint(-2, 4, (50, 7, height, width), generator=generator)
    keypoints, scores = msra_keypoints(maps.float())
    for b in range(50):
        # ties and borders included
        expected = codec.decode(maps[b].float().numpy())
        np.testing.assert_array_equal(4 * keypoints[b], expected[0][0])
        np.testing.assert_array_equal(scores[b], expected[1][0])
