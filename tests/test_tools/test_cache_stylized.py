# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import DATASETS

ROOT = Path(__file__).parents[2]
FIGURES = 'configs/demo/mlda_figures.py'
SMALL = [
    'train_dataloader.dataset.source.length=5',
    'train_dataloader.dataset.target.dataset.length=4',
]
SOURCE = 'train_dataloader.dataset.source'

# photographs of the fixture `config` as the source
PHOTOGRAPHS = """
_base_ = ['{root}/configs/demo/mlda_figures.py']
train_dataloader = dict(dataset=dict(
    source=dict(
        _delete_=True, type='mmpose_mlda.LSPDataset', data_root='{data}',
        pipeline=_base_.load + _base_.view),
    target=dict(dataset=dict(length=4))))
"""


@pytest.fixture
def cache(tool, monkeypatch, tmp_path):
    """Runs the tool in the repository; returns the folder of the cache."""
    module = tool('misc/cache_stylized')
    monkeypatch.chdir(module.Path(module.__file__).parents[2])

    def run(*flags, config=FIGURES, out='cache', options=SMALL):
        folder = tmp_path / out
        flags = ['--out', folder, '--processes', 1, *flags]
        if options:
            flags += ['--cfg-options', *options]
        module.main([str(config), *map(str, flags)])
        return folder

    return run


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob('*')
        if path.is_file()
    }


def override(folder, **options):
    """The source of the docs that is loaded from a cache."""
    options = dict(options, type='mmpose_mlda.LoadStylized', cache=str(folder))
    return {f'{SOURCE}.pipeline.0.{k}': v for k, v in options.items()}


def test_the_same_files_however_they_are_made(cache, capsys):
    whole = contents(cache('--styles-per-image', 2))
    names = {f'style_{k:02d}/{i:06d}.png' for k in (0, 1) for i in range(5)}
    assert set(whole) == {*names, 'cache.json'}
    assert len(set(whole.values())) == 11
    assert 'is complete' in capsys.readouterr().out

    def part(rank, *flags):
        shards = ('--rank', rank, '--world-size', 2)
        flags = ('--styles-per-image', 2, *shards, *flags)
        return cache(*flags, out='parts')

    folder = part(0, '--processes', 2)
    assert '2 images are left to other shards' in capsys.readouterr().out
    assert not json.loads((folder / 'cache.json').read_text())['complete']
    assert len(contents(folder)) == 1 + 2 * 3
    # an interruption: one version of an image is there, one half-written
    lost = folder / 'style_01/000002.png'
    lost.with_name('000002.png.part').write_bytes(lost.read_bytes()[:50])
    lost.unlink()
    kept = folder / 'style_00/000002.png'
    before = kept.stat().st_mtime_ns
    part(1)
    part(0)
    assert contents(folder) == whole
    assert kept.stat().st_mtime_ns == before


def test_strength_zero_is_the_image_itself(cache):
    """Colours, orientation and place of every pixel survive."""
    folder = cache('--alpha', 0, 0)
    cfg = Config.fromfile(FIGURES)
    source = DATASETS.build({**cfg.source_train, 'length': 5})
    for i in range(5):
        image = cv2.imread(str(folder / f'style_00/{i:06d}.png'))
        np.testing.assert_array_equal(image, source.get_data_info(i)['img'])


def test_strength_one_has_the_colours_of_a_target(cache):
    """Mean colours are those of a view of a target image, but for the
    clamping; the pixels of a channel keep their order."""
    folder = cache('--alpha', 1, 1)
    cfg = Config.fromfile(FIGURES)
    source = DATASETS.build({**cfg.source_train, 'length': 5})
    moved = 0
    for i in range(5):
        image = cv2.imread(str(folder / f'style_00/{i:06d}.png'))
        plain = source.get_data_info(i)['img']
        moved += np.abs(image.mean((0, 1)) - plain.mean((0, 1))).max()
        for channel in range(3):
            order = plain[..., channel].ravel().argsort()
            values = image[..., channel].ravel()[order].astype(int)
            assert (np.diff(values) >= 0).all()
    assert moved / 5 > 10


def test_photographs_and_training_data(cache, config, tmp_path):
    """JPEG files of the photographs' names, which the training loads."""
    data = tmp_path / 'data'
    own = tmp_path / 'photographs.py'
    own.write_text(PHOTOGRAPHS.format(root=ROOT, data=data))
    folder = cache(config=own, options=None)
    files = contents(folder / 'style_00')
    assert set(files) == {f'im{i:04d}.jpg' for i in range(1, 6)}
    assert all(content.startswith(b'\xff\xd8') for content in files.values())

    elsewhere = {f'{SOURCE}.data_prefix.img': f'{folder}/style_00'}
    samples = []
    for options in ({}, override(folder, prob=1.0), elsewhere):
        cfg = Config.fromfile(own)
        cfg.merge_from_dict(options)
        pair = DATASETS.build(cfg.train_dataloader.dataset)
        samples.append(pair[2, 1, 7])
    plain, cached, prefixed = samples
    for branch in ('source', 'target_student', 'target_teacher'):
        for name, value in plain['data_samples'][branch].items():
            if branch != 'source':
                assert (cached['data_samples'][branch][name] == value).all()
            else:
                assert prefixed['data_samples'][branch][name].equal(value)
    assert not prefixed['inputs']['source'].equal(plain['inputs']['source'])


def test_refusals(cache, tmp_path, monkeypatch):
    cache()
    with pytest.raises(SystemExit, match='made with seed 0, not 1; name an'):
        cache('--seed', 1)
    other = 'train_dataloader.dataset.target.dataset.length=3'
    with pytest.raises(SystemExit, match=r'made with target .* name another'):
        cache(options=[SMALL[0], other])
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/thesis.tex').touch()
    with pytest.raises(SystemExit, match='mine is not empty'):
        cache(out='mine')
    with pytest.raises(SystemExit, match=r'no\.py does not exist'):
        cache(config='no.py')
    with pytest.raises(SystemExit, match=r'no model\.style_transfer'):
        cache(options=['model.style_transfer=None'], out='b')
    full = namedtuple('usage', 'free')(200_000)
    monkeypatch.setattr('shutil.disk_usage', lambda _: full)
    # 5 pictures of 128 x 128 x 3 bytes
    with pytest.raises(SystemExit, match=r'0\.00 GB are needed for 5 images'):
        cache(out='c')
    assert not list((tmp_path / 'c').glob('style_*'))


@pytest.mark.parametrize(
    'flags', ['--alpha 0.5 0.2', '--styles-per-image 0', '--rank 1']
)
def test_unfit_numbers(cache, flags, capsys):
    with pytest.raises(SystemExit):
        cache(*flags.split())
    assert 'must' in capsys.readouterr().err


@pytest.mark.slow
def test_training_on_the_cache(cache, tmp_path):
    folder = cache('--styles-per-image', 2)
    cfg = Config.fromfile(FIGURES)
    cfg.merge_from_dict(
        {
            **override(folder),
            'model.style_transfer': None,
            'work_dir': str(tmp_path / 'run'),
            'train_cfg.max_iters': 5,
            'train_cfg.pretrain_iters': 2,
            'train_dataloader.batch_size': 4,
            'train_dataloader.dataset.source.length': 5,
            'train_dataloader.dataset.target.dataset.length': 4,
            'val_dataloader.dataset.length': 4,
        }
    )
    cfg.test_dataloader = cfg.val_dataloader
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 5
    assert 'teacher/PCK@0.05' in runner.val()


@pytest.mark.slow
def test_styles_of_a_network(cache, shared_dir):
    """Its weights' hash is kept, and the size of the image."""
    options = [
        SMALL[0].replace('5', '2'),
        'train_dataloader.dataset.target.indices=2',
    ]
    config = 'configs/demo/mlda_figures_lspet_adain.py'
    folder = cache(config=config, options=options)
    marker = json.loads((folder / 'cache.json').read_text())
    assert len(marker['weights']) == 16
    assert 'encoder' not in marker['style']
    image = cv2.imread(str(folder / 'style_00/000001.png'))
    assert image.shape == (128, 128, 3)
    assert image.std() > 20
