# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Every config builds, and the small ones train both stages."""

import copy
import itertools
import json
from pathlib import Path

import pytest
from mmengine.config import Config, config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.run import run
from mmpose_mlda.registry import MODELS
from mmpose_mlda.studies.study import load_study

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs').rglob('*.py')
    if not {'_base_', 'studies'} & set(path.parts)
)


# of each kind of real data; tests/test_studies/test_startup.py trains all
# configs on made-up images
SMALL = [
    f'configs/{name}.py'
    for name in (
        'demo/mlda_figures_lspet_adain',
        'demo/mlda_pets_sheep',
        'demo/oracle_figures_lspet',
    )
]
PETS = 'data/animalpose_halves/'


@pytest.fixture
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize('name', CONFIGS)
def test_model_of_every_config_builds(name, in_root):
    cfg = Config.fromfile(name)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    if {'style', 'reuse'} & set(Path(name).parts):
        return
    codec = model.student.head.decoder
    view = cfg.train_dataloader.dataset.student_pipeline[0]
    assert tuple(view.input_size) == tuple(codec.input_size)
    assert model.student.test_cfg['output_heatmaps']


@pytest.mark.parametrize('name', CONFIGS)
def test_configs_stand_alone_when_dumped(name, in_root, tmp_path, monkeypatch):
    # laying out the lines takes a second or two
    monkeypatch.setattr(config, 'FormatCode', lambda text, **_: (text, True))
    cfg = Config.fromfile(name)
    cfg.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').model == cfg.model


PARTS = dict(image='style_transfer', feature='domain_head', pose='im_loss')


@pytest.mark.parametrize('levels', ['image', 'image_feature', 'image_pose'])
def test_ablations_leave_out_parts_and_nothing_else(levels, in_root):
    cfg = Config.fromfile(f'configs/ablations/{levels}_surreal_lsp.py')
    whole = Config.fromfile('configs/mlda_surreal_lsp.py')
    for level, part in PARTS.items():
        assert (cfg.model[part] is None) == (level not in levels.split('_'))
        cfg.model[part] = whole.model[part]
    if cfg.optim_wrapper != whole.optim_wrapper:
        assert 'feature' not in levels  # no head to give a learning rate
        cfg.optim_wrapper.paramwise_cfg = whole.optim_wrapper.paramwise_cfg
    for key in ('model', 'optim_wrapper', 'train_cfg', 'param_scheduler'):
        assert cfg[key] == whole[key]
    for key in ('train_dataloader', 'test_dataloader', 'custom_hooks'):
        assert cfg[key] == whole[key]


@pytest.mark.slow
def test_style_config_runs_a_short_trial(in_root, tmp_path, shared_dir):
    """Five steps from the fitted beginning; figures of unseen images."""
    cfg = Config.fromfile('configs/style/adain_figures_lspet_relu3_1.py')
    cfg.work_dir = str(tmp_path)
    cfg.train_cfg.max_iters = 5
    cfg.custom_hooks[0].pairs = 16
    cfg.val_dataloader.dataset.source.length = 4
    runner = Runner.from_cfg(cfg)
    runner.train()
    metrics = runner.val()
    assert metrics['style/psnr_source'] > 18
    assert metrics['style/psnr_target'] > 15
    assert metrics['style/style_to_target'] < metrics['style/style_before']


@pytest.fixture(scope='session')
def pets(shared_dir, tmp_path_factory):
    """The photographs of AnimalPose, as the task of pets wants them."""
    folder = tmp_path_factory.mktemp('animalpose_halves')
    converter = AnimalPose(shared_dir / 'data/animalpose', held_out=0.5)
    assert run(converter, folder, processes=1) == 0
    return folder


def test_no_test_photograph_of_sheep_is_in_the_training(pets):
    def images(name):
        path = pets / f'annotations/animalpose_{name}.json'
        return {i['file_name'] for i in json.loads(path.read_text())['images']}

    held_out = images('sheep_test')
    assert len(held_out) > 40
    for name in ('dog_train', 'dog_test', 'cat_train', 'cat_test'):
        assert not images(name) & held_out
    assert not images('sheep_train') & held_out


@pytest.mark.slow
@pytest.mark.parametrize('name', SMALL)
def test_small_configs_run_a_short_trial(
    name, in_root, tmp_path, shared_dir, request
):
    cfg = Config.fromfile(name)
    if 'pets' in name:
        folder = str(request.getfixturevalue('pets'))
        cfg = Config.fromstring(cfg.pretty_text.replace(PETS, folder), '.py')
    cfg.work_dir = str(tmp_path)
    cfg.train_cfg.max_iters = 5
    cfg.train_dataloader.batch_size = 4
    cfg.train_dataloader.dataset.target.indices = 16
    cfg.val_dataloader.dataset.indices = (
        list(range(700, 708)) if 'lspet' in name else 8
    )
    cfg.test_dataloader = copy.deepcopy(cfg.val_dataloader)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 5
    metrics = runner.val()
    assert {'teacher/PCK@0.05', 'student/PCK@0.05'} <= set(metrics)


def test_no_labelled_photograph_is_in_the_test(in_root):
    """Of the study of few labels: all of the training, fewer among more."""
    study = load_study('configs/studies/figures_lspet_labels.py')
    given = {}
    for name, row in study['rows'].items():
        cfg = Config.fromfile(row['config'])
        cfg.merge_from_dict(row['options'])
        dataset = cfg.train_dataloader.dataset
        labeled = dataset.get('target_labeled', {}).get('indices', [])
        given[name] = set(labeled)
        assert not given[name] & set(cfg.test_dataloader.dataset.indices)
        assert dataset.target.indices == 700 > max(labeled, default=0)
    for method in ('source_only', 'mlda'):
        sets = [given[f'{method}_{k}'] for k in (0, 10, 50, 100)]
        assert [len(indices) for indices in sets] == [0, 10, 50, 100]
        assert all(a <= b for a, b in itertools.pairwise(sets))
