# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The maps that a mask keeps, without the others.

They cannot be taken without knowing how many they are. A CPU knows it; for a
GPU the host would have to wait, and there it is cheaper to compute all maps
and to weigh them by the mask.
"""

import torch
from torch import Tensor


def can_be_counted(keep: Tensor) -> bool:
    """Whether nobody has to wait to learn how many entries are true."""
    return keep.is_cpu


def kept_rows(keep: Tensor) -> Tensor:
    """Where a mask is true.

    Args:
        keep: (B, K), bool.

    Returns:
        Tensor: (N,), int64, indices of the flattened mask.
    """
    return keep.flatten().nonzero().squeeze(1)


def take_rows(values: Tensor, rows: Tensor) -> Tensor:
    """Some of the entries of a batch.

    Args:
        values: (B, K, ...).
        rows: (N,), int64, indices of the flattened (B, K).

    Returns:
        Tensor: (N, ...).
    """
    # whole rows are moved at once, unlike by gather or a mask
    return values.flatten(0, 1).index_select(0, rows)


def put_rows(values: Tensor, rows: Tensor, shape: torch.Size) -> Tensor:
    """Undo :func:`take_rows`; what was not taken is zero.

    Args:
        values: (N, ...).
        rows: (N,), int64, each at most once.
        shape: (B, K).

    Returns:
        Tensor: (B, K, ...).
    """
    zeros = values.new_zeros(shape.numel(), *values.shape[1:])
    return zeros.index_copy(0, rows, values).unflatten(0, shape)
