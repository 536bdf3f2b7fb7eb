# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import sys

import cv2
import pytest

SMALL = [
    *('--batch', '2', '--joints', '3', '--image', '64', '--heatmap', '16'),
    *('--repeats', '1', '--step-repeats', '1', '--depth', '18'),
    *('--layer', 'relu2_1', '--num-photographs', '2', '--num-samples', '9'),
    *('--device', 'cpu'),
]


@pytest.fixture
def benchmark(tool, monkeypatch):
    module = tool('analysis_tools/benchmark')
    monkeypatch.setattr(module, 'PHOTOGRAPHS', module.ROOT / 'none')

    def call(*flags):
        monkeypatch.setattr(sys, 'argv', ['benchmark.py', *SMALL, *flags])
        module.main()

    return call


def test_figures_of_the_quick_parts(benchmark, tmp_path, capsys):
    parts = ['alignment', 'style', 'data', 'ema', 'evaluation']
    file, picture = tmp_path / 'new/out.json', tmp_path / 'growth.png'
    benchmark(*('--only', *parts, '--json', str(file), '--plot', str(picture)))
    found = json.loads(file.read_text())
    assert list(found) == ['machine', *parts, 'growth']
    for name in ('canonical', 'student'):
        assert found['alignment'][name]['speedup'] > 0
        assert found['alignment'][name]['operators'] > 0
    assert found['alignment']['reference_ms'] > 0
    assert found['data']['pairs_per_second'] > 0
    for part in ('style', 'data', 'ema', 'evaluation'):
        assert found[part]['speedup'] > 0
    assert [row['size'] for row in found['growth']['heatmap']] == [
        *(4, 8, 16, 32)
    ]
    assert cv2.imread(str(picture)).std() > 0
    assert 'made-up' in capsys.readouterr().out


@pytest.mark.slow
def test_figures_of_the_step(benchmark, tmp_path):
    file = tmp_path / 'out.json'
    benchmark('--only', 'step', 'memory', '--json', str(file))
    found = json.loads(file.read_text())
    assert found['step']['over_networks'] > 0
    assert found['memory']['mib'].keys() == {'networks', 'train_step'}


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (('--batch', '0'), "--batch: invalid number above 0 value: '0'"),
        (('--heatmap', '24'), '--image 64 is no multiple of --heatmap 24'),
        (('--photographs', '/nowhere'), 'No image in /nowhere'),
        (('--only', 'speed'), "invalid choice: 'speed'"),
        (('--layer', 'relu9'), "invalid choice: 'relu9'"),
        (('--depth', '19'), 'invalid choice: 19'),
        (('--amp', 'float16'), '--amp float16 needs a GPU'),
    ],
)
def test_bad_flags(benchmark, capsys, flags, message):
    with pytest.raises(SystemExit, match='2'):
        benchmark(*flags)
    assert message in capsys.readouterr().err


def test_mixed_precision_of_another_device(tool, monkeypatch, capsys):
    """MMEngine's autocast is that of the GPU wherever there is one."""
    module = tool('analysis_tools/benchmark')
    monkeypatch.setattr(module, 'get_device', lambda: 'cuda')
    module.parse_args(['--device', 'cpu'])
    with pytest.raises(SystemExit, match='2'):
        module.parse_args(['--device', 'cpu', '--amp', 'bfloat16'])
    assert 'for cuda, and not for --device cpu' in capsys.readouterr().err
