# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether the poses of the target are poses of the source."""

import numpy as np

from mmpose_mlda.evaluation.pose_statistics import (
    axis_angles,
    nearest_pose_distances,
    normalise_poses,
    upright,
)

from .boxes import quartiles
from .report import Report, percent
from .samples import DomainSamples
from .sides import axes_of

TOPIC = 'poses'
LEAST = 30  # poses of each set
ORDINARY = 0.95  # quantile of the source's own distances
UNCOVERED = 0.15  # share of poses beyond it, of which 0.05 is expected
TURNED = 45  # degrees
TURNED_MORE = 0.15  # difference of shares
SPREAD = 1.5  # ratio of the bodies' sizes in their boxes


def body_share(samples: DomainSamples) -> np.ndarray:
    """Extent of the joints over that of the network's view, longer side."""
    shown = samples.labelled[..., None]
    low = np.where(shown, samples.keypoints, np.inf).min(axis=1)
    high = np.where(shown, samples.keypoints, -np.inf).max(axis=1)
    extent = (high - low) * samples.magnification[:, None]
    few = samples.labelled.sum(axis=1) < 3
    return np.where(few, np.nan, (extent / samples.input_size).max(axis=1))


def describe_poses(report: Report, samples: DomainSamples) -> None:
    """Keep how bodies are turned and how large they are."""
    angles = axis_angles(axes_of(samples))
    known = angles[~np.isnan(angles)]
    report.arrays.setdefault('angles', {})[samples.role] = known
    report.arrays.setdefault('poses', {})[samples.role] = upright(
        normalise_poses(samples.keypoints, samples.labelled), axes_of(samples)
    )
    turned = (np.abs(known) > TURNED).mean() if len(known) else np.nan
    report.note_value(samples.role, 'turned', turned)
    report.note_value(
        samples.role, 'body_share', quartiles(body_share(samples))
    )


def pose_coverage(
    source: DomainSamples, other: DomainSamples
) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest pose of the source.

    Returns:
        tuple: Of the source's poses to the others of the source, and of the
        other set's.
    """
    poses = normalise_poses(source.keypoints, source.labelled)
    others = normalise_poses(other.keypoints, other.labelled)
    return (
        nearest_pose_distances(poses, poses, same=True),
        nearest_pose_distances(others, poses),
    )


def compare_poses(
    report: Report, source: DomainSamples, other: DomainSamples
) -> None:
    """Coverage, turn and size of the bodies."""
    role = other.role
    own, foreign = (
        part[~np.isnan(part)] for part in pose_coverage(source, other)
    )
    if min(len(own), len(foreign)) < LEAST:
        report.add(
            'note',
            TOPIC,
            f'{len(own)} poses of the source and {len(foreign)} of the '
            f'{other.title} have three joints or more: too few to compare.',
        )
        return
    report.arrays['nearest'] = dict(source=own, val=foreign)
    limit = np.quantile(own, ORDINARY)
    beyond = float((foreign > limit).mean())
    ratio = float(np.median(foreign) / max(np.median(own), 1e-6))
    report.note_value(role, 'poses_uncovered', beyond)
    report.note_value(role, 'pose_distance_ratio', ratio)
    text = (
        f'{percent(beyond)} of the poses of the {other.title} are farther '
        'from every pose of the source than 95 % of its own are from each '
        f'other (5 % if both were alike; median distance {ratio:.1f} times '
        'as large).'
    )
    if beyond > UNCOVERED:
        report.add(
            'note',
            TOPIC,
            text,
            'Style transfer cannot mend this: widen rotation and scale of '
            'the augmentation, or add source images with such poses.',
        )
    else:
        report.add('ok', TOPIC, text)
    _compare_turns(report, role, other.title)


def _compare_turns(report: Report, role: str, title: str) -> None:
    values = report.statistics
    turned = [values[r].get('turned') for r in ('source', role)]
    if None not in turned and turned[1] - turned[0] > TURNED_MORE:
        report.add(
            'note',
            TOPIC,
            f'{percent(turned[1])} of the bodies of the {title} are turned '
            f'by more than {TURNED} degrees, {percent(turned[0])} of those '
            'of the source.',
            'A larger rotation of the augmentation of the source covers them.',
        )
    sizes = [values[r]['body_share'][1] for r in ('source', role)]
    if None not in sizes and min(sizes) > 0:
        ratio = sizes[0] / sizes[1]
        if max(ratio, 1 / ratio) > SPREAD:
            report.add(
                'note',
                TOPIC,
                f'The joints extend over {percent(sizes[0])} of the input '
                f'in the source, over {percent(sizes[1])} in the {title} '
                '(medians).',
                'Make padding or the boxes alike, or widen scale of the '
                'augmentation.',
            )
