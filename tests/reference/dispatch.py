# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Watching which operators torch calls."""

from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Operators that on a GPU wait for it: their result, or its shape, is needed
# on the host.
_WAITS = (
    '_local_scalar_dense',
    'item',
    'is_nonzero',
    'equal',
    'nonzero',
    'masked_select',
    'unique',
    '_unique2',
    'unique_dim',
    'bincount',
)


class CountOperators(TorchDispatchMode):
    """Counts calls by name."""

    def __init__(self):
        super().__init__()
        self.calls = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls[func.overloadpacket._qualified_op_name] += 1
        return func(*args, **(kwargs or {}))


class ForbidSynchronisation(TorchDispatchMode):
    """Raises where a GPU would be waited for, also on the CPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in _WAITS:
            raise RuntimeError(f'{func} synchronises')
        if name in ('index', 'index_put', 'index_put_') and any(
            i is not None and i.dtype in (torch.bool, torch.uint8)
            for i in args[1]
        ):
            raise RuntimeError(f'{func} with a mask synchronises')
        if name == 'repeat_interleave' and 'output_size' not in (kwargs or {}):
            raise RuntimeError(f'{func} without its size synchronises')
        return func(*args, **(kwargs or {}))
