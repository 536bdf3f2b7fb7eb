# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What can be known of a domain pair before anything is trained on it."""

import contextlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import mmengine
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch.utils.data import Dataset

from mmpose_mlda.datasets import UnlabeledPoseDataset
from mmpose_mlda.registry import DATASETS

from .domains import boxes, counts, duplicates, images, labels, poses, sides
from .domains.report import Finding, Report, listed
from .domains.samples import DomainSamples, look_at
from .domains.side_summary import summarise_sides
from .domains.tables import (
    check_input_sizes,
    check_model,
    check_tables,
    head_channels,
)
from .launch import OptionError

__all__ = ['DomainCheck', 'Finding', 'check_domains']

INPUT_SIZE = (256, 256)  # of a config whose head has no codec
COMPARED = ('source', 'target', 'val')  # others: labels and duplicates only
LABELLED = ('source', 'target_labeled', 'val', 'test')
# What data sets raise when something of theirs is wrong; anything else is an
# error of the program.
BUILD_ERRORS = (OSError, ValueError, TypeError, KeyError, IndexError)


@dataclass
class DomainCheck:
    """Result of :func:`check_domains`.

    Args:
        findings: Verdicts in the order of the checks.
        statistics: Numbers by data set and comparison, ready for JSON.
        samples: What was compared, by role: for drawings.
        arrays: What was computed of each sample, by kind: for drawings.
    """

    findings: list[Finding]
    statistics: dict[str, Any]
    samples: dict[str, DomainSamples] = field(repr=False)
    arrays: dict[str, Any] = field(default_factory=dict, repr=False)

    def count(self, level: str) -> int:
        """Number of findings of a level."""
        return sum(found.level == level for found in self.findings)

    @property
    def verdict(self) -> str:
        """One sentence."""
        errors, warnings = self.count('error'), self.count('warning')
        counts = f'{_plural(errors, "error")}, {_plural(warnings, "warning")}'
        if errors:
            return f'{counts}: mend the errors before you train.'
        if warnings:
            return f'{counts}: look at the warnings before you train.'
        return f'{counts}: nothing speaks against training.'


def _plural(count: int, word: str) -> str:
    return f'{count} {word}{"" if count == 1 else "s"}'


def check_domains(
    cfg: Config, samples: int = 500, progress: bool = True
) -> DomainCheck:
    """Look at source, target and evaluation data of a config.

    Args:
        cfg: Config of an adaptation, with a ``DomainPairDataset``.
        samples: Samples of each data set, evenly spread. The choice depends
            on the config's seed alone.
        progress: Whether to show a bar.

    Returns:
        DomainCheck: Findings and numbers. Data sets that cannot be built or
        read are findings, not exceptions.

    Raises:
        OptionError: If the config trains on no pair of domains.
    """
    if samples < 1:
        raise OptionError(f'samples must be positive, got {samples}')
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    report = Report()
    size = input_size(cfg)
    datasets = _build(report, _dataset_configs(cfg))
    seed = cfg.get('randomness', {}).get('seed') or 0
    total = sum(min(samples, len(part)) for part in datasets.values())
    bar = mmengine.ProgressBar(total) if progress and total else None
    step = bar.update if bar else (lambda: None)
    looked = {
        role: look_at(dataset, role, samples, size, seed, step)
        for role, dataset in datasets.items()
    }
    if bar:
        print()
    _check(report, cfg, datasets, looked)
    drawn = {role: looked[role] for role in COMPARED if role in looked}
    return DomainCheck(
        report.findings, report.statistics, drawn, report.arrays
    )


def input_size(cfg: Config) -> tuple[int, int]:
    """(width, height) of the network's input, by the codec of its head."""
    network = cfg.get('model', {}).get('student', cfg.get('model', {}))
    decoder = network.get('head', {}).get('decoder') or {}
    return tuple(decoder.get('input_size', INPUT_SIZE))


def _dataset_configs(cfg: Config) -> dict[str, dict]:
    pair = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    if 'source' not in pair or 'target' not in pair:
        raise OptionError(
            f'{cfg.filename} trains on no pair of domains: its '
            'train_dataloader.dataset must be a '
            "dict(type='mmpose_mlda.DomainPairDataset', source=..., "
            'target=...)'
        )
    val, test = (
        (cfg.get(f'{split}_dataloader') or {}).get('dataset')
        for split in ('val', 'test')
    )
    found = dict(
        source=pair['source'],
        target=pair['target'],
        target_labeled=pair.get('target_labeled'),
        val=val,
        test=test if test != val else None,
    )
    return {role: part for role, part in found.items() if part}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what pycocotools prints and data sets log."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


def _build(report: Report, configs: dict[str, dict]) -> dict[str, Dataset]:
    """The data sets; one that cannot be built is a finding."""
    built = {}
    for role, config in configs.items():
        try:
            with _quiet():
                dataset = DATASETS.build(config)
                if hasattr(dataset, 'full_init'):
                    dataset.full_init()
        except BUILD_ERRORS as error:
            # a KeyError is but the key
            text = repr(error) if isinstance(error, KeyError) else str(error)
            report.add(
                'error',
                'data',
                f'{role}: the data set cannot be built. {text}',
                'docs/bad_input.md explains such messages.',
            )
        else:
            built[role] = dataset
    for role in ('val', 'test'):
        if isinstance(built.get(role), UnlabeledPoseDataset):
            del built[role]  # it serves scores that need no labels
    if 'test' in built and 'val' not in built:
        built['val'] = built.pop('test')
    return built


def _check(
    report: Report,
    cfg: Config,
    datasets: dict[str, Dataset],
    looked: dict[str, DomainSamples],
) -> None:
    """All checks, each on the data sets that it can be made with."""
    counts.check_counts(report, cfg, datasets, looked)
    metas = {role: dataset.metainfo for role, dataset in datasets.items()}
    check_tables(report, metas)
    check_model(report, cfg, metas)
    check_input_sizes(report, cfg, input_size(cfg))
    if metas:
        names = len(next(iter(metas.values()))['keypoint_id2name'])
        owners = [*metas, *(['head'] if head_channels(cfg) else [])]
        report.fill(
            'keypoints', f'{names} joints, the same in {listed(owners)}.'
        )
    seen = {role: part for role, part in looked.items() if part.paths}
    usable = _check_labels(report, seen)
    compared = {role: seen[role] for role in COMPARED if role in seen}
    for samples in compared.values():
        boxes.check_boxes(report, samples)
        images.describe_images(report, samples)
    pair = {'source', 'target'} <= seen.keys()
    if pair:
        boxes.compare_boxes(report, seen['source'], seen['target'])
    if compared:
        boxes.summarise_boxes(report, list(compared.values()))
    if len(usable) == 2:
        poses.compare_poses(report, *usable.values())
    if pair:
        images.compare_images(report, seen['source'], seen['target'])
        if 'val' in seen:
            images.compare_with_val(report, *compared.values())
    if seen:
        duplicates.check_duplicates(report, seen)


def _check_labels(
    report: Report, seen: dict[str, DomainSamples]
) -> dict[str, DomainSamples]:
    """What needs labels; the sets whose labels can be compared."""
    labelled = {}
    for role in LABELLED:
        if role in seen:
            labels.check_labels(report, seen[role])
            if seen[role].table_fits and seen[role].labelled.any():
                labelled[role] = seen[role]
    labels.summarise_labels(report, list(labelled.values()))
    usable = {role: labelled[role] for role in COMPARED if role in labelled}
    for samples in usable.values():
        sides.check_sides(report, samples)
        poses.describe_poses(report, samples)
    checked = list(usable.values())
    if len({tuple(part.names) for part in checked}) > 1:
        usable.pop('val')
    if len(usable) == 2:
        sides.compare_sides(report, *usable.values())
    summarise_sides(report, checked)
    return usable
