# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Predictions and labels out of MMPose's data samples, as dicts."""

import numpy as np
import torch


def to_numpy(values: np.ndarray | torch.Tensor) -> np.ndarray:
    """An array from an array or a tensor of any device and type."""
    if isinstance(values, np.ndarray):
        return values
    return values.detach().float().cpu().numpy()


def labels_in_input(sample: dict) -> tuple[np.ndarray, np.ndarray]:
    """Labels of a top-down sample in the frame of the network's input.

    Args:
        sample (dict): With ``gt_instances``, whose ``keypoints`` (1, K, 2) are
            in image pixels, and the meta that :func:`to_input` reads.

    Returns:
        tuple[np.ndarray, np.ndarray]: Input pixels (K, 2) and a mask (K,) of
        the visible ones.

    Raises:
        ValueError: If there is not one instance.
    """
    labels = sample['gt_instances']
    keypoints = to_numpy(labels['keypoints'])
    visible = to_numpy(labels['keypoints_visible'])
    if visible.ndim == 3:  # (visible, weight) of MMPose's KeypointConverter
        visible = visible[..., 0]
    if len(keypoints) != 1:
        raise ValueError(
            f'A sample must have one instance, this one has {len(keypoints)}:'
            " use a top-down data set (data_mode='topdown')."
        )
    # the papers' limit for a visible joint
    return to_input(sample, keypoints[0, :, :2]), visible[0] > 0.5


def predictions_in_input(sample: dict) -> np.ndarray:
    """The decoded keypoints of a top-down sample in input pixels.

    Args:
        sample (dict): With ``pred_instances``, whose ``keypoints`` (1, K, 2)
            MMPose has mapped to image pixels by the box alone, even if the
            view has another ``warp_mat``; here this is undone.

    Returns:
        np.ndarray: (K, 2), float64.
    """
    keypoints = to_numpy(sample['pred_instances']['keypoints'])
    return _by_box(sample, keypoints[0, :, :2])


def to_input(sample: dict, points: np.ndarray) -> np.ndarray:
    """Image pixels into input pixels, by the warp of the pipeline.

    Args:
        sample (dict): With ``warp_mat``, 3x3, or else MMPose's
            ``input_size``, ``input_center`` and ``input_scale``.
        points (np.ndarray): (K, 2).

    Returns:
        np.ndarray: (K, 2), float64.

    Raises:
        ValueError: If the sample has neither.
    """
    if 'warp_mat' not in sample:
        return _by_box(sample, points)
    matrix = np.asarray(sample['warp_mat'], np.float64)
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def _by_box(sample: dict, points: np.ndarray) -> np.ndarray:
    """The inverse of ``TopdownPoseEstimator.add_pred_to_datasample``."""
    keys = ('input_center', 'input_scale', 'input_size')
    missing = [key for key in keys if key not in sample]
    if missing:
        raise ValueError(
            f'A sample has no {", ".join(missing)}: add it to meta_keys of '
            'PackPoseInputs in the test pipeline.'
        )
    center, scale, size = (np.asarray(sample[key], np.float64) for key in keys)
    return (np.float64(points) - center + 0.5 * scale) / scale * size
