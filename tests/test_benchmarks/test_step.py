# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
from mmengine.registry import DefaultScope

from mmpose_mlda.benchmarks.alignment import Sizes
from mmpose_mlda.benchmarks.step import Setting, StepBenchmark
from mmpose_mlda.models.networks import networks

SIZES = Sizes(batch=2, joints=3, image=64, heatmap=16)


@pytest.fixture
def bench(tmp_path):
    def build(**setting):
        setting = Setting(depth=18, layer='relu2_1', **setting)
        with DefaultScope.overwrite_default_scope('mmpose'):
            return StepBenchmark(SIZES, setting, tmp_path)

    return build


def test_both_sides_call_the_same_networks(bench):
    """As often, whether stylised or not."""
    bench, calls = bench(), []
    for network in networks(bench.model):
        network.register_forward_hook(
            lambda module, *_: calls.append(type(module).__name__)
        )
    for stylised in (False, True):
        for function in (bench.whole(stylised), bench.networks(stylised)):
            function()
        half = len(calls) // 2
        assert sorted(calls[:half]) == sorted(calls[half:])
        assert calls.count('ResNet') == 2 * 3  # two of student, one of teacher
        calls.clear()


def test_networks_that_are_called_are_compiled(bench):
    bench = bench(compile=True)
    for network in networks(bench.model):
        assert network._compiled_call_impl is not None
    assert bench.model.student.backbone._compiled_call_impl is not None


def test_bfloat16_is_that_of_the_training(bench):
    bench, formats = bench(amp='bfloat16'), set()
    bench.model.student.backbone.register_forward_hook(
        lambda module, inputs, outputs: formats.add(str(outputs[-1].dtype))
    )
    for function in (bench.whole(False), bench.networks(False)):
        function()
        assert formats == {'torch.bfloat16'}
        formats.clear()
    assert type(bench.optim_wrapper).__name__ == 'BFloat16OptimWrapper'
