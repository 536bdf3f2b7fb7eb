# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Sections of a report on single images and on the course of a run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mmpose_mlda.visualization.report import Picture, Section
from mmpose_mlda.visualization.report_figures import pose_pair

from .report_accuracy import NO_LABELS
from .report_runs import Outcome, Pose

_WORST, _OTHERS = 6, 3
_PANELS = 3


def ranked(errors: list[float]) -> dict[str, list[int]]:
    """Indices of the worst, middle and best samples, NaN left out.

    Args:
        errors: One a sample.

    Returns:
        dict: {'worst': indices, 'median': ..., 'best': ...}, none twice.
    """
    order = [int(i) for i in np.argsort(errors) if errors[i] == errors[i]]
    worst, order = order[-_WORST:][::-1], order[:-_WORST]
    best, order = order[:_OTHERS], order[_OTHERS:]
    first = max((len(order) - _OTHERS) // 2, 0)
    return {
        'worst': worst,
        'median': order[first : first + _OTHERS],
        'best': best,
    }


def cases_section(
    outcome: Outcome | None,
    read: Callable[[int], np.ndarray] | None,
    meta: dict | None,
) -> Section:
    """Labelled images with the largest, middle and smallest errors.

    Args:
        outcome: Of the network that is reported.
        read: Gives the image (H, W, 3), uint8 RGB, of a sample.
        meta: Keypoint table of the images.
    """
    section = Section('Worst, median and best images')
    if outcome is None:
        section.text = NO_LABELS
        return section
    section.text = (
        'By the mean error of the labelled joints, in per cent of the '
        "longer side of the person's box. Left the labels, right the "
        'prediction. Look for what the worst have in common: left and right '
        'exchanged, several persons in a box, rare poses, wrong labels.'
    )
    poses = outcome.poses
    for kind, indices in ranked([pose.error for pose in poses]).items():
        section.pictures += [
            _case(f'{kind} {rank}', index, poses[index], read(index), meta)
            for rank, index in enumerate(indices, 1)
        ]
    return section


def _case(
    kind: str, index: int, pose: Pose, image: np.ndarray, meta: dict
) -> Picture:
    errors = np.where(pose.visible, pose.errors, -1)
    largest = int(errors.argmax())
    joint = meta['keypoint_id2name'][largest].replace('_', ' ')
    return Picture(
        pose_pair(
            image,
            [pose.labelled, pose.predicted],
            meta,
            [pose.visible, None],
        ),
        f'{kind.capitalize()}: {pose.name or f"no. {index}"}',
        f'Mean error {100 * pose.error:.0f} % of the box, the largest '
        f'{100 * errors[largest]:.0f} % at the {joint}; mean confidence '
        f'{pose.confidence.mean():.2f}.',
    )


def panels_section(pictures: dict[int, Path]) -> Section:
    """What all branches saw: the first, a middle and the last picture."""
    section = Section('What did the branches see?')
    if not pictures:
        section.text = (
            'The run has no such pictures: add '
            "`dict(type='mmpose_mlda.BranchPanelHook')` to `custom_hooks`."
        )
        return section
    section.text = (
        'One row a sample of a training step: the source image with its '
        "labels, the same in the target's style, the teacher's view with "
        'its pseudo-labels (a cross where the mask drops one), the '
        "student's view, and the student's heatmaps. Joints should sit on "
        'the body in every column, also after the style transfer.'
    )
    steps = list(pictures)
    places = np.linspace(0, len(steps) - 1, min(_PANELS, len(steps)))
    section.pictures = [
        Picture(
            pictures[steps[i]],
            f'Step {steps[i]}',
            'Later steps should have sharper heatmaps and fewer crosses on '
            'the wrong place than earlier ones.',
        )
        for i in places.round().astype(int)
    ]
    return section
