# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Version 1 must never change; if this fails, add a version instead."""

import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.figures import render_figure

# (style, index): head top, left wrist and right ankle at 256 px; the sum of
# all coordinates; which joints are seen, in the skeleton's order; grey values
# of the picture shrunk to 4 x 4.
FROZEN = {
    ('synthetic', 0): (
        [(144.22, 10.31), (159.25, 83.23), (98.45, 203.91)],
        5644.0,
        '0001110110111001101110',
        [
            (227, 223, 206, 227, 197, 187, 154, 197),
            (191, 155, 145, 191, 191, 172, 176, 191),
        ],
    ),
    ('synthetic', 1): (
        [(149.63, 41.88), (136.32, 78.42), (101.41, 213.53)],
        5801.2,
        '0001111110111011100010',
        [
            (211, 211, 203, 212, 201, 195, 190, 196),
            (200, 188, 176, 193, 200, 185, 198, 189),
        ],
    ),
    ('synthetic', 12345): (
        [(104.28, 6.06), (107.13, 117.33), (78.59, 211.94)],
        5002.3,
        '0000110110000011101110',
        [
            (224, 177, 202, 219, 223, 182, 189, 216),
            (243, 203, 196, 238, 245, 226, 232, 245),
        ],
    ),
    ('photo', 0): (
        [(118.12, 56.52), (118.34, 131.47), (115.94, 188.45)],
        5378.0,
        '0011111110110011001110',
        [
            (152, 162, 182, 190, 163, 154, 156, 163),
            (167, 144, 169, 152, 148, 157, 165, 164),
        ],
    ),
    ('photo', 1): (
        [(103.95, 45.42), (160.71, 51.67), (72.21, 203.79)],
        4646.2,
        '1011111110111011101110',
        [
            (145, 128, 133, 138, 145, 126, 161, 154),
            (132, 115, 150, 138, 118, 103, 121, 121),
        ],
    ),
    ('photo', 12345): (
        [(116.59, 85.81), (124.88, 189.0), (84.28, 281.17)],
        6192.7,
        '0011111110100011001110',
        [
            (170, 188, 175, 154, 184, 174, 194, 171),
            (185, 137, 184, 173, 155, 106, 137, 152),
        ],
    ),
}


@pytest.mark.parametrize(('style', 'index'), [*FROZEN])
def test_version_1_is_frozen(style, index):
    points, total, seen, grey = FROZEN[style, index]
    figure = render_figure(style, 0, index, 256, version=1)
    names = ('head_top', 'left_wrist', 'right_ankle')
    actual = [figure.joints[name] for name in names]
    np.testing.assert_allclose(actual, points, atol=0.01)
    assert np.sum([*figure.joints.values()]) == pytest.approx(total, abs=0.2)
    assert ''.join(str(int(v)) for v in figure.visible.values()) == seen
    image = cv2.cvtColor(figure.image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(image, (4, 4), interpolation=cv2.INTER_AREA)
    # Builds of OpenCV round edges and JPEG blocks a little differently.
    np.testing.assert_allclose(small.reshape(2, 8).astype(int), grey, atol=3)
