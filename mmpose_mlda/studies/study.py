# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A study's file, checked."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmpose_mlda.apis.launch import OptionError

from .reported import reported_columns

NETWORKS = ('student', 'teacher')
STUDY_KEYS = {
    *('seeds', 'options', 'first_stages', 'rows', 'evaluate'),
    *('reported_threshold', 'reported_from', 'curves'),
}
STAGE_KEYS = {'config', 'options'}
ROW_KEYS = STAGE_KEYS | {'title', 'first_stage', 'evaluate', 'reported'}


def load_study(path: str | Path) -> dict[str, Any]:
    """Read and check a study's file.

    Args:
        path: A config of MMEngine. Names that begin with ``_`` are its own.

    Returns:
        dict: With ``name`` and every key that a study may have.

    Raises:
        FileNotFoundError: If there is no such file.
        OptionError: If a key is unknown or something is missing.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'study {path} does not exist')
    content = Config.fromfile(path).to_dict()
    study = {k: v for k, v in content.items() if not k.startswith('_')}
    _check_keys(study, STUDY_KEYS, {'seeds', 'rows'}, path)
    study = dict(options={}, first_stages={}, evaluate=list(NETWORKS)) | study
    for name, stage in study['first_stages'].items():
        _check_keys(stage, STAGE_KEYS, {'config'}, f'{path}: {name}')
    for name, row in study['rows'].items():
        _check_row(study, name, path)
        row.setdefault('title', name.replace('_', ' '))
    return dict(study, name=path.stem)


def select_rows(study: Mapping[str, Any], rows: Sequence[str]) -> dict:
    """The study with these rows only, in this order.

    Args:
        study: Of :func:`load_study`.
        rows: Names.

    Raises:
        OptionError: If a row is unknown.
    """
    if unknown := set(rows) - set(study['rows']):
        raise OptionError(
            f'The study {study["name"]} has no rows {sorted(unknown)}; it '
            f'has {list(study["rows"])}'
        )
    return {**study, 'rows': {name: study['rows'][name] for name in rows}}


def _check_row(study: Mapping, name: str, path: Path) -> None:
    row, place = study['rows'][name], f'{path}: row {name}'
    _check_keys(row, ROW_KEYS, {'config'}, place)
    if not re.fullmatch(r'\w[\w.-]*', name):
        raise OptionError(f'{path}: the row {name!r} is no file name')
    stage = row.get('first_stage')
    if stage is not None and stage not in study['first_stages']:
        raise OptionError(
            f'{path}: row {name} starts from the first stage {stage!r}, '
            f'but there are {sorted(study["first_stages"])}'
        )
    networks = row.get('evaluate', study['evaluate'])
    if not networks or not set(networks) <= set(NETWORKS):
        raise OptionError(
            f'{path}: row {name} evaluates {networks}, but must evaluate '
            f'some of {NETWORKS}'
        )
    if 'reported' in row:
        _check_keys(study, STUDY_KEYS, {'reported_threshold'}, path)
        reported_columns(row['reported'], place)


def _check_keys(found: Mapping, known: set, needed: set, place) -> None:
    if wrong := set(found) - known:
        raise OptionError(
            f'{place}: unknown {sorted(wrong)}; there are {sorted(known)}'
        )
    if missing := needed - set(found):
        raise OptionError(f'{place}: {sorted(missing)} is missing')
