# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The joints of a keypoint table with numbers, and a list of their names."""

import cv2
import numpy as np

from .drawing import draw_pose

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _WHITE = (40, 40, 40), (255, 255, 255)
_COLUMN, _MARGIN = 210, 14  # pixels


def joint_chart(
    image: np.ndarray, points: np.ndarray, meta: dict
) -> np.ndarray:
    """Draw a table's joints on a picture of a body.

    Args:
        image: (H, W, 3), uint8 RGB.
        points: (K, 2), pixels of the image.
        meta: Metainfo of the table, see :func:`draw_pose`.

    Returns:
        np.ndarray: (H, W', 3), uint8 RGB; the names are on the right.
    """
    image = draw_pose(image, points, meta)
    middle = points.mean(axis=0)
    for joint, point in enumerate(points):
        # away from the middle, so that limbs are not written over
        outward = 1 if point[0] >= middle[0] else -1
        _number(image, joint, point, outward)
    return np.hstack([image, _names(len(image), meta)])


def _number(
    image: np.ndarray, joint: int, point: np.ndarray, outward: int
) -> None:
    text = str(joint)
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.55, 1)
    x = point[0] + 12 if outward > 0 else point[0] - 12 - width
    origin = round(float(x)), round(float(point[1])) + height // 2
    for colour, weight in ((_WHITE, 4), (_INK, 1)):
        cv2.putText(
            image, text, origin, _FONT, 0.55, colour, weight, cv2.LINE_AA
        )


def _names(height: int, meta: dict) -> np.ndarray:
    """The list of numbers and names, (height, W, 3)."""
    names = meta['keypoint_id2name']
    column = np.full((height, _COLUMN, 3), 255, np.uint8)
    step = (height - 2 * _MARGIN) / len(names)
    for joint in range(len(names)):
        y = round(_MARGIN + (joint + 0.5) * step)
        colour = tuple(int(c) for c in meta['keypoint_colors'][joint])
        cv2.circle(column, (_MARGIN, y), 6, colour, -1, cv2.LINE_AA)
        text = f'{joint} {names[joint].replace("_", " ")}'
        origin = (_MARGIN + 14, y + 5)
        cv2.putText(column, text, origin, _FONT, 0.48, _INK, 1, cv2.LINE_AA)
    return column
