# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Values of papers beside ours, and tables of parts of the test set."""

import csv
import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from test_evaluation.pck_samples import random_samples

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.evaluation.errors import encode_errors
from mmpose_mlda.evaluation.joint_groups import ANIMAL_GROUPS, LIMB_GROUPS
from mmpose_mlda.studies.plan import make_plan
from mmpose_mlda.studies.report import markdown, summary, to_csv
from mmpose_mlda.studies.reported import reported_columns, with_reported
from mmpose_mlda.studies.study import load_study
from mmpose_mlda.studies.table import TableMaker, make_rows, read_results

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / 'configs' / 'studies'
RIGHT, WRONG = 10, 90  # thousandths of the side
STUDY = dict(
    name='tiny',
    reported_threshold=0.05,
    rows=dict(
        base=dict(title='base', reported=dict(First=40, All=45.5)),
        other=dict(title='not run', reported=dict(All=60.25)),
        own=dict(title='own'),
        nothing=dict(title='nothing at all'),
    ),
)


@pytest.fixture(scope='module')
def tools():
    """The tools of studies as modules."""

    def load(name):
        path = ROOT / 'tools' / 'analysis_tools' / f'{name}.py'
        spec = importlib.util.spec_from_file_location(f'tool_{name}', path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def half(write_result):
    """Rows with one right image of two; returns their folder."""
    for row in ('own', 'base'):
        folder = write_result(row, 0, [[RIGHT, RIGHT], [WRONG, WRONG]])
    return folder


def table(folder, thresholds=(0.05, 0.1), study=STUDY):
    rows = make_rows(read_results(folder), 'teacher')
    cells = TableMaker(rows, 'base', 50).cells(thresholds)
    return with_reported(cells, study, 'teacher', thresholds)


def test_tables_with_reported_values(half):
    text = markdown(table(half), 'base', 'teacher')
    strict, lenient = text.split('\n\nPCK@0.1, per cent\n\n')
    none = 'none (+0.0 [+0.0, +0.0])'
    assert strict.splitlines() == [
        'PCK@0.05, per cent',
        '',
        '|  | seeds | First | reported | All | reported | '
        'All, against base [95 %] |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
        '| base | 1 | 50.0 | 40.0 | 50.0 | 45.5 | - |',
        '| not run | 0 | - | - | - | 60.2 | - |',
        f'| own | 1 | 50.0 | - | 50.0 | - | {none} |',
    ]
    # nothing is reported at the other threshold
    assert lenient.splitlines()[2:] == [
        '| base | 1 | 100.0 | 100.0 | - |',
        f'| own | 1 | 100.0 | 100.0 | {none} |',
    ]


def test_summary_with_reported_values(half):
    lines = summary(table(half), 'base', 'teacher').splitlines()
    none = 'none (+0.0 [+0.0, +0.0])'
    assert lines == [
        '| against base | seeds | PCK@0.05 | reported | difference [95 %] '
        '| PCK@0.1 | difference [95 %] |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
        '| base | 1 | 50.0 | 45.5 | - | 100.0 | - |',
        '| not run | 0 | - | 60.2 | - | - | - |',
        f'| own | 1 | 50.0 | - | {none} | 100.0 | {none} |',
    ]


def test_csv_with_reported_values(half):
    lines = list(csv.DictReader(io.StringIO(to_csv(table(half)))))
    found = {(x['row'], x['threshold'], x['group']): x for x in lines}
    assert len(found) == len(lines) == 2 * 2 * 2 + 1
    assert found['base', '0.05', 'First']['reported'] == '40'
    assert found['base', '0.1', 'First']['reported'] == ''
    assert found['other', '0.05', 'All']['reported'] == '60.25'
    assert found['other', '0.05', 'All']['mean'] == ''
    assert 'part' not in lines[0]


def test_nothing_reported_changes_nothing(half):
    rows = make_rows(read_results(half), 'teacher')
    cells = TableMaker(rows, 'base', 50).cells([0.1])
    assert with_reported(cells, STUDY, 'teacher', [0.1]) == cells
    assert 'reported' not in to_csv(cells).splitlines()[0]
    plain = dict(STUDY, rows={n: dict(title=n) for n in STUDY['rows']})
    assert with_reported(cells, plain, 'teacher', [0.1]) == cells


def test_group_that_the_results_do_not_have(half):
    rows = dict(base=dict(title='base', reported=dict(Frist=40)))
    study = dict(STUDY, rows=rows)
    with pytest.raises(OptionError, match=r"reports \['Frist'\].*'First'"):
        table(half, study=study)


@pytest.mark.parametrize(
    ('row', 'study', 'message'),
    [
        ('reported=dict(All=101)', 'reported_threshold=0.05', 'All is 101'),
        ("reported=dict(All='x')", 'reported_threshold=0.05', "All is 'x'"),
        (
            'reported=dict(horse=dict(Eye=-1))',
            'reported_threshold=0.05',
            'row teacher: reported horse/Eye is -1',
        ),
        ('reported=dict(All=1)', '', r"\['reported_threshold'\] is missing"),
    ],
)
def test_mistakes_in_a_study(study_file, row, study, message):
    text = study_file.read_text()
    old = "teacher=dict(config=_config, first_stage='plain')"
    assert old in text
    text = text.replace(old, f'{old[:-1]}, {row})')
    study_file.write_text(f'{text}\n{study}\n')
    with pytest.raises(OptionError, match=message):
        load_study(study_file)


def test_the_papers_table_before_any_run(tools, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    collect = tools('collect_results')
    study = str(STUDIES / 'synanimal_tigdog.py')
    arguments = [study, '--runs', str(tmp_path)]
    collect.run(collect.parse_args([*arguments, '--out', f'{tmp_path}/t']))
    text = capsys.readouterr().out
    titles = [line for line in text.splitlines() if line.startswith('PCK')]
    assert titles == ['PCK@0.05, tiger, per cent', 'PCK@0.05, horse, per cent']
    (line, _) = [x for x in text.splitlines() if x.startswith('| MLDA')]
    assert line.split(' | ')[2:6] == ['-', '98.0', '-', '95.4']
    assert '- reported: MLDA (ICME 2024), Tables 2 and 3' in text
    names = sorted(path.name for path in (tmp_path / 't').iterdir())
    assert names == ['table.csv', 'table.md']
    for wrong in (['--options'], ['--thresholds', '0.1']):
        with pytest.raises(OptionError, match='no results yet'):
            collect.run(collect.parse_args([*arguments, *wrong]))


def test_rows_that_are_asked_for(tools, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    collect = tools('collect_results')
    study = str(STUDIES / 'surreal_lsp.py')
    arguments = [study, '--runs', str(tmp_path), '--rows']
    collect.run(collect.parse_args([*arguments, 'mlda', 'source_only']))
    lines = capsys.readouterr().out.splitlines()
    rows = [x.split(' | ')[0] for x in lines if x.startswith('| ')]
    assert rows[2:] == ['| MLDA', '| source-only']
    with pytest.raises(OptionError, match=r"no rows \['mlda2'\]; it has"):
        collect.run(collect.parse_args([*arguments, 'mlda2']))
    with pytest.raises(OptionError, match="needs a study's file"):
        collect.run(collect.parse_args([str(tmp_path), '--rows', 'mlda']))


# ---------------------------------------------------------------------- parts
def animals(num=30):
    samples = random_samples(num, num_keypoints=18)
    for i, sample in enumerate(samples):
        sample['animal'] = 'horse' if i % 3 else 'tiger'
    return samples


def evaluate(samples, **options):
    metric = PCK(by='animal', thr=[0.05, 0.1], **options)
    metric.dataset_meta = parse_pose_metainfo(get_table('animal18'))
    metric.process({}, samples)
    return metric, metric.evaluate(len(samples))


def write_animals(tools, write_result, row='base', **changes):
    """A result as study_run.py makes it; its metrics and its folder."""
    metric, values = evaluate(animals())
    errors = encode_errors(metric.distance, metric.scored)
    networks = dict(teacher=dict(metrics=values, errors=errors))
    changes = dict(tools('study_run').table_of_joints(metric)) | changes
    folder = write_result(
        row,
        0,
        [list(map(int, line.split())) for line in errors],
        **dict(dict(networks=networks), **changes),
    )
    return values, folder


def test_tables_of_parts_are_the_metrics(tools, write_result):
    values, folder = write_animals(tools, write_result)
    rows = make_rows(read_results(folder), 'teacher')
    cells = TableMaker(rows, None, 50).cells([0.05, 0.1])
    found = {}
    for cell in cells:
        names = [f'PCK@{cell.threshold:g}', cell.part]
        names += [cell.group] if cell.group != 'All' else []
        found['/'.join(filter(None, names))] = cell.mean
    assert found == pytest.approx(values)
    assert len(found) == 2 * 3 * 8
    text = markdown(cells, None, 'teacher')
    titles = [line for line in text.splitlines() if line.startswith('PCK')]
    assert titles == [
        f'PCK@{threshold}{part}, per cent'
        for threshold in (0.05, 0.1)
        for part in ('', ', tiger', ', horse')
    ]
    parts = [x for x in summary(cells, None, 'teacher').splitlines() if x]
    assert [x for x in parts if x[0] != '|'] == ['tiger', 'horse']
    assert ',horse' in to_csv(cells)


def test_papers_protocol_of_animals_is_pooled():
    options = dict(protocol='udape', batch_size=1)
    _, papers = evaluate(animals(), **options)
    _, pooled = evaluate(animals())
    assert papers == pytest.approx(pooled)


def test_interval_of_a_part_is_of_its_images(write_result):
    """A part without a wrong answer has an interval of no width."""
    errors = np.full((20, 2), RIGHT)
    errors[10:15] = WRONG
    parts = ['a'] * 10 + ['b'] * 10
    folder = write_result('base', 0, errors, parts=parts)
    rows = make_rows(read_results(folder), 'teacher')
    maker = TableMaker(rows, None, 300)
    cells = {p: maker.cell(rows['base'], 0.05, 'All', p) for p in ('', *'ab')}
    means = [cells[part].mean for part in ('', 'a', 'b')]
    assert means == [75, 100, 50]
    assert cells['a'].low == cells['a'].high == 100
    assert cells['b'].low < cells[''].low < 75


def test_parts_that_disagree(tools, write_result):
    _, folder = write_animals(tools, write_result)
    parts = ['horse'] * 30
    networks = dict(teacher=dict(metrics={}, errors=['10 90'] * 30))
    changes = dict(parts=parts, joints=list('ab'), groups=dict(All=list('ab')))
    write_result('other', 0, [[1, 1]] * 30, networks=networks, **changes)
    with pytest.raises(OptionError, match='other-seed0 was tested on other'):
        make_rows(read_results(folder), 'teacher')


def test_metrics_of_a_part_that_do_not_follow(tools, write_result):
    """The parts of the file are not those of its metrics."""
    parts = ['tiger', 'horse'] * 15
    _, folder = write_animals(tools, write_result, parts=parts)
    with pytest.raises(OptionError, match=r'PCK@0\.05/(horse|tiger).* is'):
        make_rows(read_results(folder), 'teacher')


# ------------------------------------------------- studies of the repository
# study, row, part: rows of the papers that do not come from one evaluation
INCONSISTENT = {
    ('surreal_lsp', 'uda_animal', ''),
    *(('synanimal_tigdog', 'ccssl', part) for part in ('tiger', 'horse')),
    *(('synanimal_tigdog', 'uda_animal', part) for part in ('tiger', 'horse')),
    ('synanimal_tigdog', 'mlda', 'horse'),
}
REPORTED = [
    pytest.param(study, name, row['reported'], id=f'{study.stem}-{name}')
    for study in sorted(STUDIES.glob('*.py'))
    for name, row in load_study(study)['rows'].items()
    if 'reported' in row
]


@pytest.mark.parametrize(('study', 'row', 'values'), REPORTED)
def test_reported_total_is_the_mean_of_the_joints(study, row, values):
    """Else a number is not where it belongs."""
    animals = 'synanimal' in study.stem
    groups = ANIMAL_GROUPS if animals else LIMB_GROUPS
    columns = reported_columns(values)
    parts = list(dict.fromkeys(part for part, _ in columns))
    assert parts == (['tiger', 'horse'] if animals else [''])
    for part in parts:
        own = {group: v for (p, group), v in columns.items() if p == part}
        assert set(own) == {'All', *groups}
        sizes = {group: len(joints) for group, joints in groups.items()}
        total = sum(own[group] * size for group, size in sizes.items())
        gap = abs(own['All'] - total / sum(sizes.values()))
        # of rounding, for the groups and in all
        assert (gap > 0.11) == ((study.stem, row, part) in INCONSISTENT)


def test_first_stages_are_shared(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)

    def stages(name, *rows):
        study = load_study(STUDIES / f'{name}.py')
        jobs = make_plan(study, tmp_path, tmp_path, rows, seeds=[0])
        return {job.folder for job in jobs if job.is_stage}

    whole = stages('surreal_lsp', 'mean_teacher', 'mlda')
    assert len(whole) == 2
    assert stages('surreal_lsp_ablation', 'mean_teacher', 'all') == whole
    assert stages('surreal_lsp_lambdas', 'base') < whole
