# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Everything about one run: did it help, can it be trusted, what is next."""

from pathlib import Path

import mmengine
import mmpose
import numpy as np
import torch
from matplotlib.figure import Figure
from mmengine.config import Config

import mmpose_mlda
from mmpose_mlda.visualization.report import Picture, Section, TableData
from mmpose_mlda.visualization.run_figure import panel_figures
from mmpose_mlda.visualization.run_scalars import Curves, read_curves

from . import run_folder
from .report_accuracy import joints_section, verdict_section
from .report_cases import cases_section, panels_section
from .report_domains import disagreement_section, domains_section
from .report_gather import (
    Gathered,
    facts_of,
    finished_steps,
    gather,
    joint_names,
    source_model,
)
from .report_selection import selection_section
from .report_trust import trust_section

SAMPLES = 200
_PSEUDO, _HEAD = 'pseudo-labels, %', 'accuracy of the domain head, %'
_SENTENCES = {
    'losses, weighted': 'Each term with its weight, on a log scale.',
    'gradient norms': 'How strongly each term pulls: one that is thousands '
    'of times smaller than the others does nothing.',
    'validation': 'Both networks on the labelled images. While it rises at '
    'the end, a longer training pays; if it falls, the adaptation drifts.',
    _PSEUDO: 'How many are kept, how sure the teacher is, how often the '
    'student has its peak where a kept one is, and, with labels, how many '
    'are right.',
    _HEAD: 'Shares of the pixels of each domain that the head assigns to '
    'the right one. Near 50 for both: it is confused, as wanted; one at 100 '
    'and the other at 0: it has learnt nothing.',
}
_SWITCH = ' The dashed line marks the begin of the adaptation.'


def collect_report_sections(
    cfg: Config,
    checkpoint: str | Path,
    work_dir: str | Path | None = None,
    samples: int = SAMPLES,
    before: str | Path | None = None,
) -> list[Section]:
    """All sections of the report on a run, running or finished.

    A section whose data are missing says how to get them.

    Args:
        cfg: The config of the run; left as it is.
        checkpoint: The adapted model.
        work_dir: Of the run, for its curves and pictures.
        samples: Images of each domain for features and agreement.
        before: Checkpoint of the model before the adaptation. By default
            what :class:`StageSwitchHook` has kept in ``work_dir``.

    Returns:
        list: Sections for :func:`write_report`.
    """
    checkpoint = Path(checkpoint)
    work_dir = None if work_dir is None else Path(work_dir)
    before = source_model(cfg, work_dir, before)
    switch, steps = run_folder.switch_step(cfg), finished_steps(checkpoint)
    curves = _curves(work_dir)
    panels = panel_figures(curves, switch)
    found = gather(cfg, checkpoint, before, samples)
    total = (cfg.get('train_cfg') or {}).get('max_iters')
    facts = facts_of(found, curves, switch, steps, total)
    verdict = verdict_section(facts, found.outcomes)
    for note in dict.fromkeys(found.notes):
        verdict.text += f'\n\nMissing: {note}'
    return [
        verdict,
        joints_section(found.outcomes),
        _trust(found, _pictures(panels, [_PSEUDO], switch)),
        domains_section(
            found.stages,
            _pictures(panels, [_HEAD], switch),
            found.missing_stage,
        ),
        _cases(found),
        disagreement_section(found.views.get('target'), found.answers),
        selection_section(curves),
        _course(panels, switch),
        panels_section(
            {} if work_dir is None else run_folder.branch_pictures(work_dir)
        ),
        _setting(cfg, checkpoint),
    ]


def run_summary(cfg: Config, checkpoint: str | Path) -> list[tuple[str, str]]:
    """The facts at the top of a report."""
    steps = finished_steps(Path(checkpoint))
    switch = run_folder.switch_step(cfg)
    total = (cfg.get('train_cfg') or {}).get('max_iters')
    course = '-' if steps is None else f'{steps}'
    if steps is not None and total:
        course += f' of {total}'
    if switch:
        course += f', adaptation from step {switch} on'
    student = cfg.model.get('student', cfg.model)
    pair = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    facts = [
        ('Config', Path(cfg.filename or '-').name),
        ('Checkpoint', Path(checkpoint).name),
        ('Steps', course),
        ('Method', cfg.model.type.split('.')[-1]),
        ('Backbone', student.backbone.type.split('.')[-1]),
    ]
    facts += [
        (domain.capitalize(), _data_of(pair[domain]))
        for domain in ('source', 'target')
        if domain in pair
    ]
    return facts


def _data_of(config: dict) -> str:
    wrapped = config.get('dataset') or config
    name = wrapped['type'].split('.')[-1]
    place = wrapped.get('data_root')
    return f'{name}, {place}' if place else name


def _curves(work_dir: Path | None) -> Curves:
    try:
        return {} if work_dir is None else read_curves(work_dir)
    except FileNotFoundError:
        return {}


def _pictures(
    panels: dict[str, Figure], names: list[str], switch: int | None
) -> list[Picture]:
    end = _SWITCH if switch else ''
    return [
        Picture(
            panels[name],
            name[0].upper() + name[1:].replace(', %', ', per cent'),
            _SENTENCES[name] + end,
        )
        for name in names
        if name in panels
    ]


def _trust(found: Gathered, pictures: list[Picture]) -> Section:
    outcome = found.outcomes.get('teacher') or found.outcomes.get('model')
    names = joint_names(found.tested.dataset.metainfo) if outcome else []
    return trust_section(outcome, names, pictures)


def _cases(found: Gathered) -> Section:
    outcome = found.outcomes.get(found.network)
    if outcome is None:
        return cases_section(None, None, None)
    return cases_section(
        outcome, found.tested.read, found.tested.dataset.metainfo
    )


def _course(panels: dict[str, Figure], switch: int | None) -> Section:
    names = [name for name in panels if name not in (_PSEUDO, _HEAD)]
    section = Section(
        'How did the training go?',
        'Values of the log, see `docs/monitoring.md`.',
        _pictures(panels, names, switch),
    )
    if not names:
        section.text = (
            'There are no values of the training: make the report of its '
            'work folder, with `LocalVisBackend` in `vis_backends`.'
        )
    return section


def _setting(cfg: Config, checkpoint: Path) -> Section:
    parts = [
        [name, part['type'].split('.')[-1], _options(part)]
        for name, part in cfg.model.items()
        if isinstance(part, dict) and 'type' in part and name != 'student'
    ]
    versions = [
        ('mmpose_mlda', mmpose_mlda.__version__),
        ('MMPose', mmpose.__version__),
        ('MMEngine', mmengine.__version__),
        ('torch', torch.__version__),
        ('NumPy', np.__version__),
        ('device', _device()),
    ]
    loader = cfg.get('train_dataloader') or {}
    optimiser = (cfg.get('optim_wrapper') or {}).get('optimizer') or {}
    run = [
        ['config', str(cfg.filename)],
        ['checkpoint', str(checkpoint)],
        ['seed', str((cfg.get('randomness') or {}).get('seed', 'drawn'))],
        ['batch of each domain', str(loader.get('batch_size', '-'))],
        ['optimiser', f'{optimiser.get("type", "-")}, {_options(optimiser)}'],
    ]
    return Section(
        'What was run?',
        'The complete config is `vis_data/config.py` in the work folder.',
        tables=[
            TableData(['fact', 'value'], run, 'The run.'),
            TableData(
                ['part', 'type', 'options'], parts, 'Parts of the method.'
            ),
            TableData(
                ['package', 'version'],
                [list(row) for row in versions],
                'Where this report was made.',
            ),
        ],
    )


def _options(part: dict) -> str:
    """Its numbers and words; what is nested is in the config."""
    plain = (str, int, float, bool)
    return ', '.join(
        f'{name}={value}'
        for name, value in part.items()
        if isinstance(value, plain) and name != 'type'
    )


def _device() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'CPU, {torch.get_num_threads()} threads'
