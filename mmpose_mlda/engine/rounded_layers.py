# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Half precision on a CPU that has none."""

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from mmengine.device import get_device
from torch import Tensor
from torch.overrides import TorchFunctionMode

LAYERS = (
    *(F.conv1d, F.conv2d, F.conv_transpose2d, F.linear),
    *(torch.bmm, torch.matmul, torch.addmm),
    *(Tensor.bmm, Tensor.matmul, Tensor.__matmul__),
)


class RoundedLayers(TorchFunctionMode):
    """Under autocast, convolutions and products in another format.

    .. math:: y = r(r(w) * r(x))

    with r the rounding to the format, and the product in float32; gradients
    are rounded likewise. So do the units of a GPU or CPU that knows the
    format. Where oneDNN does not, torch's own convolutions take some hundred
    times as long as these. As autocast does, float64 is left alone. Not for
    ``torch.utils.checkpoint(..., use_reentrant=False)``, which computes in
    the backward pass without it, and refuses the difference.

    Args:
        dtype: ``torch.bfloat16`` or ``torch.float16``.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Called in place of every function of torch."""
        kwargs = kwargs or {}
        if (
            func not in LAYERS
            or not torch.is_autocast_enabled('cpu')
            or any(_is_double(v) for v in (*args, *kwargs.values()))
        ):
            return func(*args, **kwargs)
        args = [self._rounded(value) for value in args]
        kwargs = {name: self._rounded(value) for name, value in kwargs.items()}
        with torch.autocast('cpu', enabled=False):
            return func(*args, **kwargs).to(self.dtype)

    def _rounded(self, value):
        if isinstance(value, Tensor):
            return value.to(self.dtype).float()
        return value


def _is_double(value) -> bool:
    return isinstance(value, Tensor) and value.dtype == torch.float64


def lacks_bfloat16() -> bool:
    """Whether the device is a CPU for which oneDNN has no bfloat16."""
    if get_device() != 'cpu':
        return False
    return not (
        torch.backends.mkldnn.is_available()
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def bfloat16_where_lacking() -> AbstractContextManager:
    """Makes up for what a CPU lacks under autocast to bfloat16."""
    return RoundedLayers(torch.bfloat16) if lacks_bfloat16() else nullcontext()
