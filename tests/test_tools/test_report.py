# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest

from mmpose_mlda.visualization import Section


@pytest.fixture
def report(tool, monkeypatch):
    """The tool; what it would measure is left out."""
    module = tool('analysis_tools/report')
    seen = {}

    def collect(cfg, *args):
        seen['cfg'], seen['args'] = cfg, args
        return [Section('<Nothing>', 'measured')]

    monkeypatch.setattr(module, 'collect_report_sections', collect)
    monkeypatch.setattr(module, 'run_summary', lambda *_: [('a', 'b')])
    module.seen = seen
    return module


@pytest.fixture
def folder(tmp_path):
    part = tmp_path / 'my run' / '20240101_000000' / 'vis_data'
    part.mkdir(parents=True)
    (part / 'config.py').write_text('data = dict(root="a")\n')
    work_dir = part.parents[1]
    (work_dir / 'iter_2.pth').write_bytes(b'')
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'iter_2.pth'))
    return work_dir


def test_of_a_work_folder(report, folder, capsys):
    args = report.parse_args([str(folder), '--cfg-options', 'data.root=b'])
    path = report.report(args)
    assert path == folder / 'report.html'
    assert '&lt;Nothing&gt;' in path.read_text('utf-8')
    assert 'Report: my run' in path.read_text('utf-8')
    assert str(path) in capsys.readouterr().out
    assert report.seen['args'] == (folder / 'iter_2.pth', folder, 200, None)
    assert report.seen['cfg'].data.root == 'b'


def test_of_a_checkpoint(report, folder, tmp_path):
    config = tmp_path / 'c.py'
    config.write_text('a = 1\n')
    out = tmp_path / 'new' / 'r.html'
    checkpoint = folder / 'iter_2.pth'
    line = [config, checkpoint, '--out', out, '--samples', 5, '--before', 'x']
    assert report.report(report.parse_args([*map(str, line)])) == out
    assert out.is_file()
    # no log beside the checkpoint, so it is no work folder
    assert report.seen['args'] == (checkpoint, None, 5, 'x')


def test_wrong_options(report, capsys):
    with pytest.raises(SystemExit):
        report.parse_args(['run', '--samples', '0'])
    assert '--samples 0' in capsys.readouterr().err
