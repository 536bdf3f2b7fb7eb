# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The demo, shortened, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_demo(work_dir: Path) -> str:
    command = ['demo/run_demo.py', '--iters', '6', '--work-dir', work_dir]
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.slow
def test_demo_leaves_a_table_a_picture_and_figures(tmp_path):
    printed = run_demo(tmp_path)

    results = json.loads((tmp_path / 'result.json').read_text())
    rows = ['source_only', 'teacher', 'student', 'oracle']
    for name in rows:
        assert 0 <= results[name]['PCK@0.05'] <= results[name]['PCK@0.1']
        assert results[name]['PCK@0.1'] <= 100
    assert {'seconds', 'seed', 'iters', 'versions', 'command'} <= set(results)
    assert results['iters'] == 6
    for title in ('source-only', 'MLDA teacher', 'MLDA student', 'oracle'):
        value = f'{results[rows[0]]["PCK@0.05"]:.1f}'
        assert title in printed
    assert value in printed
    image = cv2.imread(results['picture'])
    assert image.shape[1] > 6 * 200  # six columns
    assert image.std() > 20

    # a second call takes the trained models from the first one
    again = run_demo(tmp_path)
    assert json.loads((tmp_path / 'result.json').read_text())[
        'teacher'
    ] == pytest.approx(results['teacher'])
    assert '6/6' not in again
