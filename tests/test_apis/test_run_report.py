# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Reports of a run in miniature, complete and with parts missing."""

import engine_kit
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmpose_mlda.apis import run_folder
from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.apis.report_cases import ranked
from mmpose_mlda.apis.report_runs import evaluate
from mmpose_mlda.apis.run_report import (
    collect_report_sections,
    run_summary,
)
from mmpose_mlda.checkpoint import (
    load_from_local,
    plain_checkpoint,
)
from mmpose_mlda.visualization import write_report

STEPS, PRETRAIN = engine_kit.STEPS, engine_kit.PRETRAIN
TITLES = [
    'Did the adaptation help?',
    'Which joints are right?',
    'Can the pseudo-labels be trusted?',
    'Are the domains alike to the network?',
    'Worst, median and best images',
    'Where do teacher and student disagree?',
    'Was the last checkpoint the right one?',
    'How did the training go?',
    'What did the branches see?',
    'What was run?',
]


@pytest.fixture(scope='module', autouse=True)
def _quick():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with engine_kit.quick_runs():
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory):
    """The folder of a finished run."""
    data = engine_kit.write_data(tmp_path_factory.mktemp('data') / 'set')
    folder = tmp_path_factory.mktemp('work') / 'run'
    cfg = engine_kit.make_config(
        data, folder, {'default_hooks.checkpoint.interval': STEPS}
    )
    cfg.custom_hooks.append(dict(type='mmpose_mlda.BranchPanelHook'))
    engine_kit.train(cfg)
    return folder


@pytest.fixture(scope='module')
def run(work_dir):
    cfg, checkpoint, folder = run_folder.run_and_checkpoint(
        str(work_dir), None
    )
    assert folder == work_dir
    return cfg, checkpoint


@pytest.fixture(scope='module')
def sections(run, work_dir):
    cfg, checkpoint = run
    text, files = str(cfg._cfg_dict), sorted(work_dir.rglob('*'))
    found = collect_report_sections(cfg, checkpoint, work_dir, samples=10)
    # it only looks
    assert str(cfg._cfg_dict) == text
    assert sorted(work_dir.rglob('*')) == files
    return {section.title: section for section in found}


def copied(cfg, **changes):
    cfg = Config(cfg._cfg_dict.to_dict(), filename=cfg.filename)
    for name, value in changes.items():
        cfg[name] = value
    return cfg


# ----------------------------------------------------------- all that is there
def test_all_sections(sections):
    assert list(sections) == TITLES
    for section in sections.values():
        assert section.text
        assert 'Missing' not in section.text
    pictures = {
        title: [p.title for p in section.pictures]
        for title, section in sections.items()
    }
    assert pictures[TITLES[2]] == [
        'Reliability of the teacher',
        'Pseudo-labels, per cent',
    ]
    assert pictures[TITLES[3]] == [
        'Principal components, before adaptation',
        'Principal components, after adaptation',
        't-SNE, before adaptation',
        't-SNE, after adaptation',
        'Accuracy of the domain head, per cent',
    ]
    kinds = [title.split()[0] for title in pictures[TITLES[4]]]
    assert kinds == ['Worst'] * 6 + ['Median'] * 3 + ['Best'] * 3
    assert len(pictures[TITLES[5]]) == 6
    assert pictures[TITLES[8]] == [
        f'Step {n}' for n in (1, PRETRAIN + 1, STEPS)
    ]


def test_numbers_are_those_of_the_test_tool(sections, run):
    cfg, checkpoint = run
    cfg = copied(cfg, load_from=str(checkpoint), resume=False)
    cfg.test_evaluator['per_joint'] = True
    for network in ('teacher', 'student'):
        cfg.model.predict_on = network
        expected = engine_kit.build(cfg).test()
        table = sections[TITLES[1]].tables[0]
        column = table.header.index(f'PCK@0.2, {network}')
        found = {row[0]: row[column] for row in table.rows}
        assert found.pop('All') == f'{expected.pop("PCK@0.2"):.1f}'
        assert len(found) == len(expected) == 14 + 8
        for key, value in expected.items():
            name = key.partition('/')[2]
            if name.startswith('joint/'):
                name = name.removeprefix('joint/').replace('_', ' ')
            assert found[name] == f'{value:.1f}'
        (row,) = (
            row
            for row in sections[TITLES[0]].tables[0].rows
            if row[0] == network
        )
        assert row[1] == table.rows[0][column]


def test_the_start_of_the_adaptation_is_compared(sections):
    verdict = sections[TITLES[0]]
    assert '95 % interval' in verdict.text
    names = [row[0] for row in verdict.tables[0].rows]
    assert names == [
        'before adaptation',
        'student',
        'teacher',
        'student - before',
        'teacher - before',
    ]
    rows = sections[TITLES[3]].tables[0].rows
    assert [row[0] for row in rows] == [
        'before adaptation',
        'after adaptation',
    ]


@pytest.mark.slow  # many figures
def test_one_file(run, sections, tmp_path):
    path = tmp_path / 'a.html'
    write_report(path, 'T', run_summary(*run), [*sections.values()])
    text = path.read_text('utf-8')
    assert text.count('<section') == len(TITLES)
    assert text.count('<figure') == sum(
        len(section.pictures) for section in sections.values()
    )


def test_summary(run):
    facts = dict(run_summary(*run))
    assert facts['Steps'] == f'8 of 8, adaptation from step {PRETRAIN} on'
    assert facts['Method'] == 'MLDA'
    assert facts['Target'].startswith('UnlabeledPoseDataset, ')


def test_pseudo_labels_are_masked_as_by_the_loss(run):
    cfg, checkpoint = run
    cfg = copied(cfg)
    for share in (0.5, 0.75):
        cfg.merge_from_dict({'model.consistency.share': share})
        tested = evaluate(cfg, checkpoint, ('teacher',))
        kept = tested.outcomes['teacher'].quality.kept
        assert kept.mean() == pytest.approx(1 - share, abs=0.5 / kept.size)


# ----------------------------------------------------------- parts are missing
def test_nothing_but_a_model(run):
    """Neither labels, nor domains, nor a work folder."""
    cfg, checkpoint = run
    nothing = dict.fromkeys(
        f'{split}_{part}'
        for split in ('train', 'val', 'test')
        for part in ('dataloader', 'cfg')
    )
    cfg = copied(cfg, **nothing, val_evaluator=None, test_evaluator=None)
    cfg.optim_wrapper = cfg.param_scheduler = None
    sections = collect_report_sections(cfg, checkpoint)
    assert [section.title for section in sections] == TITLES
    for section in sections[:-1]:
        assert section.text
        assert not section.pictures
        assert not section.tables
    words = [section.text for section in sections]
    assert 'without labels' in words[0]
    for number in (1, 2, 4):
        assert '`test_dataloader`' in words[number]
    assert '`train_dataloader`' in words[3]
    assert 'BranchPanelHook' in words[8]


def test_domains_without_labels(run, tmp_path):
    """As of an adaptation to one's own photographs."""
    cfg, checkpoint = run
    cfg = copied(cfg)
    for split in ('val', 'test'):
        for part in ('dataloader', 'cfg', 'evaluator'):
            cfg[f'{split}_{part}'] = None
    found = collect_report_sections(cfg, checkpoint, samples=10)
    sections = {section.title: section for section in found}
    assert len(sections[TITLES[5]].pictures) == 6
    assert 'are within 0.05 of the side' in sections[TITLES[5]].text
    assert [row[0] for row in sections[TITLES[3]].tables[0].rows] == [
        'after adaptation'
    ]
    assert '--before FILE' in sections[TITLES[3]].text


def test_validation_of_unlabelled_images(run):
    """What an adaptation to one's own photographs leaves without labels."""
    cfg, checkpoint = run
    cfg = copied(cfg, test_dataloader=None, test_evaluator=None, test_cfg=None)
    cfg.val_dataloader.dataset = dict(
        cfg.train_dataloader.dataset.target,
        pipeline=cfg.val_dataloader.dataset.pipeline,
        test_mode=True,
    )
    cfg.val_evaluator = [dict(type='mmpose_mlda.LabelFreeScore')]
    found = collect_report_sections(cfg, checkpoint, samples=3)
    assert 'without labels' in found[0].text
    assert 'Missing' not in found[0].text
    for number in (0, 1, 2, 4):
        assert '--target-val' in found[number].text


def test_labels_of_the_validation_beside_an_unlabelled_test(run):
    cfg, checkpoint = run
    cfg = copied(cfg)
    cfg.test_dataloader.dataset = cfg.train_dataloader.dataset.target
    cfg.test_evaluator = dict(type='mmpose_mlda.LabelFreeScore')
    tested = evaluate(cfg, checkpoint)
    assert len(tested.outcomes['teacher'].poses) == engine_kit.SOURCE


def test_data_that_are_gone(run, tmp_path):
    cfg, checkpoint = run
    cfg = copied(cfg)
    cfg.test_dataloader.dataset.data_root = str(tmp_path / 'gone')
    found = collect_report_sections(cfg, checkpoint, samples=3)
    assert 'Missing: ' in found[0].text
    assert str(tmp_path / 'gone') in found[0].text
    assert 'Fewer than 10 images' in found[3].text


def test_plain_model(run, tmp_path):
    """A config and checkpoint of MMPose alone."""
    cfg, checkpoint = run
    plain = tmp_path / 'plain.pth'
    torch.save(plain_checkpoint(load_from_local(str(checkpoint))), plain)
    preprocessor = dict(cfg.model.data_preprocessor)
    preprocessor['type'] = 'PoseDataPreprocessor'
    model = dict(cfg.model.student, data_preprocessor=preprocessor)
    cfg = copied(cfg, model=model, train_dataloader=None, train_cfg=None)
    cfg.optim_wrapper = cfg.param_scheduler = None
    found = collect_report_sections(cfg, plain)
    assert [row[0] for row in found[0].tables[0].rows] == ['model']
    assert len(found[4].pictures) == 12


# ------------------------------------------------------------ the work folder
def test_folder_of_a_run_that_has_just_begun(work_dir, tmp_path):
    folder = tmp_path / '20240101_000000' / 'vis_data'
    folder.mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match='no config of a run'):
        run_folder.run_and_checkpoint(str(tmp_path), None)
    (folder / 'config.py').write_text('a = 1\n')
    with pytest.raises(FileNotFoundError, match='no checkpoint yet'):
        run_folder.run_and_checkpoint(str(tmp_path), None)
    # moved since
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/iter_2.pth')
    (tmp_path / 'iter_2.pth').write_bytes(b'')
    found = run_folder.run_and_checkpoint(str(tmp_path), None)[1]
    assert found == tmp_path / 'iter_2.pth'


def test_config_without_checkpoint(tmp_path):
    (tmp_path / 'a.py').write_text('a = 1\n')
    with pytest.raises(OptionError, match='give its checkpoint'):
        run_folder.run_and_checkpoint(str(tmp_path / 'a.py'), None)
    with pytest.raises(FileNotFoundError, match=r'b\.pth does not exist'):
        run_folder.run_and_checkpoint(
            str(tmp_path / 'a.py'), str(tmp_path / 'b.pth')
        )


def test_start_that_is_named_but_not_there(run):
    with pytest.raises(FileNotFoundError, match='--before none'):
        collect_report_sections(*run, before='none.pth')


# ------------------------------------------------------------------- the cases
@pytest.mark.parametrize('count', [0, 1, 5, 8, 12, 40])
def test_ranked(count):
    rng = np.random.default_rng(0)
    errors = [*rng.permutation(count).astype(float), np.nan]
    found = ranked(errors)
    chosen = [i for part in found.values() for i in part]
    assert len({*chosen}) == len(chosen) <= 12
    assert count not in chosen  # the one without labels
    values = {k: [errors[i] for i in part] for k, part in found.items()}
    assert values['worst'] == sorted(range(count), reverse=True)[:6]
    if count == 40:
        assert values['best'] == [0, 1, 2]
        assert values['median'] == [17, 18, 19]
