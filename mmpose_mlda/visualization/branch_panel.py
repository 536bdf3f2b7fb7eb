# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What all branches of one training step see, as one picture."""

from collections.abc import Iterable

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
    'student': "student's view,\npseudo-labels",
    'heatmaps': "student's heatmaps",
}


def branch_tiles(
    record: dict[str, Tensor],
    mean: Tensor | float,
    std: Tensor | float,
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
        dict: ``source``, and of ``stylised``, ``teacher``, ``student`` and
        ``heatmaps`` those that were recorded; (side, side', 3) uint8 RGB.
    """

    def values(name: str) -> np.ndarray:
        return record[name][index].float().cpu().numpy()

    def picture(name: str) -> tuple[np.ndarray, float]:
        batch = record[name][index : index + 1]
        return enlarge(to_images(batch, mean, std)[0], side)

    def pose(name: str, points: str, **marks) -> np.ndarray:
        image, scale = picture(name)
        if points not in record:
            return image
        # from pixel centre to pixel centre
        pixels = (values(points) + 0.5) * scale - 0.5
        return draw_pose(image, pixels, meta, **marks)

    def dropped(view: str) -> np.ndarray | None:
        if not {'keep', f'{view}_confidence'} <= record.keys():
            return None
        kept = values('confidence')[values('keep') > 0]
        # a view may have exchanged sides: joints are told by their values
        return ~np.isin(values(f'{view}_confidence'), kept)

    labelled = values('keypoint_weights') > 0
    tiles = {'source': pose('source', 'keypoints', shown=labelled)}
    if 'x_s' in record:
        tiles['stylised'] = pose('x_s', 'keypoints', shown=labelled)
    for view, images in (('teacher', 'x_teacher'), ('student', 'x_t')):
        if images in record:
            tiles[view] = pose(images, f'{view}_points', faint=dropped(view))
    if 'y_t' in record:
        tiles['heatmaps'] = draw_heatmaps(picture('x_t')[0], values('y_t'))
    return tiles


def branch_titles(record: dict, tiles: Iterable[str]) -> list[str]:
    """Titles of tiles; without pseudo-labels there is no occlusion."""
    titles = [_TITLES[name] for name in tiles]
    if 'teacher_points' not in record:
        titles = [title.split(',\n')[0] for title in titles]
    return titles


def branch_panel(
    record: dict[str, Tensor],
    mean: Tensor | float,
    std: Tensor | float,
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
    titles = branch_titles(record, rows[0])
    return picture_table([list(row.values()) for row in rows], titles, title)
