# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Evaluation of predictions: our PCK beside MMPose's."""

from collections.abc import Callable

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmpose.evaluation import PCKAccuracy

from mmpose_mlda.evaluation import PCK

from .alignment import Sizes

HEATMAPS = 16  # that samples share: 2 000 of their own would fill memories
BATCH = 32


def make_samples(number: int, sizes: Sizes) -> list[dict]:
    """Labels, and predictions a few pixels beside them."""
    rng = np.random.default_rng(0)
    shape = (1, sizes.joints, 2)
    heatmaps = torch.from_numpy(
        rng.random(
            (HEATMAPS, sizes.joints, sizes.heatmap, sizes.heatmap), np.float32
        )
    )
    side = sizes.image
    box = np.array([[0, 0, side, side]], np.float32)
    samples = []
    for index in range(number):
        labels = rng.uniform(0, side, shape).astype(np.float32)
        found = labels + rng.normal(0, 0.05 * side, shape).astype(np.float32)
        samples.append(
            dict(
                gt_instances=dict(
                    keypoints=labels,
                    keypoints_visible=np.ones(shape[:2], np.float32),
                    bboxes=box,
                ),
                pred_instances=dict(keypoints=found),
                pred_fields=dict(heatmaps=heatmaps[index % HEATMAPS]),
                input_size=(side, side),
                input_center=np.full(2, side / 2, np.float32),
                input_scale=np.full(2, side, np.float32),
            )
        )
    return samples


def functions(number: int, sizes: Sizes) -> dict[str, Callable[[], dict]]:
    """``'mmpose'``, ``'continuous'`` and ``'argmax'``, to be called.

    The first two score the same keypoints by the same side, so their
    accuracy is the same; the third finds the peaks of heatmaps too.
    """
    samples = make_samples(number, sizes)
    joints = list(range(sizes.joints))

    def ours(decode: str) -> PCK:
        return PCK(thr=0.05, decode=decode, groups={'body': joints})

    metrics = dict(
        mmpose=PCKAccuracy(thr=0.05),
        continuous=ours('continuous'),
        argmax=ours('argmax'),
    )
    return {
        name: lambda metric=metric: evaluate(metric, samples)
        for name, metric in metrics.items()
    }


def evaluate(metric: BaseMetric, samples: list[dict]) -> dict:
    """Hand a metric all samples, and ask for its values."""
    metric.dataset_meta = dict(
        num_keypoints=len(samples[0]['gt_instances']['keypoints'][0])
    )
    for start in range(0, len(samples), BATCH):
        metric.process({}, samples[start : start + BATCH])
    return metric.evaluate(len(samples))
