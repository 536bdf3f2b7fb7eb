# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Sections of a report that need no labels: domains and disagreement."""

import torch

from mmpose_mlda.models.adaptors.mlda import AGREEMENT
from mmpose_mlda.visualization.report import Picture, Section, TableData
from mmpose_mlda.visualization.report_figures import (
    embedding_figure,
    pose_pair,
)

from .report_features import Answers, Separation, Views, disagreement

_CASES = 6
NO_PAIR = (
    'Images of both domains are missing: the config has no '
    '`train_dataloader` of a `DomainPairDataset`, or its data are not there.'
)


def domains_section(
    stages: dict[str, Separation], pictures: list[Picture], missing: str
) -> Section:
    """Whether the features of both domains can be told apart.

    Args:
        stages: {'before' or 'after': features}.
        pictures: Of the domain head in the training.
        missing: Why a stage is not there, or ''.
    """
    section = Section('Are the domains alike to the network?', '')
    section.pictures = list(pictures)
    if not stages:
        section.text = missing or NO_PAIR
        return section
    section.text = (
        'Features of the student, where the domain head taps them, of the '
        "training's images without augmentation, as means over each image. "
        'A linear classifier learns to tell the domains apart and is tried '
        'on images that it has not seen: 50 % is chance. The proxy '
        'A-distance is 2 (1 - 2 error), 0 for the same and 2 for wholly '
        'different domains. Adaptation should lower both; by how much is '
        'not how much better the poses are.'
    )
    if missing:
        section.text += f'\n\n{missing}'
    # both stages of a kind beside each other
    kinds = zip(*(_embeddings(*pair) for pair in stages.items()), strict=True)
    section.pictures = [*(p for kind in kinds for p in kind), *pictures]
    section.tables.append(
        TableData(
            ['features', 'held-out accuracy, %', 'chance, %', 'A-distance'],
            [
                [
                    f'{stage} adaptation',
                    f'{100 * found.accuracy:.1f}',
                    f'50 ± {100 * found.margin:.1f}',
                    f'{found.distance:.2f}',
                ]
                for stage, found in stages.items()
            ],
            'A linear classifier of domains by five-fold cross-validation. '
            'Chance: where 95 % of the accuracies of equal domains fall.',
        )
    )
    return section


def _embeddings(stage: str, found: Separation) -> list[Picture]:
    axes = tuple(
        f'component {i}, {100 * share:.0f} % of variance'
        for i, share in enumerate(found.shares, 1)
    )
    return [
        Picture(
            embedding_figure(*found.components, axes),
            f'Principal components, {stage} adaptation',
            'One mark an image. Two separate clouds are two domains that '
            'the network tells apart; this plane shows what varies most.',
        ),
        Picture(
            embedding_figure(*found.neighbours, ('t-SNE 1', 't-SNE 2')),
            f't-SNE, {stage} adaptation',
            'Neighbours are alike, distances between groups mean nothing. '
            'Mixed colours: images resemble those of the other domain.',
        ),
    ]


def agreement_pictures(
    views: Views, found: Answers
) -> tuple[list[Picture], str]:
    """Target images on which teacher and student differ most, and a text."""
    side = float(max(views.images[0].shape[1:]))
    apart = disagreement(found, side)
    agreed = (apart < AGREEMENT).float().mean()
    order = apart.mean(1).argsort(descending=True)
    text = (
        f'On {len(apart)} unlabelled target images, teacher and student are '
        f'within {AGREEMENT:g} of the side of each other for '
        f'{100 * agreed:.0f} % of the keypoints; the mean confidence of the '
        f'teacher is {found.confidence.mean():.2f}. Two networks that agree '
        'may both be wrong.'
    )
    pictures = [
        Picture(
            pose_pair(
                views.picture(i),
                [found.teacher[i].numpy(), found.student[i].numpy()],
                views.meta,
                [None, None],
            ),
            f'Disagreement {rank}: {views.names[i]}',
            f'Left the teacher, right the student; '
            f'{100 * apart[i].mean():.0f} % of the side apart, mean '
            f'confidence {found.confidence[i].mean():.2f}.',
        )
        for rank, i in enumerate(order[:_CASES].tolist(), 1)
    ]
    return pictures, text


def disagreement_section(
    views: Views | None, found: Answers | None
) -> Section:
    """Where the networks differ on unlabelled images."""
    section = Section('Where do teacher and student disagree?', NO_PAIR)
    if views is not None and found is not None:
        with torch.no_grad():
            section.pictures, section.text = agreement_pictures(views, found)
    return section
