# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import pytest

from mmpose_mlda.apis import launch

STEPS = (10, 20, 30, 40)
FALLS = dict(  # the last one is the worst
    truth=(30.0, 40.0, 36.0, 20.0),
    score=(0.1, 0.2, 0.8, 0.4),
    distance=(3.0, 1.0, 2.0, 4.0),
)
RISES = dict(
    truth=(10.0, 12.0, 16.0, 18.0),
    score=(0.1, 0.2, 0.3, 0.4),
    distance=(1.0, 2.0, 3.0, 4.0),
)
NAMES = dict(
    truth='PCK@0.1',
    score='label_free/score',
    distance='label_free/views_distance',
)


@pytest.fixture
def regret(tool, capsys):
    module = tool('analysis_tools/selection_regret')

    def run(*arguments):
        module.run(module.parse_args([*map(str, arguments)]))
        return capsys.readouterr().out

    return run


@pytest.fixture
def results(tmp_path):
    """Results of a study with curves."""
    for name, run in dict(falls=FALLS, rises=RISES).items():
        curves = {
            NAMES[key]: dict(zip(map(str, STEPS), values, strict=True))
            for key, values in run.items()
        }
        path = tmp_path / f'{name}-seed0.json'
        path.write_text(json.dumps(dict(curves=curves)))
    return tmp_path


@pytest.fixture
def work_dir(tmp_path):
    """What a training leaves that validates both networks."""
    folder = tmp_path / 'run/20260101_000000/vis_data'
    folder.mkdir(parents=True)
    with (folder / 'scalars.json').open('w') as file:
        for index, step in enumerate(STEPS):
            file.write(json.dumps(dict(loss=1.0, step=step)) + '\n')
            values = {
                f'{network}/{NAMES[key]}': run[key][index]
                for network, run in (('teacher', FALLS), ('student', RISES))
                for key in NAMES
            }
            file.write(json.dumps(dict(values, step=step)) + '\n')
    return tmp_path / 'run'


def test_by_hand(regret, results):
    found = json.loads(regret(results, '--json'))
    falls, rises = (found['runs'][f'{n}-seed0'] for n in ('falls', 'rises'))
    assert falls['label_free/score']['regret'] == 40 - 36
    assert falls['label_free/score']['chosen'] == 30
    assert falls['label_free/views_distance']['regret'] == 0  # the nearest
    assert falls['last checkpoint']['regret'] == 40 - 20
    assert falls['random choice']['regret'] == 40 - 31.5
    assert rises['label_free/score']['regret'] == 0
    assert rises['label_free/score']['spearman'] == pytest.approx(1)
    assert rises['label_free/views_distance']['regret'] == 8
    assert rises['label_free/views_distance']['spearman'] == pytest.approx(-1)
    mean = found['mean']['label_free/score']
    assert mean['regret'] == dict(value=2, low=0, high=4)
    assert mean['worst'] == 4
    assert found['mean']['last checkpoint']['regret']['value'] == 10


def test_between_runs(regret, results):
    between = json.loads(regret(results, '--json'))['between']
    # last checkpoints: 20 with a score of 0.4, 18 with 0.4; a tie
    assert between['label_free/score']['chosen'] == 'falls-seed0'
    assert between['label_free/score']['regret'] == 0
    assert between['random choice']['regret'] == 1


def test_tables(regret, results):
    text = regret(results)
    assert '| label_free/score | 2.00 [0.00, 4.00] | 4.00 |' in text
    assert '| last checkpoint | 10.00 [0.00, 20.00] | 20.00 | - | - |' in text
    assert '| falls-seed0 | 4 | 30.00 | 40.00 | 20.00 |' in text


def test_a_single_run_has_no_interval(regret, results):
    path = results / 'falls-seed0.json'
    assert '| label_free/score | 4.00 - | 4.00 |' in regret(path)
    mean = json.loads(regret(path, '--json'))['mean']['label_free/score']
    assert mean['regret'] == dict(value=4, low=None, high=None)


def test_folders_of_equal_names(regret, tmp_path):
    """Two seeds of a method, and another run; one is given twice."""
    folders = ['seed0/mlda', 'seed1/mlda', 'seed1/other.v2', 'seed1/mlda']
    for number, name in enumerate(folders[:3]):
        path = tmp_path / name / '20260101_000000/vis_data/scalars.json'
        path.parent.mkdir(parents=True)
        lines = (
            {NAMES['truth']: truth + number, NAMES['score']: 0, 'step': step}
            for step, truth in zip(STEPS, FALLS['truth'], strict=True)
        )
        path.write_text('\n'.join(map(json.dumps, lines)))
    text = regret(*(tmp_path / name for name in folders))
    assert '| seed0/mlda | 4 | 30.00 | 40.00 | 20.00 |' in text
    assert '| seed1/mlda | 4 | 31.00 | 41.00 | 21.00 |' in text
    assert '| other.v2 | 4 | 32.00 | 42.00 | 22.00 |' in text
    assert text.count('| 4 |') == 3


def test_results_of_equal_names(regret, results, tmp_path):
    copy = tmp_path / 'again' / 'falls-seed0.json'
    copy.parent.mkdir()
    copy.write_text((results / copy.name).read_text())
    found = json.loads(regret(results, copy.parent, '--json'))
    assert found['runs'].keys() == {
        'again/falls-seed0',
        f'{results.name}/falls-seed0',
        'rises-seed0',
    }


def test_work_folders_and_networks(regret, work_dir):
    teacher = json.loads(regret(work_dir, '--json'))
    student = json.loads(regret(work_dir, '--network', 'student', '--json'))
    assert teacher['mean']['label_free/score']['regret']['value'] == 4
    assert student['mean']['label_free/score']['regret']['value'] == 0


def test_choice_among_models(regret, tmp_path):
    models = {
        f'row{index}': {
            'network': 'teacher',
            **{NAMES[key]: FALLS[key][index] for key in NAMES},
        }
        for index in range(4)
    }
    path = tmp_path / 'study-seed0.json'
    path.write_text(json.dumps(dict(models=models)))
    found = json.loads(regret(path, '--json'))
    rated = found['runs']['study-seed0']
    assert rated['label_free/score']['regret'] == 4
    assert rated['label_free/score']['chosen'] == 'row2'
    assert 'last checkpoint' not in rated
    assert 'between' not in found


def test_steps_without_all_values_are_left_out(regret, results):
    path = results / 'falls-seed0.json'
    content = json.loads(path.read_text())
    del content['curves']['PCK@0.1']['20']
    path.write_text(json.dumps(content))
    found = json.loads(regret(path, '--json'))
    assert found['runs']['falls-seed0']['last checkpoint']['regret'] == 16


def test_mistakes(regret, results, tmp_path):
    with pytest.raises(launch.OptionError, match=r'needs PCK@0\.3'):
        regret(results, '--truth', 'PCK@0.3')
    with pytest.raises(launch.OptionError, match=r"no runs \['x'\]"):
        regret(results, '--names', 'x')
    path = tmp_path / 'old-seed0.json'
    path.write_text('{}')
    with pytest.raises(launch.OptionError, match='curves = True'):
        regret(path)
    with pytest.raises(FileNotFoundError, match=r'scalars\.json'):
        regret(tmp_path / 'nothing')
    curves = {name: {'10': 1.0} for name in NAMES.values()}
    path.write_text(json.dumps(dict(curves=curves)))
    with pytest.raises(launch.OptionError, match='nothing to choose'):
        regret(path)
