# Copyright (c) mmpose_mlda contributors. All rights reserved.
import importlib
import importlib.util
import json
import socket
import sys

import mmengine.config
import mmengine.device
import pytest
import torch
from mmengine.config import Config
from yapf.yapflib.yapf_api import FormatCode

from mmpose_mlda import compat

compat.apply()

# MMEngine's
STYLE = dict(
    based_on_style='pep8',
    blank_line_before_nested_class_or_def=True,
    split_before_expression_after_opening_paren=True,
)
# Prints what works once MMPose is imported.
REPORT = """
import mmpose.apis, mmpose.models, mmpose.visualization, mmcv.ops
import json, sys
from mmengine.utils.dl_utils.misc import mmcv_full_available
from mmpose.registry import HOOKS, MODELS, VISUALIZERS
print(json.dumps(dict(
    models=sorted(MODELS.module_dict), hooks=sorted(HOOKS.module_dict),
    visualizers=sorted(VISUALIZERS.module_dict),
    full=mmcv_full_available(), stand_in='mmcv._ext' in sys.modules)))
"""
FIRST = 'import mmpose_mlda.registry'
AFTER = """
for name in ('mmpose.models', 'mmpose.visualization', 'mmpose.apis'):
    try:
        __import__(name)
    except Exception:  # what the fixes mend
        pass
import mmpose_mlda.registry
"""


def test_works_before_and_after_mmpose(run_python):
    reports = []
    for code in (FIRST, AFTER):
        done = run_python('-c', code + REPORT)
        assert done.returncode == 0, done.stderr
        reports.append(json.loads(done.stdout.splitlines()[-1]))
    assert reports[0] == reports[1]
    compiled = importlib.util.find_spec('mmcv._ext') is not None
    assert reports[0]['full'] == reports[0]['stand_in'] == compiled
    # one of each import that fails without the fixes
    assert {'EDPoseHead', 'RTMOHead', 'ViPNAS_ResNet'} <= set(
        reports[0]['models']
    )
    assert 'PoseLocalVisualizer' in reports[0]['visualizers']


def test_apply_runs_once(monkeypatch):
    def again():
        raise AssertionError('a second call must do nothing')

    monkeypatch.setattr(compat, 'provide_mmcv_ops', again)
    compat.apply()


class TestMmcvOps:
    def test_missing_operator_names_the_remedy(self):
        ops = compat._MissingOps('mmcv._ext')
        nms = ops.nms  # mmcv takes the functions when it is imported
        with pytest.raises(RuntimeError, match=r'_ext\.nms needs the compile'):
            nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
        assert not hasattr(ops, '__path__')

    @pytest.mark.parametrize('why', ['compiled', 'imported'])
    def test_no_op_where_not_needed(self, monkeypatch, why):
        if why == 'compiled':
            monkeypatch.delitem(sys.modules, 'mmcv.ops')
            monkeypatch.setattr(importlib.util, 'find_spec', lambda _: 'spec')
        monkeypatch.setattr(importlib, 'import_module', pytest.fail)
        compat.provide_mmcv_ops()
        assert 'mmcv._ext' not in sys.modules or why == 'compiled'

    def test_stand_in_goes_even_when_the_import_fails(self, monkeypatch):
        def import_module(name):
            assert isinstance(sys.modules['mmcv._ext'], compat._MissingOps)
            raise ImportError(name)

        monkeypatch.delitem(sys.modules, 'mmcv.ops')
        monkeypatch.delitem(sys.modules, 'mmcv._ext', raising=False)
        monkeypatch.setattr(importlib.util, 'find_spec', lambda _: None)
        monkeypatch.setattr(importlib, 'import_module', import_module)
        with pytest.raises(ImportError, match=r'mmcv\.ops'):
            compat.provide_mmcv_ops()
        assert 'mmcv._ext' not in sys.modules


class TestTorchvisionOps:
    def test_library_that_does_not_load(self, tmp_path):
        assert not compat._loads_library(tmp_path)
        (tmp_path / '_C.so').write_bytes(b'built for another torch')
        assert not compat._loads_library(tmp_path)

    @pytest.mark.parametrize('why', ['imported', 'declared', 'loads'])
    def test_no_op_where_not_needed(self, monkeypatch, why):
        if why != 'imported':
            monkeypatch.delitem(sys.modules, 'torchvision', raising=False)
        if why == 'loads':
            monkeypatch.setattr(torch.ops, 'torchvision', object())
            monkeypatch.setattr(compat, '_loads_library', lambda _: True)
        monkeypatch.setattr(torch.library, 'Library', pytest.fail)
        compat.declare_torchvision_ops()

    def test_the_operators_are_described(self):
        schema = torch.ops.torchvision.nms.default._schema
        assert [a.name for a in schema.arguments] == [
            'dets',
            'scores',
            'iou_threshold',
        ]


class TestFormattedConfigs:
    @pytest.fixture
    def formatted(self, monkeypatch):
        """What yapf is given."""
        texts = []

        def format_code(text, style_config, **options):
            texts.append(text)
            return FormatCode(text, style_config=style_config, **options)

        monkeypatch.setattr(mmengine.config.config, 'FormatCode', format_code)
        compat.remember_formatted_configs()
        return texts

    def test_each_text_once(self, formatted, tmp_path):
        cfg = Config(dict(a=dict(b=[1, 2], c='d')))
        text = cfg.pretty_text
        cfg.dump(tmp_path / 'config.py')
        assert (tmp_path / 'config.py').read_text() == text
        assert len(formatted) == 1
        assert text == FormatCode(formatted[0], style_config=STYLE)[0]
        cfg.a.c = 'e'
        assert cfg.pretty_text == text.replace("'d'", "'e'")
        assert len(formatted) == 2

    def test_what_cannot_be_formatted(self, formatted):
        cfg = Config(dict(a=object()))
        for _ in range(2):
            with pytest.raises(SyntaxError, match='Failed to format'):
                _ = cfg.pretty_text
        assert len(formatted) == 2


class TestProcessGroup:
    def test_nothing_to_do(self, monkeypatch):
        assert not compat.init_cpu_process_group('none')
        monkeypatch.setattr(mmengine.device, 'get_device', lambda: 'cuda')
        assert not compat.init_cpu_process_group('pytorch')
        assert not torch.distributed.is_initialized()

    @pytest.fixture
    def on_cpu(self, monkeypatch):
        monkeypatch.setattr(mmengine.device, 'get_device', lambda: 'cpu')

    @pytest.mark.usefixtures('on_cpu')
    @pytest.mark.parametrize('launcher', ['slurm', 'mpi'])
    def test_other_launchers_need_a_gpu(self, launcher):
        with pytest.raises(RuntimeError, match=f"'{launcher}' needs a GPU"):
            compat.init_cpu_process_group(launcher)

    @pytest.mark.usefixtures('on_cpu')
    def test_without_torchrun(self, monkeypatch):
        monkeypatch.setenv('RANK', '0')
        for name in ('WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT'):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(
            RuntimeError, match='MASTER_ADDR, MASTER_PORT, WORLD_SIZE'
        ):
            compat.init_cpu_process_group('pytorch')

    @pytest.mark.usefixtures('on_cpu')
    def test_starts_gloo_once(self, monkeypatch):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        monkeypatch.setenv('RANK', '0')
        monkeypatch.setenv('WORLD_SIZE', '1')
        monkeypatch.setenv('MASTER_ADDR', '127.0.0.1')
        monkeypatch.setenv('MASTER_PORT', str(port))
        try:
            assert compat.init_cpu_process_group('pytorch')
            assert torch.distributed.get_backend() == 'gloo'
            assert not compat.init_cpu_process_group('pytorch')
        finally:
            torch.distributed.destroy_process_group()
