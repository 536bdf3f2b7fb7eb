# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Samples as a model hands them to a metric, made by hand."""

import numpy as np
import torch


def make_sample(predicted, labels, size=(64, 64), stride=4):
    """One sample from heatmap cells.

    Args:
        predicted: (x, y) of each joint's peak; ``None``: no positive value.
        labels: (x, y) of each joint's label; ``None``: not visible.
        size: Heatmap (w, h).
        stride: Input pixels per cell. Image pixels are twice input pixels.
    """
    num_keypoints = len(labels)
    heatmaps = torch.zeros(num_keypoints, size[1], size[0])
    keypoints = np.zeros((1, num_keypoints, 2), np.float32)
    found = np.zeros((1, num_keypoints, 2), np.float32)
    visible = np.zeros((1, num_keypoints), np.float32)
    for k, (peak, label) in enumerate(zip(predicted, labels, strict=True)):
        if peak is not None:
            heatmaps[k, peak[1], peak[0]] = 1
            found[0, k] = np.array(peak) * stride * 2
        if label is not None:
            keypoints[0, k] = np.array(label) * stride * 2
            visible[0, k] = 1
    input_size = np.array(size) * stride
    return {
        'gt_instances': {'keypoints': keypoints, 'keypoints_visible': visible},
        'pred_instances': {'keypoints': found},
        'pred_fields': {'heatmaps': heatmaps},
        'input_size': tuple(input_size.tolist()),
        'input_center': input_size.astype(np.float32),
        'input_scale': 2 * input_size.astype(np.float32),
    }


def random_samples(num, num_keypoints=14, seed=0):
    """Samples about half of whose joints are correct, some not labelled."""
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(num):
        labels = rng.integers(0, 60, (num_keypoints, 2))
        peaks = (labels + rng.integers(-4, 5, labels.shape)).clip(0, 63)
        keep = rng.random(num_keypoints) < 0.7
        samples.append(
            make_sample(
                peaks.tolist(),
                [
                    label if k else None
                    for label, k in zip(labels.tolist(), keep, strict=True)
                ],
            )
        )
    return samples
