# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Half precision on a CPU that has none."""

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from mmengine.device import get_device
from torch import Tensor
from torch.overrides import TorchFunctionMode

LAYERS = (F.conv2d, F.conv_transpose2d, F.linear)


class RoundedLayers(TorchFunctionMode):
    """Under autocast, convolutions and linear layers of another format.

    .. math:: y = r(r(w) * r(x))

    with r the rounding to the format, and the product in float32; gradients
    are rounded likewise. So do the units of a GPU or CPU that knows the
    format. Where oneDNN does not, torch's own convolutions take some hundred
    times as long as these. What ``torch.utils.checkpoint`` computes again in
    the backward pass is left to torch.

    Args:
        dtype: ``torch.bfloat16`` or ``torch.float16``.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Called in place of every function of torch."""
        kwargs = kwargs or {}
        if func not in LAYERS or not torch.is_autocast_enabled('cpu'):
            return func(*args, **kwargs)
        args = [self._rounded(value) for value in args]
        kwargs = {name: self._rounded(value) for name, value in kwargs.items()}
        with torch.autocast('cpu', enabled=False):
            return func(*args, **kwargs).to(self.dtype)

    def _rounded(self, value):
        if isinstance(value, Tensor):
            return value.to(self.dtype).float()
        return value


def lacks_bfloat16() -> bool:
    """Whether the device is a CPU for which oneDNN has no bfloat16."""
    supported = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return get_device() == 'cpu' and not supported


def bfloat16_where_lacking() -> AbstractContextManager:
    """Makes up for what a CPU lacks under autocast to bfloat16."""
    return RoundedLayers(torch.bfloat16) if lacks_bfloat16() else nullcontext()
