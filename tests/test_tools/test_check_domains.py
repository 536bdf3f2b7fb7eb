# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
from pathlib import Path

import pytest
from test_apis.domain_kit import Pair, make_set

from mmpose_mlda.apis import domain_output
from mmpose_mlda.visualization import draw_domain_check

TOOL = 'analysis_tools/check_domains'
ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path):
    roles = ('source', 'target', 'val')
    coco = {role: make_set(tmp_path, role, i) for i, role in enumerate(roles)}
    path = tmp_path / 'pair.py'
    pair = Pair(tmp_path, coco, tmp_path)
    pair.config()
    path.write_text('\n'.join(f'{k} = {v!r}' for k, v in pair.cfg.items()))
    return path


def test_a_sound_pair(tool, config, tmp_path, capsys, monkeypatch):
    # one picture is quicker than all, which other tests draw
    monkeypatch.setattr(
        domain_output,
        'draw_domain_check',
        lambda check: draw_domain_check(check)[3:4],
    )
    out = tmp_path / 'out'
    tool(TOOL).main([str(config), '--out', str(out), '--samples', '20'])
    lines = capsys.readouterr().out.splitlines()
    assert '0 errors, 0 warnings: nothing speaks against training.' in lines
    content = json.loads((out / 'check.json').read_text())
    assert content['statistics']['source']['looked_at'] == 20
    pictures = sorted(path.name for path in out.glob('*.png'))
    assert pictures == ['1_frequencies.png']
    assert all(path.stat().st_size > 1000 for path in out.glob('*.png'))
    assert len([*out.iterdir()]) == len(pictures) + 1  # nothing half written


def test_an_error_ends_with_1(tool, config, tmp_path, capsys):
    path = tmp_path / 'check.json'
    arguments = [str(config), '--samples', '5', '--json', str(path)]
    option = 'model.student.head.out_channels=17'
    with pytest.raises(SystemExit) as stop:
        tool(TOOL).main([*arguments, '--cfg-options', option])
    assert stop.value.code == 1
    assert 'The head has 17 channels' in capsys.readouterr().out
    levels = [f['level'] for f in json.loads(path.read_text())['findings']]
    assert levels.count('error') == 1


def test_a_config_without_a_pair_is_refused(tool, tmp_path):
    path = tmp_path / 'none.py'
    path.write_text('train_dataloader = dict(dataset=dict(type="A"))')
    with pytest.raises(SystemExit, match='trains on no pair of domains'):
        tool(TOOL).main([str(path)])


@pytest.mark.slow
@pytest.mark.parametrize('name', ['mlda_figures', 'mlda_figures_lspet'])
def test_no_false_alarm(tool, name, shared_dir, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    path = ROOT / 'configs' / 'demo' / f'{name}.py'
    tool(TOOL).main([str(path), '--samples', '150'])
    assert '0 errors, 0 warnings' in capsys.readouterr().out
