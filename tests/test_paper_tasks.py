# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The paper's tasks from the releases' files to the tables' columns."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from scipy.io import savemat
from test_converters.kit import (
    write_animalpose,
    write_image,
    write_surreal,
    write_synanimal,
    write_tigdog,
)

from mmpose_mlda.registry import DATASETS

ROOT = Path(__file__).resolve().parents[1]
# A smaller network without weights, one step of each stage.
SMALL = [
    'model.student.backbone.depth=18',
    'model.student.backbone.init_cfg=None',
    'model.student.head.in_channels=512',
    'train_dataloader.batch_size=2',
    'train_dataloader.pin_memory=False',
    *(
        f'{split}_dataloader.{option}'
        for split in ('train', 'test')
        for option in ('num_workers=0', 'persistent_workers=False')
    ),
]
WEIGHTS = ROOT.parent / 'shared' / 'weights'
# of relu4_1 there is no decoder; without any weights no style
STYLE = (
    [
        'model.style_transfer.prob=1',
        'model.style_transfer.layer=relu3_1',
        f'model.style_transfer.encoder={WEIGHTS}/vgg19_normalised_relu4_1.pth',
        f'model.style_transfer.decoder={WEIGHTS}/adain_decoder_relu3_1.pth',
    ]
    if WEIGHTS.is_dir()
    else ['model.style_transfer.prob=0']
)
STEPS = ['train_cfg.max_iters=2', 'train_cfg.pretrain_iters=1']


def raw_surreal(raw):
    write_surreal(raw / 'surreal')


def raw_synanimal(raw, animals):
    for seed, animal in enumerate(animals):
        write_synanimal(raw / 'synanimal', animal, 15, seed)


def raw_tigdog(raw):
    raw_synanimal(raw, ('horse', 'tiger'))
    for animal in ('horse', 'tiger'):
        write_tigdog(raw / 'tigdog', animal, dict.fromkeys((1, 2), (2, True)))


def raw_animalpose(raw):
    raw_synanimal(raw, ('hound', 'sheep'))
    write_animalpose(raw / 'animalpose')


def write_lsp(folder):
    """Read by its data set as it is."""
    joints = np.random.default_rng(0).uniform(20, 120, (3, 14, 2))
    joints[2] = 0  # nothing occluded
    for number in (1, 2):
        write_image(folder / 'images' / f'im{number:04d}.jpg', (140, 130))
    savemat(folder / 'joints.mat', dict(joints=joints))


TASKS = {
    'surreal_lsp': SimpleNamespace(
        write=raw_surreal,
        convert={'surreal': []},
        columns='All Sld Elb Wrist Hip Knee Ankle Head Neck',
        parts=[],
    ),
    'synanimal_tigdog': SimpleNamespace(
        write=raw_tigdog,
        convert={
            'synanimal': ['--animals', 'horse', 'tiger'],
            'tigdog': [],
        },
        columns='All Eye Chin Sld Hip Elb Knee Hoof',
        parts=['horse', 'tiger'],
    ),
    'synanimal_animalpose': SimpleNamespace(
        write=raw_animalpose,
        convert={
            'synanimal': ['--animals', 'hound', 'sheep'],
            'animalpose': ['--animals', 'dog', 'sheep'],
        },
        columns='All Eye Elb Knee Hoof',
        parts=['dog', 'sheep'],
    ),
}


def succeed(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write_data(task, folder, run_python):
    """Converted data in the current folder."""
    task.write(folder / 'raw')
    for script, options in task.convert.items():
        tool = ROOT / 'tools' / 'dataset_converters' / f'{script}.py'
        raw, out = Path('raw', script), Path('data', script)
        succeed(run_python(tool, raw, out, '--processes', '1', *options))


@pytest.mark.slow
@pytest.mark.parametrize('name', TASKS)
def test_from_the_release_to_the_table(
    name, tmp_path, monkeypatch, run_python
):
    monkeypatch.chdir(tmp_path)
    task = TASKS[name]
    write_data(task, tmp_path, run_python)
    if name == 'surreal_lsp':
        write_lsp(tmp_path / 'data' / 'lsp')

    config = ROOT / 'configs' / f'mlda_{name}.py'
    flags = ('--work-dir', 'work', '--cfg-options', *SMALL, *STYLE)
    train = (ROOT / 'tools' / 'train.py', config, '--no-validate')
    log = succeed(run_python(*train, *flags, *STEPS))
    assert 'The adaptation begins at step 1' in log
    checkpoint = Path('work', 'last_checkpoint').read_text()
    assert Path(checkpoint).name == 'iter_2.pth'
    log = succeed(
        run_python(
            *(ROOT / 'tools' / 'test.py', config, checkpoint),
            *('--out', 'metrics.json', *flags),
        )
    )
    # the table that is printed, and the same values in the file
    table = log[log.index('PCK in per cent') :].splitlines()
    columns = table[1].split()
    assert columns == task.columns.split()
    metrics = json.loads(Path('metrics.json').read_text())
    for line, part in zip(table[2:], ['', *task.parts], strict=False):
        head = f'@0.05 {part}'.strip()
        assert line.startswith(head)
        for column, cell in zip(
            columns, line.removeprefix(head).split(), strict=True
        ):
            names = ('PCK@0.05', part, '' if column == 'All' else column)
            value = metrics['/'.join(filter(None, names))]
            assert value == pytest.approx(float(cell), abs=0.006)


@pytest.mark.slow
def test_study_of_two_animals(tmp_path, monkeypatch, run_python):
    monkeypatch.chdir(tmp_path)
    write_data(TASKS['synanimal_tigdog'], tmp_path, run_python)
    shutil.copytree(ROOT / 'configs', 'configs')  # named from here
    tools = ROOT / 'tools' / 'analysis_tools'
    study = 'configs/studies/synanimal_tigdog.py'
    out = ('--out', 'out', '--work-dir', 'work', '--seeds', '0')
    options = (
        '--cfg-options',
        *SMALL,
        *STEPS,
        'test_evaluator.thr=[0.05,0.3]',
    )
    rows = ('--rows', 'oracle')
    succeed(run_python(tools / 'run_table.py', study, *out, *rows, *options))

    path = Path('out', 'synanimal_tigdog', 'oracle-seed0.json')
    result = json.loads(path.read_text())
    assert len(result['parts']) == result['images']
    metrics = result['networks']['student']['metrics']
    options = ('--runs', 'out', '--thresholds', '0.05', '0.3')
    table = succeed(run_python(tools / 'collect_results.py', study, *options))
    for part in ('tiger', 'horse'):
        for threshold in ('0.05', '0.3'):
            name = f'PCK@{threshold}, {part}, per cent'
            (own,) = (
                line.split(' | ')
                for line in table.split(name)[1].split('PCK@')[0].splitlines()
                if line.startswith('| oracle')
            )
            value = f'{metrics[f"PCK@{threshold}/{part}"]:.1f}'
            assert value in own
    assert '| MLDA | 0 | - | 98.0 | - |' in table


@pytest.mark.parametrize('folder', ['mlda_', 'baselines/source_only_'])
@pytest.mark.parametrize('name', TASKS)
def test_missing_data_are_named(folder, name, tmp_path, monkeypatch):
    cfg = Config.fromfile(ROOT / 'configs' / f'{folder}{name}.py')
    monkeypatch.chdir(tmp_path)
    source, target = (Path('data', part) for part in name.split('_'))
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for loader, folder in (
            (cfg.train_dataloader, source),
            (cfg.test_dataloader, target),
        ):
            with pytest.raises(
                FileNotFoundError,
                match=rf'{folder}\b.*docs/dataset_zoo/{folder.name}\.md',
            ):
                DATASETS.build(loader.dataset)
