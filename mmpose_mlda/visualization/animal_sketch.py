# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A four-legged animal, drawn from its joints, that walks to the left.

It is seen from the front left, so that the eye and the legs of its right side
are seen too. Coordinates are pixels of a picture of :data:`SIZE`.
"""

from itertools import pairwise

import cv2
import numpy as np

SIZE = (640, 480)  # width, height
_PAPER, _FAR, _COAT = (250, 250, 250), (196, 190, 182), (222, 214, 202)

JOINTS = {
    'left_eye': (132, 86),
    'right_eye': (98, 82),
    'chin': (92, 142),
    'left_front_paw': (208, 430),
    'right_front_paw': (300, 408),
    'left_back_paw': (512, 432),
    'right_back_paw': (408, 412),
    'hip': (518, 176),
    'left_front_knee': (220, 348),
    'right_front_knee': (304, 334),
    'left_back_knee': (520, 352),
    'right_back_knee': (432, 340),
    'left_shoulder': (226, 206),
    'right_shoulder': (288, 170),
    'left_front_elbow': (240, 268),
    'right_front_elbow': (292, 254),
    'left_back_elbow': (486, 278),
    'right_back_elbow': (440, 262),
}
# where a leg begins at the trunk
_TOPS = {'front': (252, 218), 'back': (478, 214)}
_THICKNESS = (52, 30, 22)  # of the parts of a leg, from the trunk downwards


def animal_sketch() -> np.ndarray:
    """Draw the animal.

    Returns:
        np.ndarray: (H, W, 3), uint8 RGB.
    """
    image = np.full((*SIZE[::-1], 3), _PAPER, np.uint8)
    for leg in ('right_front', 'right_back'):
        _draw_leg(image, leg, _FAR)
    _draw_line(image, [(522, 172), (560, 190), (572, 250)], 12, _FAR)
    _draw_trunk(image)
    for leg in ('left_front', 'left_back'):
        _draw_leg(image, leg, _COAT)
    return image


def _draw_trunk(image: np.ndarray) -> None:
    """Trunk, neck, head and ears."""
    cv2.ellipse(
        image, (372, 212), (158, 74), 0, 0, 360, _COAT, -1, cv2.LINE_AA
    )
    neck = np.array([(330, 140), (150, 52), (118, 112), (220, 262)])
    cv2.fillConvexPoly(image, neck, _COAT, cv2.LINE_AA)
    _draw_line(image, [(152, 62), (140, 30)], 18, _FAR)
    cv2.ellipse(
        image, (116, 96), (60, 42), 118, 0, 360, _COAT, -1, cv2.LINE_AA
    )
    _draw_line(image, [(126, 62), (112, 34)], 18, _COAT)


def _draw_leg(image: np.ndarray, leg: str, colour: tuple) -> None:
    points = [_TOPS[leg.partition('_')[2]]]
    points += [JOINTS[f'{leg}_{part}'] for part in ('elbow', 'knee', 'paw')]
    for (start, end), width in zip(pairwise(points), _THICKNESS, strict=True):
        _draw_line(image, [start, end], width, colour)


def _draw_line(
    image: np.ndarray, points: list, width: int, colour: tuple
) -> None:
    """A line with round ends."""
    for start, end in pairwise(points):
        cv2.line(image, start, end, colour, width, cv2.LINE_AA)
    for point in points:
        cv2.circle(image, point, width // 2, colour, -1, cv2.LINE_AA)
