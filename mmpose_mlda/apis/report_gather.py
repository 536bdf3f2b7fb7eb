# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""All that a report measures of a run; what cannot be measured is left out."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from mmengine.config import Config
from torch import Tensor, nn

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.evaluation import PseudoLabelQuality
from mmpose_mlda.models.adaptors.base import BaseAdaptor
from mmpose_mlda.visualization.run_scalars import Curves

from . import run_folder
from .report_advice import Facts
from .report_change import change, joint_changes, joint_shares
from .report_config import has_labels
from .report_features import (
    Answers,
    Separation,
    Views,
    answers_of,
    domain_views,
    features_of,
    separation,
)
from .report_runs import (
    Outcome,
    Tested,
    evaluate,
    load_model,
    plain_copy,
)

BEFORE, AFTER = 'before', 'after'
_FEWEST = 10  # images of a domain that say anything about features
_WORST_JOINTS = 3
_NO_BEFORE = (
    'The model from before the adaptation is not there: `StageSwitchHook` '
    'keeps it as `source_stage.pth` in the work folder; or give it by '
    '`--before FILE`.'
)
_NO_ADAPTOR = (
    'The features are those that an adaptor taps, and this model is none: '
    'give config and checkpoint of the training.'
)


@dataclass
class Gathered:
    """What was measured."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    network: str = 'teacher'  # the one that the config predicts with
    tested: Tested | None = None
    stages: dict[str, Separation] = field(default_factory=dict)
    missing_stage: str = ''
    views: dict[str, Views] = field(default_factory=dict)
    answers: Answers | None = None
    notes: list[str] = field(default_factory=list)  # why something is missing


def gather(
    cfg: Config, checkpoint: Path, before: Path | None, samples: int
) -> Gathered:
    """Measure a checkpoint, and the one from before the adaptation.

    Args:
        cfg: The config of the run.
        checkpoint: The adapted model.
        before: The other one, if there is one.
        samples: Images of each domain for features and agreement.
    """
    found = Gathered()
    with TemporaryDirectory() as folder:
        if before is not None:
            before = plain_copy(Path(before), Path(folder))
        after_model = _measure(cfg, checkpoint, found, ('teacher', 'student'))
        before_model = None
        if before is not None:
            earlier = Gathered()
            before_model = _measure(cfg, before, earlier, ())
            outcome = next(iter(earlier.outcomes.values()), None)
            if outcome is not None:
                found.outcomes = {BEFORE: outcome, **found.outcomes}
    try:
        found.views = domain_views(cfg, samples)
    except (FileNotFoundError, ValueError, TypeError) as error:
        found.notes.append(_first_line(error))
    _compare_domains({BEFORE: before_model, AFTER: after_model}, found)
    return found


def facts_of(
    found: Gathered,
    curves: Curves,
    switch: int | None,
    steps: int | None,
    total: int | None = None,
) -> Facts:
    """What the verdict is made of.

    Args:
        found: The measurements.
        curves: Of the log; later steps than the checkpoint's do not count.
        switch: Step at which the adaptation began, if there is one.
        steps: That the checkpoint has finished, if it tells.
        total: Steps of the whole training, if it is known.
    """
    facts = Facts(network=found.network, switch=switch)
    facts.adapted = None in (switch, steps) or steps > switch
    facts.finished = steps is not None and steps == total
    facts.curves = {
        name: {k: v for k, v in curve.items() if steps is None or k <= steps}
        for name, curve in curves.items()
    }
    outcome = found.outcomes.get(found.network)
    if outcome is None:
        return facts
    facts.labelled = True
    threshold = outcome.quality.thresholds[0]
    facts.metric = f'PCK@{threshold:g}'
    networks = [found.outcomes.get(name) for name in ('teacher', 'student')]
    if None not in networks:
        facts.teacher_over_student = change(*networks, threshold)
    _judge_labels(facts, (networks[0] or outcome).quality)
    names = joint_names(found.tested.dataset.metainfo)
    facts.worst_joints = _worst_joints(outcome, names, threshold)
    before = found.outcomes.get(BEFORE)
    if before is not None:
        facts.gain = change(outcome, before, threshold)
        facts.lost_joints = _lost_joints(
            outcome, before, names, max(outcome.quality.thresholds)
        )
    return facts


def _judge_labels(facts: Facts, quality: PseudoLabelQuality) -> None:
    """How right the pseudo-labels are, and by which mask."""
    if quality.threshold == 'quantile':
        facts.share = quality.share
    for name, mask in (
        ('precision_kept', quality.kept),
        ('precision_dropped', ~quality.kept),
    ):
        right = quality.distance[mask & quality.scored]
        if right.size:
            share = (right < quality.thresholds[0]).mean()
            setattr(facts, name, 100 * float(share))


def finished_steps(checkpoint: Path) -> int | None:
    """Steps after which a checkpoint was saved, if it tells."""
    meta = load_from_local(str(checkpoint), 'cpu').get('meta') or {}
    return meta.get('iter')


def joint_names(meta: dict) -> list[str]:
    """In the order of a keypoint table."""
    names = sorted(meta['keypoint_id2name'].items())
    return [name.replace('_', ' ') for _, name in names]


def source_model(
    cfg: Config, work_dir: Path | None, before: str | Path | None
) -> Path | None:
    """The checkpoint from before the adaptation.

    Raises:
        FileNotFoundError: If one is named that is not there.
    """
    if before is None:
        return run_folder.source_checkpoint(cfg, work_dir)
    if not Path(before).is_file():
        raise FileNotFoundError(
            f'--before {before} does not exist; give a .pth file'
        )
    return Path(before)


def _measure(
    cfg: Config, checkpoint: Path, found: Gathered, networks: tuple
) -> nn.Module:
    if has_labels(cfg):
        try:
            found.tested = evaluate(cfg, checkpoint, networks)
        except (FileNotFoundError, ValueError) as error:
            found.notes.append(_first_line(error))
        else:
            found.network = found.tested.network
            order = ('model', 'student', 'teacher')
            found.outcomes = {
                name: found.tested.outcomes[name]
                for name in order
                if name in found.tested.outcomes
            }
            return found.tested.model
    model = load_model(cfg, checkpoint)
    found.network = getattr(model, 'predict_on', 'model')
    return model


def _compare_domains(
    models: dict[str, nn.Module | None], found: Gathered
) -> None:
    if not found.views:
        return
    if not isinstance(models[AFTER], BaseAdaptor):
        found.missing_stage = _NO_ADAPTOR
        return
    found.answers = answers_of(models[AFTER], found.views['target'])
    if min(len(view.images) for view in found.views.values()) < _FEWEST:
        found.missing_stage = (
            f'Fewer than {_FEWEST} images of a domain say nothing about '
            'features: take more of them by `--samples`.'
        )
        return
    if models[BEFORE] is None:
        found.missing_stage = _NO_BEFORE
    for stage, model in models.items():
        if model is not None:
            found.stages[stage] = separation(
                *_features(model, found.views),
                [view.paths for view in found.views.values()],
            )


def _features(model: nn.Module, views: dict[str, Views]) -> list[Tensor]:
    return [features_of(model, views[name]) for name in ('source', 'target')]


def _worst_joints(
    outcome: Outcome, names: list[str], threshold: float
) -> list[str]:
    share = joint_shares(outcome, threshold)
    return [
        f'{names[k]} ({share[k]:.0f} %)'
        for k in np.argsort(share)[:_WORST_JOINTS]
        if share[k] == share[k]
    ]


def _lost_joints(
    outcome: Outcome, before: Outcome, names: list[str], threshold: float
) -> list[str]:
    """Those that the adaptation certainly hurt, the worst first."""
    found = joint_changes(outcome, before, threshold)
    start, end = (joint_shares(o, threshold) for o in (before, outcome))
    lost = [k for k, one in enumerate(found) if one.high < 0]
    lost.sort(key=lambda k: found[k].value)
    return [
        f'{names[k]} ({start[k]:.0f} to {end[k]:.0f} % within {threshold:g})'
        for k in lost[:_WORST_JOINTS]
    ]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
