# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Boxes: whether they are usable, and how the domains' ones differ."""

import numpy as np

from .report import Report, listed, percent
from .samples import DomainSamples

TOPIC = 'boxes'
SMALL = 8  # pixels of the shorter side
FEW = 0.02  # share of boxes with a fault that is worth a word
BEYOND = 0.1  # of the image's side, by which a box may exceed it
ENLARGED = 2.0  # input pixels for each pixel of the image
RATIO = 2.0  # of the domains' medians
WHOLE = 0.98  # share of the image's area


def box_values(samples: DomainSamples) -> dict[str, np.ndarray]:
    """Size in pixels, against the image, aspect and magnification."""
    extent = samples.boxes[:, 2:] - samples.boxes[:, :2]
    area = extent.clip(min=0).prod(axis=1) / samples.sizes.prod(axis=1)
    return dict(
        side=extent.max(axis=1),
        shorter_side=extent.min(axis=1),
        area=area,
        aspect=extent[:, 0] / extent[:, 1].clip(min=1),
        magnification=samples.magnification,
    )


def quartiles(values: np.ndarray) -> list[float]:
    """25, 50 and 75 per cent, of what is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return [float('nan')] * 3
    return np.percentile(known, (25, 50, 75)).tolist()


def check_boxes(report: Report, samples: DomainSamples) -> None:
    """Look at the boxes of one data set."""
    role, values = samples.role, box_values(samples)
    report.arrays.setdefault('boxes', {})[role] = values
    for name, found in values.items():
        report.note_value(role, f'box_{name}', quartiles(found))
    small = (values['shorter_side'] < SMALL).mean()
    if small > 0:
        report.add(
            'warning' if small > FEW else 'note',
            TOPIC,
            f'{role}: {percent(small)} of the boxes are empty or less than '
            f'{SMALL} pixels wide or high.',
            'Leave them out; nothing can be seen in them.',
        )
    raw, size = samples.raw_boxes, samples.sizes
    known = np.isfinite(raw).all(axis=1)
    beyond = (raw[:, :2] + raw[:, 2:] > (1 + BEYOND) * size).any(axis=1)
    beyond |= (raw[:, :2] > size).any(axis=1) | (raw[:, 2:] <= 0).any(axis=1)
    share = beyond[known].mean() if known.any() else np.nan
    report.note_value(role, 'boxes_beyond_image', share)
    if share > FEW:
        report.add(
            'warning',
            TOPIC,
            f'{role}: {percent(share)} of the boxes in the file exceed '
            'their images, or have no extent. MMPose clips them.',
            'COCO writes x, y, width, height: see whether the file has '
            'corners (x1, y1, x2, y2), or whether images were resized.',
        )
    magnification = np.median(values['magnification'])
    if magnification > ENLARGED:
        report.add(
            'warning',
            TOPIC,
            f'{role}: the median box is enlarged {magnification:.1f} times '
            f'to the input of {samples.input_size[0]} x '
            f'{samples.input_size[1]}: it has few pixels.',
            'Take a smaller input_size, or larger images.',
        )


def compare_boxes(
    report: Report, source: DomainSamples, target: DomainSamples
) -> None:
    """Whether both domains are framed alike."""
    ours, theirs = box_values(source), box_values(target)
    whole = [(values['area'] >= WHOLE).mean() for values in (ours, theirs)]
    report.note_value('source', 'whole_images', whole[0])
    report.note_value('target', 'whole_images', whole[1])
    if whole[1] > 0.9 and whole[0] < 0.5:
        report.add(
            'warning',
            TOPIC,
            'The target is taken as whole images, but the source by boxes: '
            'bodies are smaller in the target, and several may be seen.',
            'Give the target boxes, by ann_file or by those of a detector in '
            'bbox_file; or, with one body in each image, the source whole '
            'images.',
        )
    elif whole[1] > 0.9:
        report.add(
            'note',
            TOPIC,
            f'{percent(whole[1])} of the boxes of the target are whole '
            'images, as those of the source: one centred body in each is '
            'expected.',
        )
    medians = [np.median(values['magnification']) for values in (ours, theirs)]
    ratio = medians[0] / medians[1]
    if max(ratio, 1 / ratio) > RATIO:
        coarse, fine = ('source', 'target')[:: 1 if ratio > 1 else -1]
        report.add(
            'note',
            TOPIC,
            f'The images of the {coarse} are {max(ratio, 1 / ratio):.1f} '
            f'times as much enlarged (or less reduced) as those of the '
            f'{fine}: {medians[0]:.2f} input pixels for a pixel of the '
            f'source, {medians[1]:.2f} for one of the target.',
            'The more enlarged domain can look softer; then blur the other '
            'one in its augmentation.',
        )
    median = [np.median(values['aspect']) for values in (ours, theirs)]
    ratio = median[0] / median[1]
    if max(ratio, 1 / ratio) > RATIO:
        report.add(
            'note',
            TOPIC,
            f'Median width / height of the boxes: {median[0]:.2f} in the '
            f'source, {median[1]:.2f} in the target.',
            'See whether both label the same extent of the body.',
        )


def summarise_boxes(report: Report, parts: list[DomainSamples]) -> None:
    """How many boxes lie on their images, if nothing is said of any."""
    shares = []
    for samples in parts:
        share = report.statistics[samples.role]['boxes_beyond_image']
        if share is not None:
            shares.append(f'{percent(1 - share)} of the {samples.title}')
    report.fill(
        TOPIC,
        f'None is less than {SMALL} pixels wide or high, no median one '
        f'enlarged more than {ENLARGED:g} times.'
        + (
            f' Of those in files, {listed(shares)} lie on their images, or '
            'beyond by less than a tenth of the side.'
            if shares
            else ''
        ),
    )
