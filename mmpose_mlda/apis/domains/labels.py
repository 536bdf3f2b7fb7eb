# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether labels are there and lie where they may."""

import numpy as np

from .report import Report, listed, name_some, percent
from .samples import DomainSamples

TOPIC = 'labels'
RARE = 0.02  # share of samples with a joint, below which little is learnt
OUTSIDE_IMAGE = 0.05  # share of joints; annotators may place a few there
OUTSIDE_BOX = 0.2
BOX_MARGIN = 0.125  # of the box's side, which MMPose's padding shows
FEW = 0.5  # share of samples without any joint


def check_labels(report: Report, samples: DomainSamples) -> None:
    """Look at the labels of a data set that is trained on or scored."""
    role, labelled = samples.role, samples.labelled
    if not samples.table_fits:
        report.add(
            'error',
            TOPIC,
            f'{role}: labels of {samples.keypoints.shape[1]} joints, but a '
            f'table of {len(samples.names)}.',
            "Add MMPose's KeypointConverter to the pipeline, or give the "
            'table of the labels by metainfo.',
        )
        return
    shares = labelled.mean(axis=0)
    report.note_value(
        role,
        'labelled_share',
        dict(zip(samples.names, shares, strict=True)),
    )
    if not labelled.any():
        trained = role in ('source', 'target_labeled')
        level = 'error' if trained else 'warning'
        report.add(
            level,
            TOPIC,
            f'{role}: none of {len(labelled)} samples has a labelled joint.',
            'COCO has v = 1 or 2 behind x and y of labelled joints, 0 of '
            'others: see whether the file has them.'
            + (
                ' Are source and target exchanged?' if role == 'source' else ''
            ),
        )
        return
    _check_joints(report, samples, shares)
    _check_places(report, samples)
    empty = (~labelled.any(axis=1)).mean()
    report.note_value(role, 'samples_without_joints', empty)
    if empty > FEW:
        report.add(
            'warning',
            TOPIC,
            f'{role}: {percent(empty)} of the samples have no joint at all.',
            'Leave them out of the file; nothing is learnt from them.',
        )


def _check_joints(
    report: Report, samples: DomainSamples, shares: np.ndarray
) -> None:
    role = samples.role
    names = np.array(samples.names)
    never, rare = names[shares == 0], names[(shares > 0) & (shares < RARE)]
    if len(never):
        trained = role == 'source'
        report.add(
            'warning' if trained else 'note',
            TOPIC,
            f'{role}: never labelled in {len(samples.labelled)} samples: '
            f'{name_some(never.tolist(), 8)}.',
            'The model learns nothing of these joints from the source; leave '
            'them out of the table or of the metric.'
            if trained
            else 'They are not scored.'
            if role != 'target_labeled'
            else 'They are learnt from the source alone.',
        )
    if len(rare):
        report.add(
            'note',
            TOPIC,
            f'{role}: labelled in less than {percent(RARE)} of the samples: '
            f'{name_some(rare.tolist(), 8)}.',
        )


def _check_places(report: Report, samples: DomainSamples) -> None:
    """Joints against image and box."""
    role, labelled = samples.role, samples.labelled
    points = samples.keypoints
    if np.abs(points[labelled]).max() <= 2 and samples.sizes.min() > 8:
        report.add(
            'error',
            TOPIC,
            f'{role}: all joints lie within 2 pixels of the corner of their '
            'images; coordinates look as if divided by the size.',
            'Write them in pixels.',
        )
        return
    size = samples.sizes[:, None]
    outside = ((points < -1) | (points > size)).any(axis=2) & labelled
    share = outside.sum() / labelled.sum()
    report.note_value(role, 'joints_outside_image', share)
    if share > OUTSIDE_IMAGE:
        report.add(
            'warning',
            TOPIC,
            f'{role}: {percent(share)} of the labelled joints lie outside '
            'their images.',
            'See whether labels and images are of the same size and whether '
            'x and y are in this order; joints beyond the border should have '
            'v = 0.',
        )
    low, high = samples.boxes[:, None, :2], samples.boxes[:, None, 2:]
    margin = BOX_MARGIN * (high - low)
    away = ((points < low - margin) | (points > high + margin)).any(axis=2)
    share = (away & labelled & ~outside).sum() / labelled.sum()
    report.note_value(role, 'joints_outside_box', share)
    if share > OUTSIDE_BOX:
        report.add(
            'warning',
            TOPIC,
            f'{role}: {percent(share)} of the labelled joints lie in the '
            'image but outside their boxes, so the network never sees them.',
            'COCO writes a box as x, y, width, height: see whether the file '
            'has corners, or boxes of other instances.',
        )


def summarise_labels(report: Report, parts: list[DomainSamples]) -> None:
    """How many joints lie where they may, if nothing is said of any."""
    shares = []
    for samples in parts:
        values = report.statistics[samples.role]
        away = [values.get(f'joints_outside_{w}') for w in ('image', 'box')]
        if None not in away:
            shares.append(f'{percent(1 - sum(away))} of the {samples.title}')
    if shares:
        report.fill(
            TOPIC,
            f'Of the labelled joints, {listed(shares)} lie on their images '
            'and in their boxes.',
        )
