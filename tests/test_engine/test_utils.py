# Copyright (c) mmpose_mlda contributors. All rights reserved.
import torch
from engine_kit import run_group
from torch import nn

from mmpose_mlda.engine.utils import average_buffers, unwrap


class Network(nn.Module):
    """Has one of each kind of tensor, filled with one value."""

    def __init__(self, value):
        super().__init__()
        self.part = nn.BatchNorm1d(2)
        self.register_buffer('counter', torch.tensor(0))
        self.register_buffer('frozen', torch.zeros(2), persistent=False)
        for tensor in (*self.parameters(), *self.buffers()):
            tensor.data.fill_(value)


def values(module):
    tensors = dict(module.named_parameters()) | dict(module.named_buffers())
    return {name: t.unique().item() for name, t in tensors.items()}


def _average(rank):
    """Rank r holds 10 r + 1 everywhere: 1, 11, 21; the mean is 11."""
    own = 10 * rank + 1
    network = Network(own)
    average_buffers(network)
    assert values(network) == {
        'part.running_mean': 11,
        'part.running_var': 11,
        'part.weight': own,  # parameters and whole numbers are not averaged
        'part.bias': own,
        'part.num_batches_tracked': own,
        'counter': own,
        'frozen': own,  # nor what no checkpoint holds
    }
    wrapped = nn.parallel.DistributedDataParallel(
        Network(own), broadcast_buffers=False
    )
    average_buffers(wrapped)
    assert values(unwrap(wrapped))['part.running_mean'] == 11


def test_mean_over_processes(tmp_path):
    run_group(3, tmp_path, _average)


def test_one_process():
    network = Network(5)
    average_buffers(network)
    assert set(values(network).values()) == {5}


def test_unwrap():
    network = nn.Linear(1, 1)
    assert unwrap(network) is network
