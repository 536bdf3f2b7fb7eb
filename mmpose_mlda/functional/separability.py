# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How well a linear classifier tells two domains apart, and what is chance.

Legend: N points of both domains, D features, P ways to call them source or
target. A group is what belongs together, such as the crops of an image.
"""

import math

import torch
from torch import Tensor

from .random import generator


def held_out_scores(
    points: Tensor, is_target: Tensor, folds: Tensor, ridge: float = 0.1
) -> Tensor:
    r"""Scores of a linear discriminant on points that it was not fitted to.

    Each fold is scored by what the others teach, with features standardised:

    .. math:: (C + \lambda I) w = m_t - m_s, \quad
        s(x) = w^T (x - \tfrac{1}{2} (m_s + m_t)) / \sqrt{w^T (m_t - m_s)}

    C is the covariance and :math:`m_s, m_t` the means of the domains, which
    count alike whatever their sizes.

    Args:
        points: (N, D).
        is_target: (P, N), bool.
        folds: (N,), int64, which part a point is held out with.
        ridge: :math:`\lambda`, in units of a feature's variance.

    Returns:
        Tensor: (P, N), float64, about standard deviations along w; positive
        for the target.

    Raises:
        ValueError: If but one fold has points of a domain.
    """
    points = points.double()
    scores = points.new_zeros(is_target.shape)
    for fold in folds.unique():
        seen = folds != fold
        x, held_out = _standardised(points[seen], points[~seen])
        weights = [part[:, seen].to(x) for part in (~is_target, is_target)]
        counts = [weight.sum(1, keepdim=True) for weight in weights]
        if min(count.min() for count in counts) < 1:
            raise ValueError(
                f'without fold {fold} of {folds.unique().tolist()} a domain '
                'has no points; each needs some in two folds at least'
            )
        means = [w / n @ x for w, n in zip(weights, counts, strict=True)]
        gap = means[1] - means[0]
        covariance = x.T @ x / len(x)
        covariance.diagonal().add_(ridge)
        weight = torch.linalg.solve(covariance, gap.T)
        middle = ((means[0] + means[1]) / 2 * weight.T).sum(1)
        # without any difference all scores are 0
        spread = (gap * weight.T).sum(1).sqrt().clamp_min(1e-12)
        scores[:, ~seen] = ((held_out @ weight - middle) / spread).T
    return scores


def _standardised(seen: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    middle = seen.mean(0)
    scale = (seen - middle).square().mean(0).sqrt()
    # a feature that is the same everywhere says nothing
    scale = torch.where(scale > 0, scale, torch.inf)
    seen, others = ((x - middle) / scale for x in (seen, others))
    if seen.shape[1] > len(seen):  # w lies in the span of what was seen
        basis = torch.linalg.qr(seen.T).Q
        seen, others = seen @ basis, others @ basis
    return seen, others


def balanced_accuracy(scores: Tensor, is_target: Tensor) -> Tensor:
    """Mean of the shares of both domains that are told rightly.

    Args:
        scores: (P, N), of :func:`held_out_scores`.
        is_target: (P, N), bool.

    Returns:
        Tensor: (P,), 0.5 by chance. A score of 0 is half right.
    """
    told = torch.where(is_target, scores > 0, scores < 0).to(scores.dtype)
    told = told + 0.5 * (scores == 0)
    shares = [
        (told * domain).sum(1) / domain.sum(1)
        for domain in (~is_target, is_target)
    ]
    return (shares[0] + shares[1]) / 2


def permuted_domains(
    is_target: Tensor, groups: Tensor, folds: Tensor, count: int
) -> Tensor:
    """Other ways to call the groups source or target, as many in each fold.

    If the domains are equal, none of them is likelier than the real one.

    Args:
        is_target: (N,), bool, the same within a group.
        groups: (N,), int64 from 0, without gaps.
        folds: (N,), int64, the same within a group.
        count: Number P of permutations.

    Returns:
        Tensor: (P, N), bool; a function of the arguments.
    """
    total = int(groups.max()) + 1
    domain = is_target.new_zeros(total).index_put((groups,), is_target)
    fold = folds.new_zeros(total).index_put((groups,), folds)
    random = torch.rand(count, total, generator=generator(total, 'permuted'))
    permuted = domain.new_zeros(count, total)
    for part in fold.unique():
        members = (fold == part).nonzero().squeeze(1)
        places = random[:, members.cpu()].argsort(1).to(domain.device)
        permuted[:, members] = places < domain[members].sum()
    return permuted[:, groups]


def chance_margin(accuracies: Tensor, coverage: float = 0.95) -> Tensor:
    """Distance from one half that the accuracy of equal domains keeps.

    Args:
        accuracies: (P,), of :func:`permuted_domains`.
        coverage: Share of the cases in which it does; P must be
            ``1 / (1 - coverage) - 1`` or more.

    Returns:
        Tensor: Scalar.
    """
    # the real one is among P + 1 that are equally likely
    rank = math.ceil(coverage * (len(accuracies) + 1) - 1e-9)
    if not 1 <= rank <= len(accuracies):
        raise ValueError(
            f'{len(accuracies)} permutations are too few for a coverage of '
            f'{coverage}'
        )
    return (accuracies - 0.5).abs().kthvalue(rank).values


def proxy_a_distance(accuracy: Tensor) -> Tensor:
    r"""Distance of domains by a classifier's held-out accuracy.

    :math:`2 (1 - 2 \epsilon)` with the error :math:`\epsilon` (Ben-David et
    al. 2007), from 0 for the same to 2 for wholly different domains; an
    accuracy below one half counts as one half.
    """
    return (2 * (2 * accuracy - 1)).clamp_min(0)
