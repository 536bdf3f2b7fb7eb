# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a run has logged, as curves over its steps."""

import json
import re
from pathlib import Path

Curves = dict[str, dict[int, float]]


def read_curves(work_dir: str | Path) -> Curves:
    """Read ``*/vis_data/scalars.json`` below the folder of a run.

    A resumed run has a folder for each of its parts; of a step that was made
    twice, the later part counts. A training that began anew in the folder of
    an earlier one, i.e. whose config does not resume, is a run of its own:
    the last one counts.

    Args:
        work_dir: The run's ``work_dir``, or one of its parts.

    Returns:
        dict: {name: {step: value}}, by rising steps; finished steps, without
        MMEngine's prefixes ``train/`` and ``val/``.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    # names of the parts are times, so this is their order
    paths = sorted(Path(work_dir).glob('**/vis_data/scalars.json'))
    if not paths:
        raise FileNotFoundError(
            f'{work_dir} has no vis_data/scalars.json: give the work folder '
            'of a training with LocalVisBackend in vis_backends'
        )
    curves: Curves = {}
    for path in _last_run(paths):
        for line in path.read_text('utf-8').splitlines():
            _add(curves, line)
    return {
        name: dict(sorted(curve.items())) for name, curve in curves.items()
    }


def _last_run(paths: list[Path]) -> list[Path]:
    """The parts since a training began anew, if any did."""
    first = 0
    for number, path in enumerate(paths):
        config = path.with_name('config.py')
        # written by MMEngine, one option of the top level a line
        resumed = not config.is_file() or re.search(
            r'^resume\s*=\s*True', config.read_text('utf-8'), re.MULTILINE
        )
        if not resumed:
            first = number
    return paths[first:]


def _add(curves: Curves, line: str) -> None:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:  # the line at which a run was killed
        return
    step = record.get('step')
    for name, value in record.items():
        number = isinstance(value, int | float)
        if number and step is not None and name not in ('step', 'iter'):
            name = name.removeprefix('train/').removeprefix('val/')
            curves.setdefault(name, {})[step] = value
