# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The same images in or between the data sets."""

from itertools import combinations
from pathlib import Path

from mmpose_mlda.evaluation.domain_statistics import near_duplicates

from .report import Report, name_some, percent
from .samples import DomainSamples

TOPIC = 'duplicates'
INSIDE = 0.05  # share of a set's images that have a twin in it
SHARED = 0.05  # share of images in both domains, from which it matters

_ADAPTED = (
    'The method adapts to images that it is scored on, if without their '
    'labels. Score on others, or say so beside the numbers.'
)
_CHOSEN = (
    'Who chooses a checkpoint by the one must not report the other; take '
    'these images out of one.'
)
_TRAINED = (
    'The model is trained on labels of images that it is scored on, so that '
    'the numbers are too high; take them out of the {}.'
)
# How bad it is if two sets share images, and what it does
LEAK = {
    ('source', 'val'): ('error', _TRAINED.format('source')),
    ('source', 'test'): ('error', _TRAINED.format('source')),
    ('target_labeled', 'val'): ('error', _TRAINED.format('labelled target')),
    ('target_labeled', 'test'): ('error', _TRAINED.format('labelled target')),
    ('target', 'val'): ('warning', _ADAPTED),
    ('target', 'test'): ('warning', _ADAPTED),
    ('val', 'test'): ('warning', _CHOSEN),
    ('source', 'target'): (
        'warning',
        'The domain head is told that the same image is of both domains; '
        'take it out of one.',
    ),
    ('source', 'target_labeled'): (
        'note',
        'Their labels count twice.',
    ),
    ('target', 'target_labeled'): (
        'note',
        'Nothing to do: as a part of the target they have no labels.',
    ),
}


def check_duplicates(report: Report, found: dict[str, DomainSamples]) -> None:
    """Compare every pair of data sets, and each with itself."""
    for samples in found.values():
        _check_inside(report, samples)
    for first, second in combinations(found.values(), 2):
        _check_between(report, first, second)
    report.fill(
        TOPIC,
        'No image twice, neither in nor between the data sets, among '
        + ', '.join(
            f'{len(s.digests)} of the {s.title}' for s in found.values()
        )
        + '.',
    )


def _twins(
    first: DomainSamples, second: DomainSamples
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs of the same pixels, and pairs that only look the same."""
    by_digest: dict[str, list[int]] = {}
    for index, digest in enumerate(second.digests):
        by_digest.setdefault(digest, []).append(index)
    same = {
        (i, j)
        for i, digest in enumerate(first.digests)
        for j in by_digest.get(digest, ())
    }
    near = near_duplicates(
        (first.hashes, second.hashes), (first.thumbnails, second.thumbnails)
    )
    return same, {(int(i), int(j)) for i, j in near} - same


def _names(
    pairs: set[tuple[int, int]], first: DomainSamples, second: DomainSamples
) -> list[str]:
    return [
        f'{Path(first.image_names[i]).name} = '
        f'{Path(second.image_names[j]).name}'
        for i, j in sorted(pairs)
    ]


def _check_inside(report: Report, samples: DomainSamples) -> None:
    role = samples.role
    same, near = (
        {(i, j) for i, j in pairs if i < j}
        for pairs in _twins(samples, samples)
    )
    involved = len({index for pair in same | near for index in pair})
    share = involved / max(len(samples.digests), 1)
    report.note_value(role, 'duplicates', len(same))
    report.note_value(role, 'near_duplicates', len(near))
    if share > INSIDE or same:
        names = _names(same | near, samples, samples)
        report.add(
            'note',
            TOPIC,
            f'{role}: {percent(share)} of the images have a twin in the set '
            f'({len(same)} pairs of the same pixels, {len(near)} that look '
            f'the same): {name_some(names, 2)}.',
            'Frames of videos are so; then split by video, never by frame.',
        )


def _check_between(
    report: Report, first: DomainSamples, second: DomainSamples
) -> None:
    roles = first.role, second.role
    listed = first.all_paths & second.all_paths
    same, near = _twins(first, second)
    names = [Path(path).name for path in sorted(listed)]
    copies = {p for p in same if first.image_names[p[0]] not in listed}
    names += _names(copies, first, second)
    key = '_'.join(roles)
    report.note_value(
        'shared_images',
        key,
        dict(files=len(listed), same_pixels=len(same), look_alike=len(near)),
    )
    count = len(listed) + len({j for _, j in copies})
    if count:
        smaller = min(len(first.all_paths), len(second.all_paths))
        level, remedy = LEAK[roles]
        if roles == ('source', 'target') and count < SHARED * smaller:
            level = 'note'
        report.add(
            level,
            TOPIC,
            f'{count} images are both in the {first.title} and in the '
            f'{second.title}: {name_some(names, 3)}.',
            remedy,
        )
    if near:
        count = len({j for _, j in near})
        leaks = roles[1] in ('val', 'test')
        report.add(
            'warning' if leaks else 'note',
            TOPIC,
            f'{count} images of the {second.title} look the same as one of '
            f'the {first.title}: {name_some(_names(near, first, second), 3)}.',
            'Frames of one video, or copies in another size? '
            + (LEAK[roles][1] if leaks else ''),
        )
