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


def to_input(sample: dict, points: np.ndarray) -> np.ndarray:
    """Image pixels into input pixels, by the warp of the pipeline.

    Args:
        sample (dict): With ``input_size`` (width, height) and ``warp_mat``,
            3x3, or else MMPose's ``input_center`` and ``input_scale``.
        points (np.ndarray): (K, 2).

    Returns:
        np.ndarray: (K, 2), float64.

    Raises:
        ValueError: If the sample has neither.
    """
    warp = () if 'warp_mat' in sample else ('input_center', 'input_scale')
    missing = [key for key in ('input_size', *warp) if key not in sample]
    if missing:
        raise ValueError(
            f'A sample has no {", ".join(missing)}: add what is missing, or '
            'warp_mat, to meta_keys of PackPoseInputs in the test pipeline.'
        )
    points = np.asarray(points, np.float64)
    if not warp:
        matrix = np.asarray(sample['warp_mat'], np.float64)
        return points @ matrix[:2, :2].T + matrix[:2, 2]
    # the inverse of what TopdownPoseEstimator.add_pred_to_datasample does
    center, scale, size = (
        np.asarray(sample[key], np.float64) for key in (*warp, 'input_size')
    )
    return (points - center + 0.5 * scale) / scale * size
