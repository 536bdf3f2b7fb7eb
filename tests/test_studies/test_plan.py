# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
from pathlib import Path

import pytest

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.studies.plan import make_plan
from mmpose_mlda.studies.study import load_study

ROOT = Path(__file__).parents[2]


def plan(path, tmp_path, **kwargs):
    study = load_study(path)
    return make_plan(study, tmp_path / 'out', tmp_path / 'work', **kwargs)


def test_first_stages_come_once_and_first(study_file, tmp_path):
    jobs = plan(study_file, tmp_path)
    assert [job.name for job in jobs] == [
        f'{name}-seed{seed}'
        for seed in (0, 1)
        for name in ('first_stage-plain', 'source_only', 'teacher', 'oracle')
    ]
    stage, source_only, teacher, oracle = jobs[:4]
    assert source_only.needs == teacher.needs == stage
    assert oracle.needs is None
    # 0.6 of 20 steps, then the rest
    assert [job.steps for job in jobs[:4]] == [12, 8, 8, 20]
    assert stage.options['train_cfg.max_iters'] == 12
    assert stage.options['train_cfg.pretrain_iters'] == 12
    assert source_only.evaluate == ('student',)
    assert teacher.evaluate == ('student', 'teacher')
    assert f'load_from={stage.plain}' in teacher.train_arguments()
    assert 'model.x=1' in source_only.train_arguments()
    assert len({job.fingerprint for job in jobs}) == len(jobs)
    assert len({job.folder for job in jobs}) == len(jobs)


def test_studies_with_curves_are_validated(study_file, tmp_path):
    config = tmp_path / 'base.py'
    config.write_text(config.read_text() + 'val_evaluator = dict(type="A")\n')
    plain = plan(study_file, tmp_path, seeds=[0])
    study_file.write_text(study_file.read_text() + 'curves = True\n')
    stage, *rows = plan(study_file, tmp_path, seeds=[0])
    assert '--no-validate' in stage.train_arguments()
    assert not stage.curves
    for job, old in zip(rows, plain[1:], strict=True):
        assert job.curves
        assert '--no-validate' not in job.train_arguments()
        assert '--no-validate' in old.train_arguments()
        assert job.fingerprint != old.fingerprint
    assert stage.fingerprint == plain[0].fingerprint
    # what validates is part of the run
    config.write_text(config.read_text().replace('"A"', '"B"'))
    for job, old in zip(
        plan(study_file, tmp_path, seeds=[0]), [stage, *rows], strict=True
    ):
        assert (job.fingerprint == old.fingerprint) == old.is_stage


def test_choice_of_rows_and_seeds(study_file, tmp_path):
    jobs = plan(study_file, tmp_path, rows=['oracle'], seeds=[7])
    assert [job.name for job in jobs] == ['oracle-seed7']
    with pytest.raises(OptionError, match=r'no rows .*teecher'):
        plan(study_file, tmp_path, rows=['teecher'])


def test_fingerprints_follow_the_configs(study_file, tmp_path):
    before = {job.name: job for job in plan(study_file, tmp_path)}
    for job in before.values():
        job.result.parent.mkdir(parents=True, exist_ok=True)
        content = dict(fingerprint=job.fingerprint, options=job.options)
        job.result.write_text(json.dumps(content))
    assert {job.state() for job in plan(study_file, tmp_path)} == {'done'}

    study_file.write_text(
        study_file.read_text().replace("'model.x': 1", "'model.x': 2")
    )
    after = {job.name: job for job in plan(study_file, tmp_path)}
    changed = [name for name, job in after.items() if job.state() != 'done']
    assert changed == ['source_only-seed0', 'source_only-seed1']
    job = after['source_only-seed0']
    assert job.state() == 'changed'
    assert job.changes() == 'model.x: 1 -> 2'
    # work of the old row is neither resumed nor touched
    assert job.folder != before[job.name].folder


@pytest.fixture
def fingerprint(study_file, tmp_path):
    """Of a run whose pipeline has one transform, as the config writes it."""
    config = study_file.with_name('base.py')
    text = config.read_text()

    def of(transform):
        dataset = f'dict(pipeline=[dict(transforms=({transform},))])'
        config.write_text(
            text.replace('batch_size=4', f'batch_size=4, dataset={dataset}')
        )
        return plan(study_file, tmp_path, rows=['oracle'])[0].fingerprint

    return of


def test_a_transform_of_the_same_pixels_is_the_same_run(fingerprint):
    before = fingerprint(
        "dict(type='mmpretrain.ColorJitter', contrast=0.5, backend='cv2')"
    )
    ours = "dict(type='mmpose_mlda.ColorJitter', contrast=0.5{})"
    assert fingerprint(ours.format(", backend='cv2'")) == before
    assert fingerprint(ours.format('')) == before
    assert fingerprint(ours.format(", backend='pillow'")) != before
    assert fingerprint(ours.format(', brightness=0.5')) != before


def test_the_default_of_the_other_transform_stays(fingerprint):
    """Without a backend it is Pillow's, whose pixels differ."""
    theirs = "dict(type='mmpretrain.ColorJitter', contrast=0.5)"
    assert fingerprint(theirs) != fingerprint(
        "dict(type='mmpose_mlda.ColorJitter', contrast=0.5)"
    )


def test_a_change_of_the_first_stage_reaches_its_rows(study_file, tmp_path):
    before = {j.name: j.fingerprint for j in plan(study_file, tmp_path)}
    text = study_file.read_text().replace(
        "config=_config, options={'model.style_transfer': None}))",
        'config=_config))',
    )
    study_file.write_text(text)
    after = {j.name: j.fingerprint for j in plan(study_file, tmp_path)}
    same = [name for name in before if before[name] == after[name]]
    assert same == ['oracle-seed0', 'oracle-seed1']


def test_base_config_counts_and_place_does_not(study_file, tmp_path):
    before = [job.fingerprint for job in plan(study_file, tmp_path)]
    study = load_study(study_file)
    moved = make_plan(study, tmp_path / 'o', tmp_path / 'w')
    assert [job.fingerprint for job in moved] == before
    base = study_file.with_name('base.py')
    base.write_text(base.read_text().replace('T_max=10', 'T_max=11'))
    after = [job.fingerprint for job in plan(study_file, tmp_path)]
    assert not set(after) & set(before)


def test_command_line_options_come_last(study_file, tmp_path):
    options = {'train_cfg.max_iters': 5, 'train_cfg.pretrain_iters': 2}
    jobs = plan(study_file, tmp_path, seeds=[0], options=options)
    assert [job.steps for job in jobs] == [2, 3, 3, 5]


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('seeds = [0, 1]', '', 'seeds.* is missing'),
        ('seeds =', 'sedes =', 'unknown'),
        ("title='source-only'", "titel='x'", 'source_only: unknown'),
        ("first_stage='plain')", "first_stage='no')", "first stage 'no'"),
        ("evaluate=['student']", "evaluate=['pupil']", 'must evaluate'),
        ('oracle=dict(config=_config)', 'oracle=dict()', 'config.*missing'),
        ('oracle=', "**{'a/b': dict(config=_config)}, oracle=", 'file name'),
    ],
)
def test_mistakes_in_a_study(study_file, old, new, message):
    text = study_file.read_text()
    assert old in text
    study_file.write_text(text.replace(old, new))
    with pytest.raises(OptionError, match=message):
        load_study(study_file)


def test_a_row_must_fit_its_first_stage(study_file, tmp_path):
    text = study_file.read_text().replace('model.x', 'model.student.depth')
    study_file.write_text(text.replace("depth': 1", "depth': 2"))
    with pytest.raises(OptionError, match=r'another model\.student than'):
        plan(study_file, tmp_path)


@pytest.mark.parametrize(
    'path', sorted((ROOT / 'configs' / 'studies').glob('*.py'))
)
def test_studies_of_the_repository(path, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    jobs = plan(path, tmp_path)
    rows = [job for job in jobs if not job.is_stage]
    study = load_study(path)
    assert len(rows) == len(study['rows']) * len(study['seeds'])
    assert all(job.steps > 0 for job in jobs)
