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
    measured and saved is what every process goes on with.
    """
    all_reduce_params(
        [
            buffer
            for network in networks
            for buffer in network.buffers()
            if buffer.is_floating_point()
        ],
        op='mean',
    )
