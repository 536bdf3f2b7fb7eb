# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Tables in the docs are what the committed results give."""

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# <!-- COMMAND -->, a table, or some of its rows, and <!-- end -->
TABLE = re.compile(r'<!-- (python tools/\S.*?) -->\n\n(.+?)\n\n<!-- end', re.S)
TABLES = [
    pytest.param(*found, id=f'{page.stem}-{number}')
    for page in [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
    for number, found in enumerate(TABLE.findall(page.read_text('utf-8')))
]


@pytest.mark.slow
@pytest.mark.parametrize(('command', 'table'), TABLES)
def test_tables_follow_from_the_results(command, table, monkeypatch, capsys):
    python, script, *arguments = shlex.split(command)
    assert python == 'python'
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, 'argv', [script, *arguments])
    runpy.run_path(script, run_name='__main__')
    printed = capsys.readouterr().out
    assert set(table.splitlines()) <= set(printed.splitlines())
