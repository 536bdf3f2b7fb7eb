# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import cv2
import pytest

FIGURES = 'configs/demo/mlda_figures.py'


@pytest.fixture
def browse(tool, monkeypatch, tmp_path):
    """Runs the tool in the repository; results go to a folder."""
    module = tool('misc/browse_style')
    monkeypatch.chdir(module.Path(module.__file__).parents[2])

    def run(*flags, config=FIGURES, out='out'):
        folder = tmp_path / out
        flags = [*map(str, flags), '--out', str(folder)]
        module.main([str(config), *flags])
        return folder

    return run


def test_pictures_and_displacement(browse, capsys):
    folder = browse(
        '--num', 1, '--displacement', 3, '--alphas', 0, 1,
        '--styles', 'statistics', 'fourier',
    )  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == [
        'displacement.json',
        'displacement.png',
        'style_000.png',
    ]
    result = json.loads((folder / 'displacement.json').read_text())
    assert result['images'] == 3
    assert 3 < sum(result['patches'].values()) <= 3 * 16
    printed = capsys.readouterr().out
    for style in ('statistics', 'fourier'):
        assert result['styles'][style]['0']['p95'] == 0
        assert 0.8 < result['styles'][style]['1']['within_1px'] <= 1
        assert style in printed
    assert cv2.imread(str(folder / 'displacement.png')) is not None


def test_seed_options_and_styles_of_other_configs(browse):
    other = 'configs/demo/mlda_figures_lspet_fourier.py'
    options = ('--num', 1, '--alphas', 1)
    fourier = 'model.style_transfer.type=mmpose_mlda.FourierStyle'
    beta = 'model.style_transfer.beta=0.1'

    def stylised(*flags, **kwargs):
        path = browse(*options, *flags, **kwargs) / 'style_000.png'
        return cv2.imread(str(path))[:, -224:]  # the last column

    both = stylised('--styles', 'fourier', other)
    first, second = both[-460:-236], both[-230:-6]
    assert (first == second).all()
    changed = stylised('--cfg-options', fourier, beta, out='b')[-230:-6]
    assert (changed != second).any()
    moved = stylised('--styles', 'fourier', '--seed', 1, out='c')[-230:-6]
    assert (moved != second).any()


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['--styles', 'adain'], 'names no weights'),
        (['--styles', 'cubism'], 'cubism: must be one of statistics'),
        (
            ['--cfg-options', 'model.style_transfer=None'],
            'no model.style_transfer',
        ),
    ],
)
def test_unfit_styles(browse, flags, message):
    with pytest.raises(SystemExit, match=message):
        browse(*flags)


def test_unfit_configs(browse, config):
    with pytest.raises(SystemExit, match=r'no\.py does not exist'):
        browse(config='no.py')
    with pytest.raises(SystemExit, match='no target images'):
        browse('--styles', 'statistics', config=config)


@pytest.mark.parametrize('flags', ['--alphas 0 1.5', '--num -1'])
def test_unfit_numbers(browse, flags, capsys):
    with pytest.raises(SystemExit):
        browse(*flags.split())
    assert 'must' in capsys.readouterr().err
