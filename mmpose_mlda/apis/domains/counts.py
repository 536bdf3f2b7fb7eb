# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How many samples there are, and whether they can be read."""

import json

import numpy as np
from mmengine.config import Config
from torch.utils.data import Dataset

from .report import Report, name_some, percent
from .samples import DomainSamples

TOPIC = 'counts'
LOOKED_AT = 100  # annotations of a target's file, to see labels


def check_counts(
    report: Report,
    cfg: Config,
    datasets: dict[str, Dataset],
    looked: dict[str, DomainSamples],
) -> None:
    """Lengths against the batch, unreadable images, labels of the target."""
    batch = cfg.train_dataloader.get('batch_size') or 1
    lengths = []
    for role, samples in looked.items():
        report.note_value(role, 'length', samples.length)
        report.note_value(role, 'images', len(samples.all_paths))
        report.note_value(role, 'looked_at', len(samples.paths))
        lengths.append(f'{samples.length} {role}')
        _check_length(report, samples, batch)
        _check_readable(report, samples)
    if lengths:
        report.add('ok', TOPIC, f'Samples: {", ".join(lengths)}.')
    if 'val' not in looked:
        report.add(
            'note',
            TOPIC,
            'No evaluation set: without labelled target data nothing can be '
            'said of poses, and left and right can be compared with nothing.',
            'A few dozen labelled target images are worth their while.',
        )
    if 'target' in datasets and target_has_labels(datasets['target']):
        report.add(
            'note',
            TOPIC,
            'The target has labels, which are dropped when it is read.',
            'Nothing to do; if you meant it as the source, exchange both.',
        )


def _check_length(report: Report, samples: DomainSamples, batch: int) -> None:
    role = samples.role
    if samples.length == 0:
        report.add(
            'error',
            TOPIC,
            f'{role}: the data set is empty.',
            'See which file and folder it names.',
        )
    elif role in ('source', 'target') and samples.length < batch:
        report.add(
            'warning',
            TOPIC,
            f'{role}: {samples.length} samples are less than a batch of '
            f'{batch}, so that a batch has some of them twice.',
            'Add images, or lower train_dataloader.batch_size.',
        )


def _check_readable(report: Report, samples: DomainSamples) -> None:
    unreadable = samples.unreadable
    if unreadable:
        share = len(unreadable) / (len(unreadable) + len(samples.paths))
        report.add(
            'error',
            'data',
            f'{samples.role}: {percent(share)} of the images that were '
            f'looked at cannot be read: {name_some(unreadable, 2)}.',
            'Complete the folder, or take these out of the file.',
        )


def target_has_labels(target: Dataset) -> bool:
    """Whether an unlabelled data set was made of labelled data."""
    wrapped = getattr(target, 'wrapped', None)
    if wrapped is not None:
        return len(wrapped) > 0 and bool(
            np.any(wrapped.get_data_info(0)['keypoints_visible'])
        )
    if not getattr(target, 'ann_file', ''):
        return False
    with open(target.ann_file) as file:
        annotations = json.load(file).get('annotations') or []
    return any(
        any(label.get('keypoints', ())[2::3])
        for label in annotations[:LOOKED_AT]
    )
