# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How easily the domains are told apart without knowing what they show."""

import numpy as np

from mmpose_mlda.evaluation.domain_statistics import (
    FOLDS,
    ToldApart,
    tell_apart,
)

from .boxes import quartiles
from .report import Report, percent
from .samples import DomainSamples

TOPIC = 'images'
LEAST = 20  # samples of each set, for a discriminant
COLOUR = tuple(f'{kind}_{c}' for kind in ('mean', 'std') for c in 'rgb')
EASY, HARD = 0.75, 0.6  # accuracy, less its margin; 0.5 is chance
ALIEN = 0.75  # of target against evaluation, less its margin
GREY_DIFFERENCE = 0.2  # shares of images
FLAT = 0.2  # difference of the median shares of constant areas
SHARPNESS = 3.0  # ratio of the medians
GRID = 1.1  # blockiness of clearly compressed images


def image_features(samples: DomainSamples) -> dict[str, np.ndarray]:
    """What a discriminant gets, by kind; rows (N, F) with NaN if unknown."""
    colours = samples.colours
    logs = np.log(samples.spectra + 1e-3)
    # the level of the spectrum is the contrast, a matter of colours
    shape = logs - logs.mean(axis=1, keepdims=True)
    columns = [colours[name] for name in (*COLOUR, 'saturation')]
    return dict(
        colour=np.stack(columns, axis=1),
        texture=np.column_stack([shape, colours['flat']]),
    )


def compare_features(
    first: DomainSamples, second: DomainSamples
) -> dict[str, ToldApart] | None:
    """How well both sets are told apart, by kind of feature.

    Returns:
        dict, optional: ``'all'``, ``'colour'``, ``'texture'``; ``None`` with
        less than twenty samples of a set, or of less than five images.
    """
    kinds = [image_features(samples) for samples in (first, second)]
    rows, groups = [], []
    for samples, found in zip((first, second), kinds, strict=True):
        known = ~np.isnan(found['texture']).any(axis=1)
        rows.append({name: part[known] for name, part in found.items()})
        groups.append(np.array(samples.paths)[known].tolist())
        if known.sum() < LEAST or len(set(groups[-1])) < FOLDS:
            return None
    result = {}
    for name, chosen in dict(
        all=('colour', 'texture'), colour=('colour',), texture=('texture',)
    ).items():
        parts = [
            np.concatenate([part[kind] for kind in chosen], axis=1)
            for part in rows
        ]
        result[name] = tell_apart(tuple(parts), tuple(groups))
    return result


def describe_images(report: Report, samples: DomainSamples) -> None:
    """Keep medians of what was measured."""
    role = samples.role
    for name, values in samples.colours.items():
        if name != 'grey':
            report.note_value(role, name, quartiles(values))
    report.note_value(role, 'grey_images', samples.colours['grey'].mean())
    report.note_value(role, 'blockiness', quartiles(samples.blockiness))
    known = samples.spectra[~np.isnan(samples.spectra).any(axis=1)]
    spectrum = np.median(known, axis=0) if len(known) else np.nan
    report.note_value(role, 'spectrum', spectrum)


def compare_images(
    report: Report, source: DomainSamples, target: DomainSamples
) -> None:
    """The gap that image-level alignment can close."""
    found = compare_features(source, target)
    if found is None:
        report.add(
            'note',
            TOPIC,
            f'Less than {LEAST} samples of a domain: too few to compare '
            'colours and frequencies.',
        )
        return
    both = found['all']
    report.arrays['scores'] = dict(
        zip(('source', 'target'), both.scores, strict=True)
    )
    keep_accuracies(report, 'source_target', found)
    text = (
        f'Colour and frequencies alone tell the domains apart in '
        f'{100 * both.accuracy:.1f} % of the cases (chance: '
        f'{_chance(both)}); colours {percent(found["colour"].accuracy)}, '
        f'frequencies {percent(found["texture"].accuracy)}.'
    )
    report.add('note', TOPIC, text, gap_remedy(both.accuracy, both.margin))
    _compare_looks(report, source, target)


def gap_remedy(accuracy: float, margin: float) -> str:
    """What an accuracy means for the method, as far as it is sure."""
    if accuracy - margin >= EASY:
        return (
            'A large gap of looks: image-level alignment (style_transfer) '
            'has something to remove.'
        )
    if accuracy - margin >= HARD:
        return 'A gap of looks: image-level alignment may help.'
    if max(accuracy, HARD) + margin >= EASY:
        return (
            'Too few samples to say how large the gap of looks is: more of '
            'them by --samples, or more images.'
        )
    return (
        'The domains look much alike, so that style transfer has little to '
        'do; poses or kinds of bodies must make the difference.'
    )


def keep_accuracies(
    report: Report, name: str, found: dict[str, ToldApart]
) -> None:
    """Keep accuracies by kind, and the margin, of a pair of sets."""
    values = {kind: told.accuracy for kind, told in found.items()}
    values['margin'] = found['all'].margin
    report.note_value('told_apart', name, values)


def _chance(found: ToldApart) -> str:
    return f'50 ± {100 * found.margin:.1f} %'


def _compare_looks(
    report: Report, source: DomainSamples, target: DomainSamples
) -> None:
    """Single differences that have a remedy of their own."""
    grey = [s.colours['grey'].mean() for s in (source, target)]
    if abs(grey[0] - grey[1]) > GREY_DIFFERENCE:
        report.add(
            'note',
            TOPIC,
            f'{percent(grey[0])} of the images of the source and '
            f'{percent(grey[1])} of the target have no colours.',
            'Let the augmentation of both turn images to grey at random.',
        )
    flat = [np.median(s.colours['flat']) for s in (source, target)]
    if abs(flat[0] - flat[1]) > FLAT:
        report.add(
            'note',
            TOPIC,
            f'Constant areas cover {percent(flat[0])} of the median image '
            f'of the source, {percent(flat[1])} of the target.',
            'Put photographs behind rendered bodies, if you can: a plain '
            'background teaches nothing about clutter.',
        )
    sharp = [np.nanmedian(s.colours['sharpness']) for s in (source, target)]
    ratio = sharp[0] / max(sharp[1], 1e-6)
    if max(ratio, 1 / max(ratio, 1e-6)) > SHARPNESS:
        soft = 'target' if ratio > 1 else 'source'
        report.add(
            'note',
            TOPIC,
            f'The {soft} is softer at the size of the input: '
            f'{_share(sharp[0])} of the energy of the median source image '
            f'is above a quarter cycle a pixel, {_share(sharp[1])} of the '
            'target.',
            'Blurred, enlarged or strongly compressed images lose it; '
            'adding blur to the other domain closes this gap.',
        )
    blocks = [np.nanmedian(s.blockiness) for s in (source, target)]
    if (blocks[0] > GRID) != (blocks[1] > GRID):
        report.add(
            'note',
            TOPIC,
            f"JPEG's grid of 8 pixels shows in one domain only: edges on it "
            f'are {blocks[0]:.2f} times as strong as beside it in the '
            f'source, {blocks[1]:.2f} times in the target.',
            'Compress the other domain alike; networks see the grid.',
        )


def _share(value: float) -> str:
    return f'{100 * value:.2g} %'


def compare_with_val(
    report: Report,
    source: DomainSamples,
    target: DomainSamples,
    val: DomainSamples,
) -> None:
    """Whether the evaluation set is of the domain of the target."""
    found = [compare_features(other, val) for other in (target, source)]
    if None in found:
        return
    for name, kinds in zip(('target', 'source'), found, strict=True):
        keep_accuracies(report, f'{name}_val', kinds)
    told, from_source = (kinds['all'] for kinds in found)
    share = f'{100 * told.accuracy:.1f} % of the cases (chance: '
    share += f'{_chance(told)})'
    if told.accuracy - told.margin >= ALIEN:
        _warn_of_val(report, share, from_source)
    elif told.accuracy + told.margin >= ALIEN and (
        told.accuracy - told.margin > 0.5
    ):
        report.add(
            'note',
            TOPIC,
            f'Target and evaluation images are told apart in {share}: they '
            'may be of different kinds.',
            'See whether val_dataloader names data of the target.',
        )
    else:
        report.add(
            'ok',
            TOPIC,
            'Target and evaluation images are hardly told apart by their '
            f'looks: in {share}.',
        )


def _warn_of_val(report: Report, share: str, from_source: ToldApart) -> None:
    """Say whose images those of the evaluation set could be."""
    accuracy, margin = from_source.accuracy, from_source.margin
    swapped = accuracy < max(HARD, 0.5 + margin)
    report.add(
        'warning',
        TOPIC,
        'The evaluation images do not look like the target: told apart in '
        + share
        + (
            f', but from the source in {100 * accuracy:.1f} % only.'
            if swapped
            else '.'
        ),
        'Are source and target exchanged, or is val_dataloader that of the '
        'source?'
        if swapped
        else 'See whether val_dataloader names data of the target.',
    )
