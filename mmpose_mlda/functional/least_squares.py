# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Convolutions by linear regression instead of by descent.

Legend: B batch, C / D channels in / out, K side of the kernel, F = C K^2 + 1
regressors, the last of which is constant.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def regression_moments(
    inputs: Tensor, targets: Tensor, kernel: int, positions: Tensor
) -> tuple[Tensor, Tensor]:
    """Moments of the patches of a batch with what a convolution should give.

    Those of several batches are added.

    Args:
        inputs: (B, C, h + K - 1, w + K - 1), padded already.
        targets: (B, D, h, w).
        kernel: K.
        positions: (P,), int64, pixels of the h * w to use.

    Returns:
        tuple: Patches with patches (F, F) and with targets (F, D), float64.
    """
    patches = F.unfold(inputs.float(), kernel)[..., positions]
    patches = torch.cat([patches, torch.ones_like(patches[:, :1])], dim=1)
    wanted = targets.float().flatten(2)[..., positions]
    # products in float32 for their speed, sums of batches in float64
    patches, wanted = (x.transpose(0, 1).flatten(1) for x in (patches, wanted))
    return (patches @ patches.T).double(), (patches @ wanted.T).double()


def solve_convolution(
    gram: Tensor, cross: Tensor, kernel: int, ridge: float = 1e-4
) -> tuple[Tensor, Tensor]:
    r"""Weight and bias with the least squared error.

    .. math:: (G + \lambda \overline{\mathrm{diag}\, G}\, I) W = X

    Args:
        gram: (F, F), see :func:`regression_moments`.
        cross: (F, D).
        kernel: K.
        ridge: :math:`\lambda`, relative to the mean of the diagonal.

    Returns:
        tuple: (D, C, K, K) and (D,), float32.
    """
    damping = ridge * gram.diagonal().mean()
    identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    solution = torch.linalg.solve(gram + damping * identity, cross).float()
    weight = solution[:-1].T.unflatten(1, (-1, kernel, kernel))
    return weight, solution[-1]
