# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What all branches of one training step see, as one picture."""

import numpy as np
from torch import Tensor

from .drawing import (
    draw_heatmaps,
    draw_pose,
    enlarge,
    picture_table,
    to_images,
)

_TITLES = {
    'source': 'source, labels',
    'stylised': 'stylised source',
    'teacher': "teacher's view,\npseudo-labels",
    'student': "student's view,\noccluded",
    'heatmaps': "student's heatmaps",
}


def branch_tiles(
    record: dict[str, Tensor],
    mean: Tensor,
    std: Tensor,
    meta: dict,
    index: int,
    side: int = 224,
) -> dict[str, np.ndarray]:
    """Pictures of one sample of a recorded step.

    Pseudo-labels that the mask drops are crosses without limbs.

    Args:
        record: What an adaptor recorded; see ``BaseAdaptor.record``.
        mean: Mean of the normalisation, (3, 1, 1).
        std: Standard deviation of the normalisation.
        meta: Metainfo of the data set.
        index: Which sample of the batch.
        side: Longer side of the pictures in pixels.

    Returns:
        dict: ``source`` and ``stylised``, and in the adaptation ``teacher``,
        ``student`` and ``heatmaps``; (side, side', 3) uint8 RGB each.
    """

    def picture(name: str) -> tuple[np.ndarray, float]:
        batch = record[name][index : index + 1]
        return enlarge(to_images(batch, mean, std)[0], side)

    def values(name: str) -> np.ndarray:
        return record[name][index].float().cpu().numpy()

    image, scale = picture('source')
    labelled = values('keypoint_weights') > 0
    keypoints = values('keypoints') * scale
    tiles = {'source': draw_pose(image, keypoints, meta, labelled)}
    image, scale = picture('x_s')
    tiles['stylised'] = draw_pose(image, keypoints, meta, labelled)
    if 'x_t' not in record:
        return tiles

    threshold = np.inf
    if 'keep' in record and record['keep'].any():
        threshold = record['confidence'][record['keep']].min().item()
    image, scale = picture('x_teacher')
    dropped = values('teacher_confidence') < threshold
    points = values('teacher_points') * scale
    tiles['teacher'] = draw_pose(image, points, meta, faint=dropped)
    image, scale = picture('x_t')
    dropped = values('student_confidence') < threshold
    points = values('student_points') * scale
    tiles['student'] = draw_pose(image, points, meta, faint=dropped)
    tiles['heatmaps'] = draw_heatmaps(image, values('y_t'))
    return tiles


def branch_panel(
    record: dict[str, Tensor],
    mean: Tensor,
    std: Tensor,
    meta: dict,
    samples: int = 4,
    title: str = '',
) -> np.ndarray:
    """One row a sample; see :func:`branch_tiles` for the arguments.

    Returns:
        np.ndarray: (H, W, 3), uint8 RGB.
    """
    count = min(samples, len(record['source']))
    rows = [branch_tiles(record, mean, std, meta, i) for i in range(count)]
    titles = [_TITLES[name] for name in rows[0]]
    return picture_table([list(row.values()) for row in rows], titles, title)
