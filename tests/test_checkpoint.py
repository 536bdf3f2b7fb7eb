# Copyright (c) mmpose_mlda contributors. All rights reserved.
import functools
import http.server
import os
import pickle
import re
import threading
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner
from mmengine.runner import checkpoint as mmengine_checkpoint
from torch.utils.data import DataLoader

from mmpose_mlda import checkpoint, compat

compat.apply()


class Call:
    """Pickles as a call of a function, as a hostile file does."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


class Stranger:
    """A class that no checkpoint of MMEngine holds."""


class Toy(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.linear(inputs).square().mean())


def toy_runner(work_dir, **kwargs):
    return Runner(
        Toy(),
        work_dir=str(work_dir),
        train_dataloader=DataLoader(
            [dict(inputs=torch.ones(2) * i) for i in range(4)]
        ),
        train_cfg=dict(by_epoch=False, max_iters=4),
        optim_wrapper=dict(optimizer=dict(type='Adam', lr=0.1)),
        param_scheduler=dict(
            type='MultiStepLR', by_epoch=False, milestones=[3]
        ),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=2)
        ),
        log_level='WARNING',
        experiment_name=f'{work_dir.name}_{len(kwargs)}',
        **kwargs,
    )


def test_checkpoint_of_mmengine_loads_and_resumes(tmp_path):
    first = toy_runner(tmp_path)
    first.train()
    path = str(tmp_path / 'iter_2.pth')
    # It holds what torch.load alone refuses ...
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    # ... and all of it comes back.
    loaded = CheckpointLoader.load_checkpoint(path, map_location='cpu')
    history = loaded['message_hub']['log_scalars']['train/loss']
    assert isinstance(history, HistoryBuffer)
    assert len(history.data[0]) == 2
    assert history.statistics('mean') == pytest.approx(history.mean())
    second = toy_runner(tmp_path, load_from=path, resume=True)
    second.train()
    for a, b in zip(
        first.model.parameters(), second.model.parameters(), strict=True
    ):
        assert torch.equal(a, b)


@pytest.mark.parametrize('core', ['core', '_core'])
def test_values_of_numpy_under_both_names(tmp_path, core):
    content = dict(
        scalar=np.float64(0.5),
        array=np.arange(6, dtype=np.int32).reshape(2, 3),
        flags=np.array([True, False]),
        names=np.array(['hip', 'knee']),
        state=OrderedDict(weight=torch.ones(2, dtype=torch.float16)),
    )
    path = tmp_path / 'x.pth'
    # In the old format names are plain text, ended by a line break.
    torch.save(content, path, _use_new_zipfile_serialization=False)
    data, count = re.subn(
        rb'numpy\._?core\.', f'numpy.{core}.'.encode(), path.read_bytes()
    )
    assert count == 2  # scalar and _reconstruct
    path.write_bytes(data)
    loaded = CheckpointLoader.load_checkpoint(str(path))
    for key in ('array', 'flags', 'names'):
        np.testing.assert_array_equal(loaded[key], content[key])
        assert loaded[key].dtype == content[key].dtype
    assert loaded['scalar'] == 0.5
    assert torch.equal(loaded['state']['weight'], content['state']['weight'])


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize(
    ('content', 'named'),
    [
        (Call(os.system, 'touch {mark}'), r'\w+\.system'),
        (Call(eval, 'open("{mark}", "w")'), r'\beval,'),
        (Call(getattr, np.ndarray, 'tofile'), r"getattr\(.*'tofile'\)"),
        (Call(getattr, HistoryBuffer, '__init__'), r"'__init__'\)"),
        (Stranger(), r'Stranger'),
        (np.array([Stranger()]), r'Stranger'),
    ],
)
def test_hostile_pickle_is_refused(tmp_path, content, named, zipped):
    mark = tmp_path / 'it_ran'
    if isinstance(content, Call):
        function, args = content.call
        args = (a.format(mark=mark) if isinstance(a, str) else a for a in args)
        content = Call(function, *args)
    path = tmp_path / 'hostile.pth'
    torch.save(
        dict(state_dict=dict(a=torch.ones(1)), meta=content),
        path,
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(
        checkpoint.UnsafeCheckpointError,
        match=rf'hostile\.pth: refused, .*{named}.*nothing was run',
    ):
        CheckpointLoader.load_checkpoint(str(path))
    assert not mark.exists()


@pytest.mark.parametrize('kept', [0, 3, 0.5, 0.99])
def test_damaged_file_is_named(tmp_path, kept):
    path = tmp_path / 'cut.pth'
    torch.save(dict(a=torch.ones(5000)), path)
    data = path.read_bytes()
    path.write_bytes(data[: kept if kept > 1 else int(kept * len(data))])
    with pytest.raises(RuntimeError, match=r'cut\.pth cannot be loaded'):
        CheckpointLoader.load_checkpoint(str(path))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no\.pth does not exist'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'no.pth'))


def test_home_is_expanded(tmp_path, monkeypatch):
    torch.save(dict(a=1), tmp_path / 'x.pth')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert CheckpointLoader.load_checkpoint('~/x.pth') == dict(a=1)


class TestDownloads:
    @pytest.fixture
    def address(self, tmp_path, monkeypatch):
        monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
        monkeypatch.setenv('no_proxy', '*')
        handler = functools.partial(
            http.server.SimpleHTTPRequestHandler, directory=str(tmp_path)
        )
        with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as s:
            threading.Thread(target=s.serve_forever).start()
            yield f'http://127.0.0.1:{s.server_port}'
            s.shutdown()

    def test_http(self, address, tmp_path):
        torch.save(dict(a=np.float64(2)), tmp_path / 'x.pth')
        loaded = CheckpointLoader.load_checkpoint(f'{address}/x.pth')
        assert loaded == dict(a=2)

    def test_other_schemes_end_in_http(self, address, tmp_path, monkeypatch):
        torch.save(dict(a=3), tmp_path / 'y.pth')
        monkeypatch.setattr(
            mmengine_checkpoint,
            'get_torchvision_models',
            lambda: dict(resnet9=f'{address}/y.pth'),
        )
        loaded = CheckpointLoader.load_checkpoint('torchvision://resnet9')
        assert loaded == dict(a=3)

    def test_hostile(self, address, tmp_path):
        mark = tmp_path / 'it_ran'
        torch.save(Call(os.system, f'touch {mark}'), tmp_path / 'z.pth')
        with pytest.raises(
            checkpoint.UnsafeCheckpointError, match=f'{address}/z.pth: refuse'
        ):
            CheckpointLoader.load_checkpoint(f'{address}/z.pth')
        assert not mark.exists()


def test_safe_list_is_not_left_behind(tmp_path):
    before = set(torch.serialization.get_safe_globals())
    torch.save(dict(a=np.float64(1)), tmp_path / 'x.pth')
    checkpoint.load_from_local(str(tmp_path / 'x.pth'))
    assert set(torch.serialization.get_safe_globals()) == before


def test_plain_checkpoint_is_one_network():
    weights = {'student.a': 1, 'teacher.a': 2, 'domain_head.a': 3}
    meta = dict(dataset_meta={'K': 14}, seed=0)
    whole = dict(state_dict=weights, meta=meta, optimizer={})
    for network, value in (('student', 1), ('teacher', 2)):
        assert checkpoint.plain_checkpoint(whole, network) == dict(
            state_dict={'a': value}, meta=dict(dataset_meta={'K': 14})
        )
    with pytest.raises(ValueError, match="no weights of a 'pupil'"):
        checkpoint.plain_checkpoint(whole, 'pupil')
