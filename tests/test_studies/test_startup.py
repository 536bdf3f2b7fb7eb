# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether configs start, and whether it is seen when they do not."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from torch import nn

from mmpose_mlda.models import DomainHead
from mmpose_mlda.registry import DATASETS, MODELS
from mmpose_mlda.studies.fixtures import (
    BOX,
    IMAGES,
    SIZE,
    replace_dataset,
    write_style_weights,
)
from mmpose_mlda.studies.shrink import nodes, shrink
from mmpose_mlda.studies.startup import (
    Outcome,
    Trial,
    all_configs,
    list_trials,
    report,
    try_config,
)
from mmpose_mlda.studies.startup_checks import (
    is_rounded_away,
    loss_faults,
    metric_faults,
    shorten,
    teacher_faults,
)

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / 'configs'
TOOLS = ROOT / 'tools' / 'analysis_tools'
DEMO = str(CONFIGS / 'demo' / 'mlda_figures.py')


@pytest.fixture(autouse=True)
def default_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def small(name, folder, **options):
    cfg = Config.fromfile(CONFIGS / name)
    cfg.merge_from_dict(options)
    return shrink(cfg, folder)


# ------------------------------------------------------------------ shrinking
def test_network_and_views_become_small_together(tmp_path):
    cfg = Config.fromfile(CONFIGS / 'mlda_surreal_lsp.py')
    before = cfg.to_dict()
    tiny = shrink(cfg, tmp_path)
    assert cfg.to_dict() == before
    sizes = [
        n['input_size'] for n in nodes(tiny._cfg_dict) if 'input_size' in n
    ]
    assert set(sizes) == {(64, 64)}
    student = tiny.model.student
    assert student.head.decoder.heatmap_size == (16, 16)
    assert student.backbone.depth == 18
    images = torch.zeros(2, 3, 64, 64)
    network = MODELS.build(student)
    heatmaps = network.head(network.extract_feat(images))
    assert heatmaps.shape == (2, 16, 16, 16)
    # the options of the views are what they were
    view, old = (
        c.train_dataloader.dataset.student_pipeline[0] for c in (tiny, cfg)
    )
    assert {**view, 'input_size': 0} == {**old, 'input_size': 0}


def test_sides_of_an_oblong_input_are_scaled_each(tmp_path):
    codec = {
        'model.student.head.decoder.input_size': (192, 256),
        'model.student.head.decoder.heatmap_size': (48, 64),
    }
    tiny = small('demo/mlda_figures.py', tmp_path, **codec)
    assert tiny.model.student.head.decoder.heatmap_size == (16, 16)


@pytest.mark.parametrize(
    ('name', 'pretrain'),
    [('mlda_surreal_lsp', 1), ('demo/source_only_figures', 2)],
)
def test_both_stages_or_the_source_alone(name, pretrain, tmp_path):
    tiny = small(f'{name}.py', tmp_path)
    assert tiny.train_cfg.max_iters == 2
    assert tiny.train_cfg.pretrain_iters == pretrain


@pytest.mark.parametrize('task', ['surreal_lsp', 'figures'])
def test_strides_of_the_domain_head_fit_the_heatmaps(task, tmp_path):
    tiny = small(f'baselines/uda_animal_{task}.py', tmp_path)
    head = MODELS.build(tiny.model.domain_head)
    features = torch.zeros(1, tiny.model.domain_head.in_channels, 16, 16)
    assert head(features).shape == (1, 1, 1, 1)


def test_nothing_is_loaded_and_all_of_it_happens(tmp_path):
    tiny = small(
        'baselines/udape_synanimal_tigdog.py',
        tmp_path,
        **{
            'load_from': 'nowhere.pth',
            'optim_wrapper.optimizer.weight_decay': 0.1,
        },
    )
    assert tiny.load_from is None
    assert not any(n.get('init_cfg') for n in nodes(tiny.model))
    style = tiny.model.style_transfer
    assert Path(style.encoder).parent == Path(style.decoder).parent == tmp_path
    assert style.prob == tiny.model.target_style.prob == 1
    assert tiny.optim_wrapper.optimizer.weight_decay == 0
    assert {h.interval for h in tiny.custom_hooks if 'interval' in h} == {1}
    loaders = (tiny.train_dataloader, tiny.val_dataloader)
    assert all(x.batch_size == 2 and x.num_workers == 0 for x in loaders)


# ------------------------------------------------------------------- fixtures
def test_labels_lie_in_the_box_and_are_of_the_same_table(tmp_path):
    config = dict(
        type='mmpose_mlda.LSPDataset', data_root='nowhere', joints='body16'
    )
    fixture = replace_dataset(
        dict(config, pipeline=[dict(type='LoadImage')]), tmp_path
    )
    dataset = DATASETS.build(fixture)
    own = DATASETS.build(dict(config, lazy_init=True)).metainfo
    assert dataset.metainfo['keypoint_id2name'] == own['keypoint_id2name']
    assert len(dataset) == IMAGES
    samples = [dataset[i] for i in range(IMAGES)]
    for sample in samples:
        assert sample['img'].shape == (SIZE[1], SIZE[0], 3)
        seen = sample['keypoints'][sample['keypoints_visible'] > 0]
        assert len(seen) > 8
        x, y, width, height = BOX
        assert (seen >= (x, y)).all()
        assert (seen <= (x + width, y + height)).all()
    assert not np.array_equal(samples[0]['img'], samples[1]['img'])
    other = DATASETS.build(replace_dataset(fixture, tmp_path, 'source'))
    assert not np.array_equal(other[0]['img'], samples[0]['img'])


def test_wrappers_and_pipelines_stay(tmp_path):
    cfg = Config.fromfile(CONFIGS / 'mlda_synanimal_tigdog.py')
    old = cfg.train_dataloader.dataset
    new = replace_dataset(old, tmp_path)
    assert new['source']['type'] == 'ConcatDataset'
    assert new['target']['pipeline'] == old.target.pipeline
    target = DATASETS.build(dict(new['target'], pipeline=[]))
    assert len(target) == 2 * IMAGES  # horses and tigers
    assert not target[0]['keypoints'].any()
    for before, after in zip(
        old.source.datasets, new['source']['datasets'], strict=True
    ):
        assert after['pipeline'] == before.pipeline
        assert 'source' in after['data_root']


def test_a_folder_of_images_stays_without_labels(tmp_path):
    folder = dict(
        type='mmpose_mlda.UnlabeledPoseDataset',
        metainfo='animal18',
        data_root='nowhere',
        indices=700,
        pipeline=[],
    )
    dataset = DATASETS.build(replace_dataset(folder, tmp_path))
    assert type(dataset).__name__ == 'UnlabeledPoseDataset'
    assert len(dataset) == IMAGES
    assert dataset[0]['keypoints'].shape == (1, 18, 2)
    assert not dataset[0]['keypoints'].any()


def test_style_weights_are_of_the_layer(tmp_path):
    files = write_style_weights(tmp_path, 'relu2_1')
    options = dict(files, layer='relu2_1')
    style = MODELS.build(
        dict(type='mmpose_mlda.AdaINStyleTransfer', **options)
    )
    style.init_weights()
    images = torch.rand(2, 3, 16, 16)
    assert style(images, images.flip(0)).shape == images.shape


# ------------------------------------------------------------------- the look
def test_updates_below_the_resolution_are_no_fault():
    parameter = nn.Parameter(torch.ones(2))
    assert not is_rounded_away(parameter, 0.1)  # no gradient at all
    for gradient, rate, expected in (
        ((0.0, 0.0), 0.1, False),
        ((1e-9, 0.0), 0.1, True),  # 1 - 2e-10 is 1
        ((1e-9, 1e-3), 0.1, False),
        ((1e-9, 0.0), 0.0, False),
    ):
        parameter.grad = torch.tensor(gradient)
        assert is_rounded_away(parameter, rate) is expected


def test_modules_are_named_in_place_of_their_parameters():
    names = ['a.b.weight', 'a.b.bias', 'a.c.weight', 'd.weight', 'd.bias']
    assert shorten(['a.b.weight', 'a.b.bias'], names) == 'a.b (2 parameters)'
    assert shorten(['d.bias'], names) == 'd.bias'
    assert shorten(names[:4], names) == 'a (3 parameters), d.weight'
    many = [f'x{i}.{k}' for i in range(6) for k in ('weight', 'bias')]
    assert shorten(many[::2], many).endswith('x3.weight and 2 more')


def test_losses_metrics_and_teacher():
    assert loss_faults([dict(loss=1.0), dict(loss=2.0)], 2) == []
    assert loss_faults([dict(loss=1.0), {}], 3) == [
        '2 steps instead of 3',
        'no loss in step 2',
    ]
    assert metric_faults('test', {}) == ['no metrics of the test']
    assert metric_faults('test', dict(PCK=float('nan'))) == [
        'PCK of the test is nan'
    ]
    model = nn.Module()
    assert teacher_faults(model) == []
    model.teacher = nn.Linear(2, 2)
    assert 'weight, bias' in teacher_faults(model)[0]
    model.teacher.requires_grad_(False)
    assert teacher_faults(model) == []


# ------------------------------------------------------------------ the trial
def test_a_sound_config_starts_and_leaves_no_trace(capfd):
    from mmpose.visualization import PoseLocalVisualizer

    kinds = (DefaultScope, MessageHub, MMLogger, PoseLocalVisualizer)
    kept = [dict(kind._instance_dict) for kind in kinds]
    outcome = try_config(Trial('demo', DEMO))
    assert outcome.faults == []
    assert outcome.line.startswith('ok   demo ')
    assert ''.join(capfd.readouterr()) == ''
    assert [dict(kind._instance_dict) for kind in kinds] == kept


def test_a_loss_that_is_not_finite():
    options = {'model.im_loss.loss_weight': float('nan')}
    faults = try_config(Trial('demo', DEMO, options)).faults
    assert any('Not finite at step 2: loss_im.' in fault for fault in faults)


def test_a_part_that_is_never_used(monkeypatch):
    monkeypatch.setattr(DomainHead, 'loss', lambda *args: {})
    faults = try_config(Trial('demo', DEMO)).faults
    assert faults == ['not trained: domain_head (6 parameters)']


def test_without_adaptation_its_parts_may_rest():
    options = {'train_cfg.pretrain_iters': 1.0}
    assert try_config(Trial('demo', DEMO, options)).faults == []


def test_what_does_not_even_build_has_a_reason(tmp_path, capsys):
    config = tmp_path / 'config.py'
    config.write_text('_base_ = ["nowhere.py"]')
    (trial,) = list_trials([str(config)])
    bad = try_config(trial)
    assert 'nowhere.py' in bad.line
    assert bad.line.startswith(f'FAIL {config}: FileNotFoundError')
    assert report([bad, Outcome('good', 1.25, [])]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[1:] == ['ok   good 1.2 s', '1 of 2 configs start']
    assert 'Traceback' in err


# ------------------------------------------------------------- what is tried
def test_all_rows_of_a_study_with_their_options(study_file):
    trials = {t.name.split(': ')[-1]: t for t in list_trials([study_file])}
    assert set(trials) == {'source_only', 'teacher', 'oracle'}
    assert trials['source_only'].options == {
        'train_cfg.max_iters': 20,
        'model.style_transfer': None,
        'model.x': 1,
    }
    with pytest.raises(FileNotFoundError, match=r'nowhere\.py'):
        list_trials(['nowhere.py'])


def test_configs_are_found_wherever_they_are(tmp_path, monkeypatch):
    for name in ('a.py', 'new/deep/b.py', '_base_/c.py', 'studies/d.py'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    names = [trial.config for trial in all_configs(tmp_path)]
    assert names == ['a.py', 'new/deep/b.py']


@pytest.mark.parametrize('arguments', [[], ['study.py', '--startup-test']])
def test_a_study_or_a_startup_test(arguments, monkeypatch, capsys):
    monkeypatch.syspath_prepend(TOOLS)
    import run_table

    with pytest.raises(SystemExit):
        run_table.parse_args(arguments)
    assert 'give a study, or --startup-test' in capsys.readouterr().err
    sys.modules.pop('run_table')


@pytest.mark.slow
@pytest.mark.parametrize('part', range(4))  # so that all cores have work
def test_every_config_starts(part, run_python, monkeypatch):
    monkeypatch.chdir(ROOT)
    configs = [trial.config for trial in all_configs(CONFIGS)][part::4]
    done = run_python(TOOLS / 'run_table.py', '--startup-test', *configs)
    *lines, last = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert last == f'{len(lines)} of {len(lines)} configs start'
    tried = {line.split()[1] for line in lines if line.startswith('ok ')}
    assert tried == set(configs)


def test_all_configs_of_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert {trial.config for trial in all_configs(CONFIGS)} == {
        str(path.relative_to(ROOT))
        for path in CONFIGS.rglob('*.py')
        if not {'_base_', 'studies'} & set(path.parts)
    }
