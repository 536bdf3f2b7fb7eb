# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Left and right, and the order of the joints, from coordinates alone.

Exchanging left and right of all joints is the same, in two dimensions, as
seeing every body from behind. So a whole exchange shows only as a difference
of the domains in how often bodies are seen from the front; a partial one
contradicts itself.
"""

import numpy as np

from mmpose_mlda.evaluation.pose_statistics import (
    body_axes,
    exchanged_joints,
    exchanged_pairs,
    frontal,
    joint_distances,
    limb_ratios,
    normalise_poses,
    pair_agreement,
    side_vectors,
)

from .report import Report, name_some, percent
from .samples import DomainSamples
from .tables import joint_names, side_pairs

TOPIC = 'left and right'
COPIED = 0.05  # share of instances with equal coordinates of both sides
# Mean disagreement, -1 to 1, from which pairs are called exchanged: within
# one set arms and legs of walkers alternate, so that much is asked for.
ALONE, TOGETHER = 0.6, 0.25
LEAST = 30  # instances behind a share of front views
ONE_SIDED = 0.7  # share of front or back views that is a clear majority
STANDARD_ERRORS = 3  # from which on a majority is no chance
LIMB_RATIO = 1.5
LEAST_GAIN = 0.25  # see exchanged_joints; below 0.1 for the right order


def body_joints(meta: dict) -> tuple[list[int], list[int]]:
    """(lower, upper) joints of the trunk, else of the body."""
    names = joint_names(meta)
    found = [
        [joint for joint, name in enumerate(names) if part in name.lower()]
        for part in ('hip', 'shoulder')
    ]
    if not all(found):
        found = [list(meta['lower_body_ids']), list(meta['upper_body_ids'])]
    return found[0], found[1]


def axes_of(samples: DomainSamples) -> np.ndarray:
    """Direction of each body, (N, 2); see :func:`body_axes`."""
    lower, upper = body_joints(samples.meta)
    return body_axes(samples.keypoints, samples.labelled, lower, upper)


def _pair_names(samples: DomainSamples, indices: list[int]) -> str:
    pairs = side_pairs(samples.meta)
    return name_some([samples.names[pairs[i][0]] for i in indices], 6)


def _or_others(indices: list[int], pairs: list) -> str:
    return ' (or of all others)' if 2 * len(indices) == len(pairs) else ''


def check_sides(report: Report, samples: DomainSamples) -> None:
    """What one labelled data set tells."""
    role, pairs = samples.role, side_pairs(samples.meta)
    if not pairs:
        return
    _check_copies(report, samples, pairs)
    vectors = side_vectors(samples.keypoints, samples.labelled, pairs)
    agreement = pair_agreement(vectors)
    found, evidence = exchanged_pairs(agreement)
    report.note_value(role, 'side_contradiction', evidence if found else 0)
    report.note_value(role, 'pairs_compared', _compared(agreement))
    if found and evidence > ALONE:
        report.add(
            'warning',
            TOPIC,
            f'{role}: left and right of {_pair_names(samples, found)}'
            f'{_or_others(found, pairs)} contradict those of the other joints '
            f'in {percent((1 + evidence) / 2)} of the bodies.',
            'Exchange these pairs in the labels or in the converter.',
        )
    views = frontal(vectors, axes_of(samples))
    known = ~np.isnan(views)
    share = float(views[known].mean()) if known.any() else float('nan')
    report.note_value(role, 'front_views', share)
    report.note_value(role, 'front_views_known', int(known.sum()))
    _check_limbs(report, samples, pairs)


def _compared(agreement: np.ndarray) -> int:
    """Number of pairs that could contradict another one."""
    others = agreement * (1 - np.eye(len(agreement)))
    return int((others != 0).any(axis=1).sum())


def _check_copies(
    report: Report, samples: DomainSamples, pairs: list[tuple[int, int]]
) -> None:
    """Both joints of a pair at one place."""
    copied = []
    for left, right in pairs:
        both = samples.labelled[:, left] & samples.labelled[:, right]
        same = (samples.keypoints[:, left] == samples.keypoints[:, right]).all(
            1
        )
        if both.any() and (share := same[both].mean()) > COPIED:
            copied.append(f'{samples.names[left]} ({percent(share)})')
    if copied:
        report.add(
            'warning',
            TOPIC,
            f'{samples.role}: left and right have the very same coordinates, '
            f'in so many bodies: {name_some(copied, 6)}.',
            'See whether one joint was written to both sides; label only the '
            'one that is seen.',
        )


def _check_limbs(
    report: Report, samples: DomainSamples, pairs: list[tuple[int, int]]
) -> None:
    """Limbs of the left against those of the right."""
    other = dict(pairs)
    limbs = [
        ((a, b), (other[a], other[b]))
        for a, b in samples.meta['skeleton_links']
        if a in other and b in other
    ]
    ratios = limb_ratios(samples.keypoints, samples.labelled, limbs)
    names = samples.names
    unequal = [
        f'{names[a]} to {names[b]} ({ratio:.2f})'
        for ((a, b), _), ratio in zip(limbs, ratios, strict=True)
        if ratio > LIMB_RATIO or ratio < 1 / LIMB_RATIO
    ]
    known = ratios[np.isfinite(ratios)]
    worst = np.exp(np.abs(np.log(known))).max() if len(known) else np.nan
    report.note_value(samples.role, 'limb_ratio', worst)
    report.note_value(samples.role, 'limbs_compared', len(known))
    if unequal:
        report.add(
            'warning',
            'joint order',
            f'{samples.role}: a limb of the left is not as long as that of '
            f'the right, median ratio: {name_some(unequal)}.',
            'Compare the order of the labels with the table: '
            'tools/misc/browse_dataset.py draws them.',
        )


def compare_sides(
    report: Report, source: DomainSamples, other: DomainSamples
) -> None:
    """What two labelled data sets of one table tell."""
    pairs, role = side_pairs(source.meta), other.role
    if pairs:
        agreement = [
            pair_agreement(side_vectors(s.keypoints, s.labelled, pairs))
            for s in (source, other)
        ]
        both = agreement[0] * agreement[1]
        report.note_value(role, 'pairs_compared_with_source', _compared(both))
        found, evidence = exchanged_pairs(both)
        if found and evidence > TOGETHER:
            report.add(
                'warning',
                TOPIC,
                f'Left and right of {_pair_names(source, found)}'
                f'{_or_others(found, pairs)} are exchanged between source '
                f'and {other.title}: they agree with the other joints in the '
                'one and contradict them in the other.',
                'See which is right by tools/misc/browse_dataset.py, and '
                'exchange them in the labels or in the converter of the '
                'other.',
            )
        _compare_views(report, role, other.title)
    _compare_order(report, source, other)


def _compare_views(report: Report, role: str, title: str) -> None:
    """Shares of bodies that are seen from the front."""
    values = report.statistics
    shares = [values[r].get('front_views') for r in ('source', role)]
    counts = [values[r].get('front_views_known', 0) for r in ('source', role)]
    if None in shares or min(counts) < LEAST:
        return
    excess = [abs(share - 0.5) for share in shares]
    certain = all(
        more > STANDARD_ERRORS * 0.5 / np.sqrt(count)
        for more, count in zip(excess, counts, strict=True)
    )
    if certain and (shares[0] > 0.5) != (shares[1] > 0.5):
        clear = min(excess) > ONE_SIDED - 0.5
        report.add(
            'warning' if clear else 'note',
            TOPIC,
            f'By their labels {percent(shares[0])} of the bodies of the '
            f'source are seen from the front, of the {title} '
            f'{percent(shares[1])}: left and right are '
            f'{"probably" if clear else "perhaps"} exchanged in one of '
            'them, unless one is filmed from behind.',
            'Look at faces in tools/misc/browse_dataset.py: the left hand of '
            'who looks at you is on the right of the picture.',
        )


def _compare_order(
    report: Report, source: DomainSamples, other: DomainSamples
) -> None:
    """Distances between the joints, whatever the views."""
    distances = [
        joint_distances(normalise_poses(s.keypoints, s.labelled))
        for s in (source, other)
    ]
    known = np.triu(np.isfinite(distances[0] + distances[1]), 1).sum()
    report.note_value(other.role, 'distances_compared', known)
    found = exchanged_joints(*distances, LEAST_GAIN)
    partner = source.meta['flip_indices']
    found = [(i, j) for i, j in found if partner[i] != j]
    if found:
        names = [f'{source.names[i]} with {source.names[j]}' for i, j in found]
        report.add(
            'warning',
            'joint order',
            f'The distances between joints of source and {other.title} fit '
            f'better if these are exchanged: {name_some(names)}.',
            'Compare the order of the labels with the table: '
            'tools/misc/browse_dataset.py draws them.',
        )
