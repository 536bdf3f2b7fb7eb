# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What hooks and loops need of models."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from mmengine.dist import all_reduce_params
from mmengine.model import is_model_wrapper
from torch import nn


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside a wrapper for several processes."""
    return model.module if is_model_wrapper(model) else model


def average_buffers(*networks: nn.Module) -> None:
    """Give all processes the mean of their floating-point buffers.

    Done right before every validation and checkpoint, so that what is
    measured and saved is what every process goes on with. Buffers that no
    checkpoint holds are constants, which a mean would only round.
    """
    buffers = []
    for network in networks:
        named = network.named_parameters(remove_duplicate=False)
        parameters = {name for name, _ in named}
        buffers += [
            value
            for name, value in network.state_dict().items()
            if value.is_floating_point() and name not in parameters
        ]
    all_reduce_params(buffers, op='mean')


@contextmanager
def without_trace(model: nn.Module) -> Iterator[None]:
    """Put back all buffers and generators that a forward pass changes.

    Covers torch's generators of the CPU and of the current device, numpy's
    and python's. What a model keeps elsewhere than in buffers stays changed.
    """
    buffers = [
        (module._buffers, name, value, value.clone())
        for module in model.modules()
        for name, value in module._buffers.items()
        if value is not None
    ]
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    cuda = torch.cuda.is_available()
    devices = [torch.cuda.current_device()] if cuda else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        with torch.no_grad():
            for owner, name, value, copy in buffers:
                value.copy_(copy)
                owner[name] = value  # a forward may have put another there
