# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Norms of the gradients of several losses."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def gradient_norms(
    losses: Mapping[str, Tensor],
    groups: Mapping[str, Sequence[Tensor]],
    scale: float = 1.0,
) -> dict[tuple[str, str], Tensor]:
    r"""Euclidean norm of each loss's gradient by each group of parameters.

    .. math:: n_{lg} = \| \partial L_l / \partial \theta_g \|_2

    Nothing is written to ``.grad``. The graph is kept.

    Args:
        losses: Scalars by name.
        groups: Leaf tensors by name of their group.
        scale: By what losses are multiplied for the backward, and gradients
            divided after it, so that small ones survive in fp16.

    Returns:
        dict: {(loss, group): scalar, float32 at least}; 0 where a loss does
        not depend on a group.
    """
    parameters = [value for group in groups.values() for value in group]
    norms = {}
    for name, loss in losses.items():
        gradients = [None] * len(parameters)
        if loss.requires_grad and parameters:
            gradients = torch.autograd.grad(
                loss * scale, parameters, retain_graph=True, allow_unused=True
            )
        found = iter(gradients)
        for group, members in groups.items():
            own = [next(found) for _ in members]
            norms[name, group] = _norm(own, loss) / scale
    return norms


def _norm(gradients: Sequence[Tensor | None], like: Tensor) -> Tensor:
    """Norm of all gradients together, in fp32 at least."""
    parts = [
        torch.linalg.vector_norm(
            value, dtype=torch.promote_types(value.dtype, torch.float32)
        )
        for value in gradients
        if value is not None
    ]
    if not parts:
        dtype = torch.promote_types(like.dtype, torch.float32)
        return torch.zeros((), dtype=dtype, device=like.device)
    return torch.linalg.vector_norm(torch.stack(parts))
