# Copyright (c) mmpose_mlda contributors. All rights reserved.
import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope='module')
def tool():
    path = ROOT / 'tools/analysis_tools/stylised_pck.py'
    spec = importlib.util.spec_from_file_location('stylised_pck', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Brighter:
    """A style: brightness."""

    alpha = (0.0, 0.5)

    def __call__(self, source, target, alpha):
        self.strengths = [*getattr(self, 'strengths', []), alpha]
        return source + alpha


class Seer:
    """Finds the labels in images, and each 8 px to the right if stylised.

    Images are 64 x 32, heatmaps 16 x 8.
    """

    def __init__(self):
        self.style_transfer = Brighter()

    def data_preprocessor(self, batch, training):
        self.points = batch['data_samples']['source']['keypoints']
        return batch

    def __call__(self, images, mode):
        assert mode == 'tensor'
        heatmaps = torch.zeros(*self.points.shape[:2], 8, 16)
        for b, points in enumerate(self.points):
            for k, (x, y) in enumerate(points.long() // 4):
                moved = 2 if images[b].mean() > 0 else 0
                heatmaps[b, k, y, x + moved] = 1
        return heatmaps


@pytest.fixture
def loader():
    def batch(points, weights):
        points = torch.tensor(points, dtype=torch.float32)
        images = torch.zeros(len(points), 3, 32, 64)
        return dict(
            inputs=dict(source=images, target_teacher=images),
            data_samples=dict(
                source=dict(
                    keypoints=points, keypoint_weights=torch.tensor(weights)
                )
            ),
        )

    return [
        batch([[[8, 8], [40, 20]]] * 20, [[1.0, 1.0]] * 20),
        batch([[[4, 28], [0, 0]]] * 20, [[1.0, 0.0]] * 20),
    ]


def arguments(tool, *more):
    return tool.parse_args(['config.py', 'model.pth', '--num', '30', *more])


def test_distances_are_in_units_of_the_heatmap(tool, loader):
    args = arguments(tool, '--alphas', '0', '1')
    seer = Seer()
    distances, labelled = tool.measure(seer, loader, args)
    versions = ['as they are', 'strength 0', 'strength 1', 'as in training']
    assert list(distances) == versions
    # the two batches are a quarter and three quarters into (0, 0.5)
    assert seer.style_transfer.strengths == [0, 1, 0.125, 0, 1, 0.375]
    assert labelled.shape == (30, 2)
    assert labelled.sum() == 50
    assert (distances['as they are'] == 0).all()
    np.testing.assert_allclose(distances['strength 1'], 2 / 16)


def test_report_of_moved_joints(tool, capsys):
    labelled = np.ones((4, 1), bool)
    distances = {
        'as they are': np.zeros((4, 1)),
        'strength 0': np.zeros((4, 1)),
        'strength 1': np.full((4, 1), 0.125),
    }
    args = SimpleNamespace(thresholds=[0.1, 0.2])
    tool.report(distances, labelled, args)
    lines = [' '.join(x.split()) for x in capsys.readouterr().out.split('\n')]
    assert lines.count('strength 0 100.0 +0.0 [+0.0, +0.0]') == 2
    at = lines.index('PCK@0.1, 4 images')
    assert lines[at + 3] == 'strength 1 0.0 -100.0 [-100.0, -100.0]'
    assert lines[-2] == 'strength 1 100.0 +0.0 [+0.0, +0.0]'


def test_from_a_config_and_a_checkpoint(tool, tmp_path, monkeypatch, capsys):
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    from mmpose_mlda.registry import MODELS

    monkeypatch.chdir(ROOT)
    config = 'configs/demo/mlda_figures.py'
    init_default_scope('mmpose')
    model = MODELS.build(Config.fromfile(config).model)
    torch.save(model.student.state_dict(), tmp_path / 'plain.pth')
    arguments = [config, str(tmp_path / 'plain.pth'), '--num', '4']
    tool.main([*arguments, '--alphas', '0', '--thresholds', '0.2'])
    out = capsys.readouterr().out
    assert 'PCK@0.2, 4 images' in out
    assert '+0.0 [+0.0, +0.0]' in out  # statistics of strength 0: no change


def test_needs_a_style(tool, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit, match=r'has no model\.style_transfer'):
        tool.main(['configs/demo/source_only_figures.py', 'model.pth'])
