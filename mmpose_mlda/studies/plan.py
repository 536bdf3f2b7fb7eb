# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From a study to the trainings that it needs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.engine.loops.domain_train_loop import count_steps

from .options import layer, to_arguments
from .study import select_rows

FORMAT = 1  # of the results; a new one makes all results old
FIRST_STAGES = 'first_stages'  # their folder, which all studies share
# What a run is; the rest stores it, starts it or watches it.
FINGERPRINTED = (
    *('model', 'train_dataloader', 'train_cfg', 'optim_wrapper'),
    *('param_scheduler', 'custom_hooks', 'randomness'),
    *('test_dataloader', 'test_evaluator', 'test_cfg'),
)
WATCHING_HOOKS = (
    'mmpose_mlda.BranchPanelHook',
    'mmpose_mlda.GradientNormHook',
)
# What belongs to a run as well if it is to be validated
VALIDATION = ('val_dataloader', 'val_evaluator', 'val_cfg')
# Transforms that draw the same pixels as those by which runs are known: with
# their own defaults they go by the other name.
SAME_PIXELS = {
    'mmpose_mlda.ColorJitter': dict(
        type='mmpretrain.ColorJitter', backend='cv2'
    )
}
# What a row must have in common with the first stage that it starts from.
SHARED_WITH_STAGE = ('train_dataloader', 'model.student')


@dataclass(frozen=True)
class Job:
    """One training: a row or a first stage with one seed."""

    study: str
    row: str  # or the name of the first stage
    title: str
    seed: int
    config: str
    options: dict[str, Any]
    evaluate: tuple[str, ...]  # nothing for a first stage
    steps: int
    fingerprint: str
    folder: Path  # of logs and checkpoints
    result: Path
    needs: 'Job | None' = None  # the first stage
    curves: bool = False  # whether it is validated, and the result has them

    @property
    def name(self) -> str:
        """As in messages and file names."""
        return f'{self.row}-seed{self.seed}'

    @property
    def is_stage(self) -> bool:
        """Whether it is a first stage, which leaves a plain checkpoint."""
        return not self.evaluate

    @property
    def plain(self) -> Path:
        """Where a first stage leaves its checkpoint."""
        return self.folder / 'plain.pth'

    def train_arguments(self) -> list[str]:
        """Arguments of ``tools/train.py``, without ``--resume``."""
        options = self.options
        if self.needs:
            options = options | {'load_from': str(self.needs.plain)}
        arguments = [
            *(self.config, '--seed', str(self.seed)),
            *('--work-dir', str(self.folder)),
        ]
        if not self.curves:
            arguments.insert(3, '--no-validate')
        if options:
            arguments += ['--cfg-options', *to_arguments(options)]
        return arguments

    def state(self) -> str:
        """``'open'``, ``'done'``, or ``'changed'`` since it was done."""
        if not self.result.is_file():
            return 'open'
        found = json.loads(self.result.read_text())['fingerprint']
        return 'done' if found == self.fingerprint else 'changed'

    def changes(self) -> str:
        """What differs from the result that is there."""
        old = json.loads(self.result.read_text())['options']
        new = json.loads(json.dumps(self.options))  # tuples to lists
        changed = [
            f'{key}: {old.get(key, "not set")} -> {new.get(key, "not set")}'
            for key in sorted(old.keys() | new.keys())
            if (key in old, old.get(key)) != (key in new, new.get(key))
        ]
        return '; '.join(changed) or 'a config file or the first stage'


def make_plan(
    study: Mapping[str, Any],
    out: str | Path,
    work_dir: str | Path,
    rows: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Job]:
    """All trainings of a study, in an order in which they can be run.

    Args:
        study: Of :func:`~mmpose_mlda.studies.study.load_study`.
        out: Folder of results; each study has its own in it.
        work_dir: Folder of logs and checkpoints, likewise.
        rows: Only these.
        seeds: These instead of the study's.
        options: Changes of every config, on top of the study's.

    Raises:
        OptionError: If a row is unknown or does not fit its first stage.
    """
    if rows is not None:
        study = select_rows(study, rows)
    planner = _Planner(
        study, Path(out) / study['name'], Path(work_dir), options or {}
    )
    jobs: list[Job] = []
    for seed in study['seeds'] if seeds is None else seeds:
        for row in study['rows']:
            job = planner.row(row, seed)
            jobs += [j for j in (job.needs, job) if j and j not in jobs]
    return jobs


class _Planner:
    """Makes jobs; reads each config once."""

    def __init__(self, study, out: Path, work_dir: Path, options) -> None:
        self.study, self.out, self.work_dir = study, out, work_dir
        self.extra = options
        self._configs: dict[str, tuple[dict, Config]] = {}

    def row(self, name: str, seed: int) -> Job:
        """The job of a row, with the one of its first stage."""
        row = self.study['rows'][name]
        options, cfg = self._resolve(f'row {name}', row)
        max_iters = cfg.train_cfg.max_iters
        needs, steps = None, max_iters
        if row.get('first_stage') is not None:
            pretrain = count_steps(
                cfg.train_cfg.get('pretrain_iters', 0), max_iters
            )
            needs = self._stage(row['first_stage'], seed, pretrain)
            self._check_fit(name, cfg, row['first_stage'])
            steps -= pretrain
        evaluate = row.get('evaluate', self.study['evaluate'])
        return self._job(
            name,
            seed,
            cfg,
            config=row['config'],
            options=options,
            title=row['title'],
            evaluate=tuple(evaluate),
            steps=steps,
            needs=needs,
            curves=self.study.get('curves', False),
        )

    def _stage(self, name: str, seed: int, steps: int) -> Job:
        stage = self.study['first_stages'][name]
        options, cfg = self._resolve(f'first stage {name}', stage)
        # shorter, on the same schedule of the learning rate
        length = {
            'train_cfg.max_iters': steps,
            'train_cfg.pretrain_iters': steps,
        }
        cfg = Config(cfg.to_dict())
        cfg.merge_from_dict(length)
        return self._job(
            f'first_stage-{name}',
            seed,
            cfg,
            config=stage['config'],
            options=layer(options, length),
            title=f'first stage, {name}',
            evaluate=(),
            steps=steps,
        )

    def _job(self, row: str, seed: int, cfg: Config, **values) -> Job:
        fingerprint = _fingerprint(
            cfg,
            (values['config'], seed, values['evaluate']),
            values.get('needs'),
            VALIDATION if values.get('curves') else (),
        )
        # a changed row gets another folder and never resumes an old run
        is_stage = not values['evaluate']
        place = FIRST_STAGES if is_stage else self.study['name']
        name = f'{row}-seed{seed}'
        folder = self.work_dir / place / f'{name}-{fingerprint[:8]}'
        result = (
            folder / 'result.json' if is_stage else self.out / f'{name}.json'
        )
        return Job(
            study=self.study['name'],
            row=row,
            seed=seed,
            fingerprint=fingerprint,
            folder=folder,
            result=result,
            **values,
        )

    def _resolve(self, name: str, entry: Mapping) -> tuple[dict, Config]:
        """Options and resulting config of a row or stage."""
        if name not in self._configs:
            config = entry['config']
            if not Path(config).is_file():
                raise OptionError(f'{name}: config {config} does not exist')
            options = layer(
                self.study['options'], entry.get('options', {}), self.extra
            )
            to_arguments(options)
            cfg = Config.fromfile(config)
            cfg.merge_from_dict(dict(options))
            self._configs[name] = options, cfg
        return self._configs[name]

    def _check_fit(self, row: str, cfg: Config, stage: str) -> None:
        _, other = self._configs[f'first stage {stage}']
        for key in SHARED_WITH_STAGE:
            if _get(cfg, key) != _get(other, key):
                raise OptionError(
                    f'row {row} has another {key} than its first stage '
                    f'{stage}; give it a first stage of its own, or none'
                )


def _get(cfg: Config, key: str) -> Any:
    for part in key.split('.'):
        cfg = cfg[part]
    return cfg


def _by_known_names(value: Any) -> Any:
    """A part of a config in which :data:`SAME_PIXELS` are replaced."""
    if isinstance(value, list | tuple):
        return [_by_known_names(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    value = {key: _by_known_names(item) for key, item in value.items()}
    same = SAME_PIXELS.get(str(value.get('type')))
    return same | value | dict(type=same['type']) if same else value


def _fingerprint(
    cfg: Config, values: tuple, needs: Job | None, further: tuple = ()
) -> str:
    whole = cfg.to_dict()
    content = {key: whole.get(key) for key in (*FINGERPRINTED, *further)}
    content['custom_hooks'] = [
        hook
        for hook in content['custom_hooks'] or ()
        if hook['type'] not in WATCHING_HOOKS
    ]
    start = needs.fingerprint if needs else None
    text = json.dumps(
        [FORMAT, _by_known_names(content), values, start],
        sort_keys=True,
        default=repr,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]
