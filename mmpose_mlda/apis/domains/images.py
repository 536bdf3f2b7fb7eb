# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How easily the domains are told apart without knowing what they show."""

import numpy as np

from mmpose_mlda.evaluation.domain_statistics import (
    assign_folds,
    balanced_accuracy,
    held_out_scores,
)

from .boxes import quartiles
from .report import Report, percent
from .samples import DomainSamples

TOPIC = 'images'
LEAST = 20  # samples of each set, for a discriminant
FOLDS = 5
COLOUR = tuple(f'{kind}_{c}' for kind in ('mean', 'std') for c in 'rgb')
EASY, HARD = 0.75, 0.6  # accuracy; 0.5 is chance
ALIEN = 0.75  # of target against evaluation, less two standard errors
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


def tell_apart(
    first: DomainSamples, second: DomainSamples
) -> dict[str, tuple[np.ndarray, np.ndarray]] | None:
    """Held-out scores of both sets, by kind of feature.

    Returns:
        dict, optional: ``'all'``, ``'colour'``, ``'texture'``; ``None`` with
        less than twenty samples of a set.
    """
    kinds = [image_features(samples) for samples in (first, second)]
    rows, folds = [], []
    for samples, found in zip((first, second), kinds, strict=True):
        known = ~np.isnan(found['texture']).any(axis=1)
        rows.append({name: part[known] for name, part in found.items()})
        paths = np.array(samples.paths)[known]
        folds.append(assign_folds(paths.tolist(), FOLDS))
        if known.sum() < LEAST or len(set(paths)) < FOLDS:
            return None
    result = {}
    for name, chosen in dict(
        all=('colour', 'texture'), colour=('colour',), texture=('texture',)
    ).items():
        parts = [
            np.concatenate([part[kind] for kind in chosen], axis=1)
            for part in rows
        ]
        result[name] = held_out_scores(*parts, *folds)
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
    found = tell_apart(source, target)
    if found is None:
        report.add(
            'note',
            TOPIC,
            f'Less than {LEAST} samples of a domain: too few to compare '
            'colours and frequencies.',
        )
        return
    report.arrays['scores'] = dict(
        zip(('source', 'target'), found['all'], strict=True)
    )
    found = keep_accuracies(report, 'source_target', found)
    colour, texture = found['colour'][0], found['texture'][0]
    text = (
        f'Colour and frequencies alone tell the domains apart in '
        f'{_with_error(found["all"])} of the cases (chance: 50 %); colours '
        f'{percent(colour)}, frequencies {percent(texture)}.'
    )
    accuracy = found['all'][0]
    if accuracy >= EASY:
        remedy = (
            'A large gap of looks: image-level alignment (style_transfer) '
            'has something to remove.'
        )
    elif accuracy >= HARD:
        remedy = 'A small gap of looks: image-level alignment may help.'
    else:
        remedy = (
            'The domains look alike, so that style transfer has little to '
            'do; poses or kinds of bodies must make the difference.'
        )
    report.add('note', TOPIC, text, remedy)
    _compare_looks(report, source, target)


def keep_accuracies(
    report: Report, name: str, scores: dict
) -> dict[str, tuple[float, float]]:
    """Accuracies with errors; kept under the name of a pair of sets."""
    found = {kind: balanced_accuracy(*both) for kind, both in scores.items()}
    values = {kind: value for kind, (value, _) in found.items()}
    values['standard_error'] = found['all'][1]
    report.note_value('told_apart', name, values)
    return found


def _with_error(found: tuple[float, float]) -> str:
    return f'{100 * found[0]:.1f} ± {200 * found[1]:.1f} %'


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
    target_val, source_val = tell_apart(target, val), tell_apart(source, val)
    if target_val is None or source_val is None:
        return
    target_val = keep_accuracies(report, 'target_val', target_val)
    source_val = keep_accuracies(report, 'source_val', source_val)
    accuracy, error = target_val['all']
    if accuracy - 2 * error < ALIEN:
        report.add(
            'ok',
            TOPIC,
            'Target and evaluation images look alike: told apart in '
            f'{_with_error(target_val["all"])} of the cases.',
        )
        return
    swapped = source_val['all'][0] < HARD
    report.add(
        'warning',
        TOPIC,
        'The evaluation images do not look like the target: told apart in '
        f'{_with_error(target_val["all"])} of the cases'
        + (
            f', but from the source in {_with_error(source_val["all"])} only.'
            if swapped
            else '.'
        ),
        'Are source and target exchanged, or is val_dataloader that of the '
        'source?'
        if swapped
        else 'See whether val_dataloader names data of the target.',
    )
