# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmap
from argparse import Namespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from mmpose_mlda.benchmarks import data, ema, evaluation, parts, style
from mmpose_mlda.benchmarks.alignment import Sizes
from mmpose_mlda.benchmarks.memory import growth
from mmpose_mlda.benchmarks.timing import Timing, measure, speedup


def test_medians_and_quartiles():
    timing = Timing((4.0, 1.0, 2.0, 3.0, 100.0))
    assert timing.median == 3
    assert timing.quartiles == (2, 4)
    assert speedup(timing, Timing((1.5,))) == 2


def test_functions_are_called_in_turns():
    calls = []
    functions = dict(a=lambda: calls.append('a'), b=lambda: calls.append('b'))
    times = measure(functions, repeats=2, warmup=1)
    assert calls == ['a', 'b'] * 3
    assert len(times['a'].values) == 2


def test_both_evaluations_agree():
    sizes = Sizes(joints=5, image=64, heatmap=16)
    functions = evaluation.functions(40, sizes)
    pck = functions['mmpose']()['PCK']
    assert 0.2 < pck < 0.9
    ours = functions['continuous']()['PCK@0.05']
    # labels at the very border count in MMPose's alone
    assert ours == pytest.approx(100 * pck, abs=2.5)
    assert 0 <= functions['argmax']()['PCK@0.05'] <= 100


def test_both_style_transfers_agree():
    torch.manual_seed(0)
    functions = style.functions(1, 32, 'relu2_1')
    torch.testing.assert_close(functions['ours'](), functions['published']())


def test_both_averages_agree():
    functions = ema.functions(18)
    teacher = functions['loop'].__closure__[0].cell_contents
    before = [p.clone() for p in teacher.parameters()]
    functions['loop']()
    looped = [p.clone() for p in teacher.parameters()]
    for parameter, value in zip(teacher.parameters(), before, strict=True):
        parameter.data.copy_(value)
    functions['ours']()
    for parameter, value in zip(teacher.parameters(), looped, strict=True):
        torch.testing.assert_close(parameter, value)


def test_views_of_made_up_photographs(tmp_path):
    data.write_photographs(tmp_path, 2)
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = data.make_dataset(tmp_path, 32, 2)
    functions = data.functions(dataset, 32)
    samples = functions['ours']()
    assert [len(sample['inputs']) for sample in samples] == [2, 2]
    for views in functions['published']():
        assert [view.shape for view in views] == [(3, 32, 32)] * 2
        assert views[0].dtype == torch.float32
    assert functions['limit']()[0][0].shape == (32, 32, 3)


def test_all_ways_see_the_same_photographs(tmp_path):
    """Also those that lie deeper, or end in other letters."""
    (tmp_path / 'A').mkdir()
    data.write_photographs(tmp_path / 'A', 1)
    data.write_photographs(tmp_path, 3)
    (tmp_path / '00001.jpg').rename(tmp_path / '00001.JPEG')
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = data.make_dataset(tmp_path, 32, 4)
    names = ('00000.jpg', '00001.JPEG', '00002.jpg', 'A/00000.jpg')
    assert data.photographs(dataset) == [tmp_path / name for name in names]
    for number, name in enumerate(names):
        image = dataset.target[number]['img']
        assert (image == cv2.imread(str(tmp_path / name))).all()


def test_fewer_photographs_than_asked_for(tmp_path, capsys):
    data.write_photographs(tmp_path, 3)
    args = Namespace(
        photographs=tmp_path, image=64, num_photographs=300, step_repeats=1
    )
    with DefaultScope.overwrite_default_scope('mmpose'):
        parts.run_data(args)
    assert 'target pairs of 3 photographs' in capsys.readouterr().out


def test_growth_of_memory():
    held = []

    def hold():  # pages of its own, not some that were freed before
        block = np.frombuffer(mmap.mmap(-1, 2**26), np.uint8)  # 64 MiB
        block[:] = 1
        held.append(block)

    assert 60 < growth(hold, torch.device('cpu')) < 100
