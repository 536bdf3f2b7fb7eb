# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""An adaptation that is called again."""

import json
from collections import OrderedDict
from dataclasses import replace

import own_data_kit as kit
import pytest
import torch
from mmengine.visualization import Visualizer
from mmpose.registry import VISUALIZERS

from mmpose_mlda.apis.adapt import adapt, train
from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.apis.own_config import make_config
from mmpose_mlda.apis.own_data import OwnData, check_files
from mmpose_mlda.errors import RunStopped
from mmpose_mlda.models import MLDA

QUICK = {
    'model.student.backbone.pretrained': None,
    'train_dataloader.batch_size': 4,
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'val_dataloader.num_workers': 0,
    'val_dataloader.persistent_workers': False,
}


@pytest.fixture
def data(tmp_path):
    return OwnData(**kit.write_pair(tmp_path), max_iters=6, changes=QUICK)


@pytest.fixture
def begun(data, tmp_path):
    """The folder of an adaptation that has a checkpoint."""
    out = tmp_path / 'out'
    (out / 'work_dir').mkdir(parents=True)
    (out / 'work_dir' / 'last_checkpoint').write_text('iter_2.pth')
    request = dict(vars(data.resolved()))
    (out / 'request.json').write_text(json.dumps(request, default=str))
    return out


@pytest.mark.slow
def test_an_interruption_without_labels(data, tmp_path, monkeypatch, capsys):
    """The second call ends with the weights of a whole training."""
    # MMEngine would go on with the visualizer of the run before
    for kind in (Visualizer, VISUALIZERS.get('PoseLocalVisualizer')):
        monkeypatch.setattr(kind, '_instance_dict', OrderedDict())
    begin_step = MLDA.begin_step

    def fail(self, seed, step, pretrain_iters):
        begin_step(self, seed, step, pretrain_iters)
        if step == 4:
            raise MemoryError

    out = tmp_path / 'out'
    with monkeypatch.context() as patch:
        patch.setattr(MLDA, 'begin_step', fail)
        with pytest.raises(RunStopped, match='the same command goes on'):
            adapt(data, out)
    capsys.readouterr()
    result = adapt(data, out)
    text = capsys.readouterr().out
    assert 'going on from step 4' in text
    assert 'nothing tells how accurate' in text
    assert result['metrics'] == {}
    page = (out / 'report.html').read_text()
    assert 'Without labels no more can be said' in page

    whole = make_config(data, check_files(data), tmp_path / 'whole')
    states = [
        torch.load(path, weights_only=False)['state_dict']
        for path in (result['checkpoint'], train(whole))
    ]
    for name, value in states[0].items():
        assert value.equal(states[1][name]), name


def test_another_request(data, begun):
    """What the training has begun with stays; how it is done may change."""
    for other, text in (
        (replace(data, max_iters=8), 'max_iters: 6, now 8'),
        (
            replace(data, changes=QUICK | {'model.im_loss': None}),
            'model.im_loss',
        ),
    ):
        with pytest.raises(OptionError, match=text):
            adapt(other, begun, dry_run=True)
        (begun / 'work_dir' / 'last_checkpoint').rename(begun / 'kept')
        adapt(other, begun, dry_run=True)  # nothing would be lost
        (begun / 'kept').rename(begun / 'work_dir' / 'last_checkpoint')
    smaller = QUICK | {
        'train_dataloader.batch_size': 2,
        'optim_wrapper.type': 'AmpOptimWrapper',
    }
    adapt(replace(data, changes=smaller), begun, dry_run=True)


def test_results_among_the_photographs(data):
    with pytest.raises(OptionError, match='name a folder outside'):
        adapt(data, data.target_images / 'out', dry_run=True)
    assert not (data.target_images / 'out').exists()


def test_check_of_photographs_without_labels(data, tmp_path, capsys):
    """They are validated on, but are no evaluation set."""
    adapt(data, tmp_path / 'out', dry_run=True)
    text = capsys.readouterr().out
    assert 'No evaluation set' in text
    assert 'has a labelled joint' not in text
    assert 'are both in the target' not in text


def test_steps_of_the_stages(data, tmp_path, capsys):
    """A number of steps as well as a share."""
    changes = QUICK | {'train_cfg.pretrain_iters': 5}
    adapt(replace(data, changes=changes), tmp_path / 'out', dry_run=True)
    text = capsys.readouterr().out
    assert '5 steps on the labelled source, then 1 of adaptation' in text
