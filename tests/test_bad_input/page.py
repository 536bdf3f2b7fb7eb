# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""docs/bad_input.md out of the cases.

``PYTHONPATH=tests python -m test_bad_input.page`` writes it.
"""

from pathlib import Path

from test_bad_input import (
    checkpoints,
    commands,
    images,
    labels,
    metrics,
    options,
    pairs,
    releases,
    style_weights,
)
from test_bad_input.kit import FOLDER, Case, Table

PAGE = Path(__file__).parents[2] / 'docs' / 'bad_input.md'
TABLES: list[Table] = [
    module.TABLE
    for module in (
        images,
        labels,
        releases,
        pairs,
        checkpoints,
        style_weights,
        options,
        commands,
        metrics,
    )
]
CASES: list[Case] = [case for table in TABLES for case in table.cases]

HEAD = f"""# Bad input

What happens with files and options that are wrong: {{count}} kinds, each of
them tried by the tests of `tests/test_bad_input/`, from which this page is
written (`PYTHONPATH=tests python -m test_bad_input.page`). An error names the
file, the value and the remedy; `{FOLDER}` stands for a folder, `...` for what
is left out here. Checks are made once, when a data set or a model is built,
and never in a step of the training.

Photographs without labels are looked at when their data set is built: the
header, and whether the file's end is there. With `broken='skip'` of
[`UnlabeledPoseDataset`](datasets.md) those that cannot be read are left out,
the same ones in every process and after every resume, and the log tells how
many and which. Files are never unpickled beyond tensors and plain containers,
so a hostile checkpoint does not run.
"""


def write() -> str:
    """The page."""
    lines = [HEAD.format(count=len(CASES))]
    for table in TABLES:
        lines += [f'## {table.area}', '', '| tried | what the user sees |']
        lines += ['|---|---|', *map(_row, table.cases), '']
    return '\n'.join(lines)


def _row(case: Case) -> str:
    sees = case.sees.strip()
    if case.error is not None:
        name = case.error.__name__
        if sees[-1] not in '.)':
            sees += ' ...'
        prefix = '' if case.error is SystemExit else f'{name}: '
        sees = f'`` {prefix}{sees} ``'
    return f'| {case.tried} | {sees} |'.replace('\n', ' ')


if __name__ == '__main__':
    PAGE.write_text(write(), 'utf-8')
