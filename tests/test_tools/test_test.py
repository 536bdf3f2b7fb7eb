# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import pytest
from mmengine.config import Config

from mmpose_mlda.apis.launch import OptionError


@pytest.fixture(scope='module')
def test_tool(tool):
    return tool('test')


@pytest.fixture
def merge(test_tool, tmp_path):
    def run(*flags, **content):
        checkpoint = tmp_path / 'x.pth'
        checkpoint.touch()
        args = test_tool.parse_args(['c.py', str(checkpoint), *flags])
        return test_tool.merge_args(Config(content), args)

    return run


def test_checkpoint(merge, test_tool, tmp_path):
    cfg = merge(resume=True, load_from='source.pth')
    assert cfg.load_from == str(tmp_path / 'x.pth')
    assert cfg.resume is False
    args = test_tool.parse_args(['c.py', 'no.pth'])
    with pytest.raises(FileNotFoundError, match=r'no\.pth does not exist'):
        test_tool.merge_args(Config(), args)


@pytest.mark.parametrize('evaluator', [dict(type='A'), [dict(type='A')]])
def test_dump(merge, evaluator):
    cfg = merge('--dump', 'p.pkl', test_evaluator=evaluator)
    assert cfg.test_evaluator == [
        dict(type='A'),
        dict(type='DumpResults', out_file_path='p.pkl'),
    ]


@pytest.mark.parametrize('flags', ['--dump p.json', '--out m.txt'])
def test_unfit_file_names(test_tool, capsys, flags):
    with pytest.raises(SystemExit):
        test_tool.parse_args(['c.py', 'x.pth', *flags.split()])
    assert 'the name must end in' in capsys.readouterr().err


LOSS = dict(type='KeypointMSELoss')


@pytest.mark.parametrize(
    'model',
    [dict(head=dict(loss=LOSS)), dict(student=dict(head=dict(loss=LOSS)))],
)
def test_badcase_by_loss(merge, model):
    hooks = dict(badcase=dict(enable=False), visualization={})
    cfg = merge('--badcase', '--show', model=model, default_hooks=hooks)
    assert cfg.default_hooks.badcase == dict(
        enable=True, show=True, interval=1, wait_time=1, metric=LOSS
    )
    assert cfg.default_hooks.visualization == {}  # one of them shows


@pytest.mark.parametrize('evaluator', [dict(type='A'), [dict(type='A')]])
def test_badcase_by_accuracy(merge, evaluator):
    hooks = dict(badcase=dict(metric_type='accuracy'))
    cfg = merge('--badcase', default_hooks=hooks, test_evaluator=evaluator)
    assert cfg.default_hooks.badcase.metric == dict(type='A')


def test_badcase_needs_its_hook(merge):
    with pytest.raises(OptionError, match='BadCaseAnalysisHook'):
        merge('--badcase')


def test_metrics_are_saved(test_tool, tmp_path):
    path = tmp_path / 'new' / 'metrics.json'
    hook = test_tool.SaveMetricHook(str(path))
    hook.after_test_epoch(None, dict(PCK=0.5))
    assert json.loads(path.read_text()) == dict(PCK=0.5)
