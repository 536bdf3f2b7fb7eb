# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From two folders to a model, as a user calls it."""

import contextlib
import importlib.util
import io
import json
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace

import own_data_kit as kit
import pytest
from mmengine.visualization import Visualizer
from mmpose.registry import VISUALIZERS

ROOT = Path(__file__).resolve().parents[2]
ADAPT = ROOT / 'tools' / 'adapt.py'
# a network without downloads, few workers, and batches that fit 12 images
QUICK = (
    '--cfg-options',
    'model.student.backbone.pretrained=None',
    'train_dataloader.batch_size=4',
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
    'val_dataloader.num_workers=0',
    'val_dataloader.persistent_workers=False',
)


def load(path):
    """A tool as a module: imports cost more than what is tried here."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Calls the tool on a pair of made-up folders."""
    main = load(ADAPT).main
    # MMEngine would go on with the visualizer of the test before
    for kind in (Visualizer, VISUALIZERS.get('PoseLocalVisualizer')):
        monkeypatch.setattr(kind, '_instance_dict', OrderedDict())
    pair = kit.write_pair(tmp_path)
    more = kit.coco([f's{i:02d}.png' for i in range(6)], seed=9)
    kit.write_json(tmp_path / 'more.json', more)
    flags = [
        *('--source', pair['source'][0], tmp_path / 'more.json'),
        *('--source-images', pair['source_images']),
        *('--target-images', pair['target_images']),
        *('--out', tmp_path / 'out'),
    ]

    def run(*more):
        monkeypatch.setattr(
            'sys.argv', [str(x) for x in (ADAPT, *flags, *more)]
        )
        code, printed = 0, io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                main()
            except SystemExit as end:
                code = 1
                print(end)
        return SimpleNamespace(returncode=code, stdout=printed.getvalue())

    return run


def ended_with(done, *texts):
    assert done.returncode == 1, done.stdout
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith('error: ')
    for text in texts:
        assert text in last


@pytest.mark.slow
def test_two_calls(call, tmp_path, run_python):
    """All files; numbers of tools/test.py; nothing is trained twice."""
    out = tmp_path / 'out'
    labels = (
        *('--target-val', tmp_path / 'val.json'),
        *('--target-val-images', tmp_path / 'labelled'),
        *('--max-iters', 6, *QUICK),
    )
    dry = call('--dry-run', *labels)
    assert dry.returncode == 0, dry.stdout
    assert '4 steps on the labelled source, then 2' in dry.stdout
    assert not out.exists()

    done = call(*labels)
    assert done.returncode == 0, done.stdout
    result = json.loads((out / 'result.json').read_text())
    page = (out / 'report.html').read_text()
    checkpoint = Path(result['checkpoint'])
    assert checkpoint.name == 'iter_6.pth'
    for path in result['model'].values():
        assert Path(path).is_file()
    config = Path(result['model']['config']).read_text()
    assert 'mmpose_mlda' not in config.split('\n\n', 1)[1]

    command = (ROOT / 'tools/test.py', out / 'config.py', checkpoint)
    metrics = tmp_path / 'metrics.json'
    tested = run_python(
        *command, '--out', metrics, '--work-dir', tmp_path / 'test'
    )
    assert tested.returncode == 0, tested.stderr
    values = json.loads(metrics.read_text())
    for name, value in values.items():
        if name.startswith('PCK@'):
            assert result['metrics']['teacher'][name] == value
    assert f'{values["PCK@0.1"]:.1f}' in page

    before = checkpoint.stat().st_mtime_ns
    again = call(*labels)
    assert again.returncode == 0, again.stdout
    assert 'is finished' in again.stdout
    assert checkpoint.stat().st_mtime_ns == before
    assert (
        json.loads((out / 'result.json').read_text())['metrics']
        == (result['metrics'])
    )

    other = call(*labels, '--seed', 1)
    ended_with(other, 'of an adaptation with other options (seed: 0, now 1)')
    assert checkpoint.stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_folder_with_other_files_is_left_alone(call, tmp_path):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'thesis.tex').write_text('precious')
    ended_with(call(), f'--out {out} holds files that are none of')
    assert [path.name for path in out.iterdir()] == ['thesis.tex']
