# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How far the predictions of a sample are from its labels."""

import numpy as np

from .functional import decode_argmax, label_cells, normalized_distance
from .samples import labels_in_input, predictions_in_input, to_numpy

DECODERS = ('argmax', 'continuous')
ROUNDINGS = ('round', 'floor')


def measure_distances(
    sample: dict,
    decode: str = 'argmax',
    label_rounding: str = 'round',
    exchange_sides: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Distances in units of the input's side, and which labels are scored.

    Args:
        sample (dict): Predictions and labels of one instance.
        decode (str): See :class:`PCK`.
        label_rounding (str): See :class:`PCK`.
        exchange_sides (bool): With ``'argmax'``, divide x by the height and y
            by the width.

    Returns:
        tuple[np.ndarray, np.ndarray]: (K,), float64, and (K,), bool.
    """
    points, visible = labels_in_input(sample)
    if decode == 'argmax':
        distance, inside = _on_heatmaps(
            sample, points, label_rounding, exchange_sides
        )
    else:
        distance, inside = _continuous(sample, points)
    return distance, inside & visible


def _on_heatmaps(
    sample: dict, points: np.ndarray, rounding: str, exchange_sides: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Distances (K,) on the heatmap, and which labels are on it."""
    fields = sample.get('pred_fields') or {}
    if 'heatmaps' not in fields:
        raise ValueError(
            "PCK(decode='argmax') needs the predicted heatmaps, which the "
            'model does not hand out: set '
            'model.test_cfg.output_heatmaps=True (in the config of the '
            "pose estimator), or decode='continuous'."
        )
    heatmaps = to_numpy(fields['heatmaps'])
    _check_number(heatmaps.shape[0], len(points))
    height, width = heatmaps.shape[1:]
    stride = np.array(sample['input_size']) / (width, height)
    cells, inside = label_cells(points, stride, (height, width), rounding)
    size = (height, width) if exchange_sides else (width, height)
    return normalized_distance(decode_argmax(heatmaps), cells, size), inside


def _continuous(
    sample: dict, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distances (K,) in the input, and which labels are inside of it."""
    predicted = predictions_in_input(sample)
    _check_number(len(predicted), len(points))
    size = np.array(sample['input_size'])
    # a pixel reaches half a pixel around its centre, an integer
    inside = ((points >= -0.5) & (points < size - 0.5)).all(axis=1)
    return normalized_distance(predicted, points, size), inside


def _check_number(predicted: int, labelled: int) -> None:
    if predicted != labelled:
        raise ValueError(
            f'PCK: {predicted} joints are predicted, {labelled} labelled. '
            'Give model and data set the same keypoint table, or convert the '
            "labels by MMPose's KeypointConverter."
        )
