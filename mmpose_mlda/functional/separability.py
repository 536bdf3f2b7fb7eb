# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How well two domains can be told apart by their features.

Legend: N and M points of the two domains, D features.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from .random import generator


def linear_domain_accuracy(
    source: Tensor, target: Tensor, folds: int = 5, ridge: float = 0.1
) -> Tensor:
    r"""Accuracy of a linear classifier of domains on points it has not seen.

    Each fold is classified by what the others teach: features are
    standardised, and the signs :math:`t = \pm 1` regressed with

    .. math:: (X^T X / n + \lambda I) w = X^T t / n

    where each domain counts half. Which point is in which fold depends on
    the numbers of points alone.

    Args:
        source: (N, D).
        target: (M, D).
        folds: Parts, each held out once; at most N and M.
        ridge: :math:`\lambda`, in units of a feature's variance.

    Returns:
        Tensor: Scalar in [0, 1], the mean of both domains' accuracies: 0.5
        if they cannot be told apart.

    Raises:
        ValueError: If a domain has fewer points than folds.
    """
    if min(len(source), len(target)) < folds or folds < 2:
        raise ValueError(
            f'{len(source)} and {len(target)} points, but each of {folds} '
            'folds needs one of either domain, and 2 folds are the least'
        )
    parts = [
        (points.double(), sign, _folds(points, folds))
        for points, sign in ((source, 1.0), (target, -1.0))
    ]
    right = [x.new_zeros(len(x)) for x, _, _ in parts]
    for fold in range(folds):
        seen = [x[part != fold] for x, _, part in parts]
        classify = _fit(*seen, ridge)
        for result, (x, sign, part) in zip(right, parts, strict=True):
            held_out = part == fold
            score = sign * classify(x[held_out])
            # a tie is half right, whichever the sign
            result[held_out] = ((score > 0) + 0.5 * (score == 0)).double()
    return torch.stack([result.mean() for result in right]).mean()


def _folds(points: Tensor, folds: int) -> Tensor:
    count = len(points)
    order = torch.randperm(count, generator=generator(count, 'folds'))
    return order.to(points.device) % folds


def _fit(
    source: Tensor, target: Tensor, ridge: float
) -> Callable[[Tensor], Tensor]:
    """A function from points to scores, positive for the source."""
    middle = (source.mean(0) + target.mean(0)) / 2
    halves = [x - middle for x in (source, target)]
    scale = torch.stack([x.square().mean(0) for x in halves]).mean(0).sqrt()
    # a feature that is the same everywhere says nothing
    scale = torch.where(scale > 0, scale, torch.inf)
    a, b = (x / scale for x in halves)
    gram = (a.T @ a / len(a) + b.T @ b / len(b)) / 2
    cross = (a.mean(0) - b.mean(0)) / 2
    identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    weight = torch.linalg.solve(gram + ridge * identity, cross)
    return lambda points: ((points - middle) / scale) @ weight


def proxy_a_distance(accuracy: Tensor) -> Tensor:
    r"""Distance of domains by a classifier's held-out accuracy.

    :math:`2 (1 - 2 \epsilon)` with the error :math:`\epsilon` (Ben-David et
    al. 2007), from 0 for the same to 2 for wholly different domains; an
    accuracy below one half counts as one half.
    """
    return (2 * (2 * accuracy - 1)).clamp_min(0)
