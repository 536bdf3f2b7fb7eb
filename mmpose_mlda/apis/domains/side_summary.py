# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What of left and right was looked at and is well, and what could not be."""

from mmpose_mlda.evaluation.pose_statistics import LEAST_COUNT

from .report import Report, listed
from .samples import DomainSamples
from .sides import TOPIC
from .tables import side_pairs


def summarise_sides(report: Report, parts: list[DomainSamples]) -> None:
    """What was looked at without a finding, and what could not be."""
    values = {s.title: report.statistics[s.role] for s in parts}
    told = [t for t, found in values.items() if found.get('pairs_compared')]
    if told:
        between = any(
            found.get('pairs_compared_with_source')
            for found in values.values()
        )
        report.fill(
            TOPIC,
            f'No pair of joints of the {listed(told)} clearly contradicts '
            'the others'
            + (
                ', nor do source and evaluation set each other.'
                if between
                else '; without another set a whole exchange cannot be seen.'
            ),
        )
    few = [
        t for t, found in values.items() if found.get('pairs_compared') == 0
    ]
    if few:
        report.add(
            'note',
            TOPIC,
            f'Too few to tell in the {listed(few)}: less than {LEAST_COUNT} '
            'bodies have both sides of two pairs of joints.',
        )
    for samples in parts:
        flip = samples.meta['flip_indices']
        if list(flip) != sorted(flip) and not side_pairs(samples.meta):
            report.fill(
                TOPIC,
                'Not compared: joints swap in a mirrored image, but their '
                'names do not say which one is on the left.',
                level='note',
            )
    _summarise_order(report, values)


def _summarise_order(report: Report, values: dict[str, dict]) -> None:
    told = [
        f'the {title} (so many: {found["limbs_compared"]})'
        for title, found in values.items()
        if found.get('limbs_compared')
    ]
    found = [
        f'Limbs of both sides are of one length in {listed(told)}.'
        if told
        else '',
        'Distances between joints fit best as they are named.'
        if any(found.get('distances_compared') for found in values.values())
        else '',
    ]
    if any(found):
        report.fill('joint order', ' '.join(filter(None, found)))
    few = [
        t for t, found in values.items() if found.get('limbs_compared') == 0
    ]
    if few:
        report.add(
            'note',
            'joint order',
            f'Lengths of limbs are not compared in the {listed(few)}: the '
            'skeleton has none on both sides, or less than '
            f'{LEAST_COUNT} bodies show them.',
        )
