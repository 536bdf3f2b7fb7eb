# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmpose_mlda.registry import MODELS, TRANSFORMS

FIGURES = 'configs/demo/mlda_figures.py'
TILE = 224 + 6  # a picture of a branch and the gap behind it


@TRANSFORMS.register_module(force=True)
class LeftBehind:
    """Moves the pixels of the input by 3 downwards, and no label."""

    def __call__(self, results):
        results['img'] = np.roll(results['img'], 3, axis=0)
        return results


@pytest.fixture
def browse(tool, monkeypatch, tmp_path):
    """Runs the tool in the repository; gives the pictures by name."""
    module = tool('misc/browse_dataset')
    monkeypatch.chdir(module.Path(module.__file__).parents[2])

    def run(*flags, config=FIGURES, out='out'):
        folder = tmp_path / out
        module.main([str(config), *map(str, flags), '--out', str(folder)])
        paths = sorted(folder.glob('*')) if folder.is_dir() else []
        return {path.name: cv2.imread(str(path)) for path in paths}

    return run


def columns(sheet):
    """Tiles of one row, as lists of pixels."""
    count = sheet.shape[1] // TILE
    return [
        sheet[-230:-6, 6 + i * TILE : 6 + i * TILE + 224] for i in range(count)
    ]


def saved_model(path):
    cfg = Config.fromfile(FIGURES)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def test_branches(browse, tmp_path):
    sheets = browse('--num', 3, '--not-show')
    assert list(sheets) == [f'sample_{i:03d}.png' for i in range(3)]
    tiles = [columns(sheet) for sheet in sheets.values()]
    assert [len(row) for row in tiles] == [4, 4, 4]
    # the same samples with a style less, with a checkpoint, another seed
    flags = ['--num', 1, '--cfg-options']
    plain = browse(*flags, 'model.style_transfer=None', out='plain')
    source, teacher, student = columns(plain['sample_000.png'])
    assert (source == tiles[0][0]).all()
    assert (teacher == tiles[0][2]).all()
    assert (student == tiles[0][3]).all()
    assert (tiles[0][1] != tiles[0][0]).any()
    other = browse('--num', 1, '--seed', 5, out='other')['sample_000.png']
    assert (columns(other)[0] != source).any()

    batch = ['--cfg-options', 'train_dataloader.batch_size=2']
    options = [*batch, 'model.occlusion.prob=0']
    path = saved_model(tmp_path / 'model.pth')
    pseudo = browse(path, '--num', 3, *options, out='pseudo')
    assert len(pseudo) == 3
    found = columns(pseudo['sample_000.png'])
    assert len(found) == 5
    assert (found[0] == source).all()
    for view, before in zip(found[2:4], tiles[0][2:], strict=True):
        changed = (view != before).any(axis=-1).mean()
        assert 0.001 < changed < 0.5  # points of the teacher on the image


def test_data_of_mmpose(browse, config):
    """Also of an adaptation's validation, and of a model's own training."""
    options = ['--split', 'val', '--num', 2]
    sheets = browse(*options)
    assert list(sheets) == ['sample_000.png', 'sample_001.png']
    sheets = browse(*options, config=config, out='noise')
    assert len(sheets) == 2
    sheet = sheets['sample_000.png'].astype(int)
    coloured = np.ptp(sheet, axis=-1) > 200  # limbs
    assert coloured.any()


def test_several_data_sets(browse, tmp_path):
    cfg = Config.fromfile(FIGURES)
    one = cfg.val_dataloader.dataset
    cfg.val_dataloader.dataset = dict(
        type='ConcatDataset',
        datasets=[dict(one, indices=1), dict(one, indices=2)],
    )
    path = tmp_path / 'several.py'
    cfg.dump(path)
    sheets = list(browse('--split', 'val', config=path).values())
    assert len(sheets) == 3
    assert (sheets[0] == sheets[1]).all()
    assert (sheets[0] != sheets[2]).any()


def test_more_than_there_are(browse, config):
    assert len(browse('--num', 9, config=config)) == 5


def test_check(browse, capsys, config):
    assert browse('--check', '--num', 2) == {}
    printed = capsys.readouterr().out
    assert 'teacher to student' in printed
    assert 'run without their colours: ColorJitter' in printed
    assert 'all within 0.5 px' in printed
    browse('--check', '--phase', 'train', config=config)
    assert 'input, labels' in capsys.readouterr().out


def test_check_that_fails(browse, capsys, config):
    text = config.read_text()
    text = text.replace(
        'dataset = dict(',
        "load += [dict(type='mmpose_mlda.LeftBehind')]\ndataset = dict(",
    )
    config.write_text(text)
    with pytest.raises(SystemExit) as stop:
        browse('--check', config=config)
    assert stop.value.code == 1
    printed = capsys.readouterr().out
    assert 'FAILED input, labels' in printed
    assert 'im000' in printed  # the worst sample
    browse('--check', '--tolerance', 70, config=config)


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['no.pth'], r'no\.pth does not exist'),
        (['setup.py', '--split', 'val'], 'has no target views'),
        (['--split', 'val', '--cfg-options', 'val_dataloader=None'], 'no val'),
    ],
)
def test_unfit_options(browse, flags, message):
    with pytest.raises(SystemExit, match=message):
        browse(*flags)


@pytest.mark.parametrize('flags', [['--num', 0], ['a.pth', '--check']])
def test_unfit_flags(browse, flags, capsys):
    with pytest.raises(SystemExit):
        browse(*flags)
    assert 'error' in capsys.readouterr().err
