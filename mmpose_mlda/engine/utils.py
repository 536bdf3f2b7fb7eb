# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What hooks and loops need of models."""

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
