# Copyright (c) mmpose_mlda contributors. All rights reserved.
import csv
import io

import numpy as np
import pytest

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.studies.report import markdown, summary, to_csv
from mmpose_mlda.studies.table import TableMaker, make_rows, read_results

GOOD, BAD, NONE = 10, 90, -1


def errors(share, images=40, joints=2):
    """The first images are wrong, the rest right; some not scored."""
    values = np.full((images, joints), GOOD)
    values[: round(images * (1 - share))] = BAD
    values[::10, 1] = NONE
    return values


def make(folder, network='teacher', baseline='base'):
    rows = make_rows(read_results(folder), network)
    return TableMaker(rows, baseline, num_resamples=300)


def test_means_spreads_and_differences(write_result):
    for seed, shares in enumerate([(0.25, 0.75), (0.5, 0.75)]):
        for row, share in zip(('base', 'new'), shares, strict=True):
            folder = write_result(row, seed, errors(share))
    maker = make(folder)
    cell = maker.cell(maker.rows['base'], 0.05, 'First')
    assert cell.mean == pytest.approx(37.5)
    assert cell.std == pytest.approx(12.5 * np.sqrt(2))  # of 25 and 50
    assert cell.low < 37.5 < cell.high
    cell = maker.cell(maker.rows['new'], 0.05, 'First')
    assert cell.std == 0
    assert cell.difference == pytest.approx(37.5)
    assert 0 < cell.difference_low < 37.5 < cell.difference_high


def test_none_and_dash_in_the_table(write_result):
    write_result('base', 0, errors(0.5), network='student')
    write_result('same', 0, errors(0.5))
    folder = write_result('better', 0, errors(1.0))
    maker = make(folder)
    text = markdown(maker.cells([0.05, 0.1]), 'base', 'teacher')
    lines = text.splitlines()
    assert lines[0] == 'PCK@0.05, per cent'
    # 20 of 40 and 18 of 36; all errors are below 0.1
    assert '| base (student) | 1 | 50.0 | 50.0 | - |' in lines
    assert '| same | 1 | 50.0 | 50.0 | none (+0.0 [+0.0, +0.0]) |' in lines
    assert (
        lines.count('| same | 1 | 100.0 | 100.0 | none (+0.0 [+0.0, +0.0]) |')
        == 1
    )
    (better,) = [x for x in lines if x.startswith('| better') and '50.0' in x]
    assert '| +50.0 [+3' in better


def test_summary_has_all_thresholds_in_one_line(write_result):
    write_result('base', 0, errors(0.5))
    folder = write_result('same', 0, errors(0.5), network='student')
    lines = summary(make(folder).cells([0.05, 0.1]), 'base', 'teacher')
    none = 'none (+0.0 [+0.0, +0.0])'
    assert lines.splitlines()[0].count('difference [95 %]') == 2
    assert lines.splitlines()[2:] == [
        '| base | 1 | 50.0 | - | 100.0 | - |',
        f'| same (student) | 1 | 50.0 | {none} | 100.0 | {none} |',
    ]


def test_seeds_that_the_baseline_lacks(write_result):
    write_result('base', 1, errors(0.5))
    for seed in (0, 1):
        folder = write_result('new', seed, errors(0.25 + seed / 2))
    maker = make(folder)
    cell = maker.cell(maker.rows['new'], 0.05, 'All')
    assert (cell.seeds, cell.common) == ([0, 1], [1])
    assert cell.difference == pytest.approx(25)
    text = markdown(maker.cells([0.05]), 'base', 'teacher')
    assert text.rstrip(' |').endswith(', 1 seeds')


def test_csv_holds_every_cell(write_result):
    write_result('base', 0, errors(0.5))
    folder = write_result('new', 0, errors(0.75))
    cells = make(folder).cells([0.05])
    lines = list(csv.DictReader(io.StringIO(to_csv(cells))))
    assert [(x['row'], x['group']) for x in lines] == [
        (row, group) for row in ('base', 'new') for group in ('All', 'First')
    ]
    assert lines[0]['difference'] == ''
    assert float(lines[3]['difference']) == pytest.approx(25)


def test_refuses_other_images(write_result):
    write_result('base', 0, errors(0.5))
    other = errors(0.5)
    other[3, 0] = NONE
    folder = write_result('new', 0, other)
    with pytest.raises(OptionError, match='new-seed0 was tested on other'):
        make_rows(read_results(folder), 'teacher')


def test_refuses_metrics_that_do_not_follow(write_result):
    folder = write_result('base', 0, errors(0.5))
    path = folder / 'base-seed0.json'
    path.write_text(path.read_text().replace('"PCK@0.05": 5', '"PCK@0.05": 6'))
    with pytest.raises(OptionError, match=r'is 60\.0, but 50\.0'):
        make_rows(read_results(folder), 'teacher')


def test_refuses_a_broken_file(write_result):
    folder = write_result('base', 0, errors(0.5))
    (folder / 'base-seed0.json').write_text('{')
    with pytest.raises(OptionError, match=r'base-seed0\.json is no result'):
        read_results(folder)
