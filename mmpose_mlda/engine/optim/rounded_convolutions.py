# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Convolutions of half precision on a CPU that has none."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

CONVOLUTIONS = (F.conv2d, F.conv_transpose2d)


class RoundedConvolutions(TorchFunctionMode):
    """Under autocast, convolve in float32 what is rounded to another format.

    Inputs, weights, results and their gradients are rounded; products and
    sums are not, as in the units of a GPU or CPU that knows the format. Where
    oneDNN has no such convolutions, torch's own take some hundred times as
    long as these.

    Args:
        dtype: ``torch.bfloat16`` or ``torch.float16``.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Called in place of every function of torch."""
        kwargs = kwargs or {}
        if func not in CONVOLUTIONS:
            return func(*args, **kwargs)
        args = [self._rounded(value) for value in args]
        kwargs = {name: self._rounded(value) for name, value in kwargs.items()}
        with torch.autocast('cpu', enabled=False):
            return func(*args, **kwargs).to(self.dtype)

    def _rounded(self, value):
        if isinstance(value, Tensor):
            return value.to(self.dtype).float()
        return value
