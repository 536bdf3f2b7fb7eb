# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Many features in two dimensions: principal components and t-SNE.

Legend: N points, D features, d dimensions of the picture.
"""

import math

import torch
from torch import Tensor

MAX_POINTS = 500  # time and memory of t-SNE grow with their square
_EXAGGERATION, _EXAGGERATED_STEPS = 12.0, 250  # van der Maaten 2014


def principal_components(points: Tensor, dims: int) -> tuple[Tensor, Tensor]:
    r"""Coordinates along the directions of largest variance.

    :math:`X - \bar{x} = U S V^T`; the coordinates are the first columns of
    :math:`U S`. Each direction points to where its largest component is
    positive.

    Args:
        points: (N, D).
        dims: d, at most min(N, D).

    Returns:
        tuple: (N, d), float64, and each direction's share of the variance
        (d,), zeros if all points are one.
    """
    centred = points.double() - points.double().mean(0)
    _, values, directions = torch.linalg.svd(centred, full_matrices=False)
    largest = directions.abs().argmax(1, keepdim=True)
    directions = directions * directions.gather(1, largest).sign()
    variance = values.square()
    share = variance / variance.sum().clamp_min(1e-300)
    return centred @ directions[:dims].T, share[:dims]


def squared_distances(points: Tensor) -> Tensor:
    """Between all pairs of points (N, D), (N, N)."""
    return torch.cdist(
        points, points, compute_mode='donot_use_mm_for_euclid_dist'
    ).square()


def neighbour_affinities(
    distances: Tensor, perplexity: float, steps: int = 100
) -> Tensor:
    r"""How near points are to each other, by their own scale.

    .. math::
        p_{j|i} \propto \exp(-\beta_i \|x_i - x_j\|^2), \quad p_{i|i} = 0

    with :math:`\beta_i` such that the entropy of the row is that of
    ``perplexity`` equally near neighbours (van der Maaten and Hinton 2008,
    Eq. 1), found by bisection of all rows at once.

    Args:
        distances: (N, N), squared.
        perplexity: In [1, N - 1).
        steps: Of the bisection.

    Returns:
        Tensor: (N, N), float64, rows sum to 1.

    Raises:
        ValueError: If there are too few points for the perplexity.
    """
    count = len(distances)
    if not 1 <= perplexity < count - 1:
        raise ValueError(
            f'perplexity is {perplexity}, but must lie in [1, {count - 1}) '
            f'for {count} points'
        )
    itself = torch.eye(count, dtype=torch.bool, device=distances.device)
    # from the nearest neighbour on, in units of the mean, as only
    # differences count
    distances = distances.double().masked_fill(itself, torch.inf)
    distances = distances - distances.amin(1, keepdim=True)
    mean = distances.masked_fill(itself, 0).sum(1, keepdim=True) / count
    distances = distances / mean.clamp_min(1e-300)
    low, high = (distances.new_full((count, 1), v) for v in (-30.0, 30.0))
    for _ in range(steps):
        middle = (low + high) / 2
        rows = (-middle.exp() * distances).softmax(1)
        flat = torch.special.entr(rows).sum(1, keepdim=True) > math.log(
            perplexity
        )
        low, high = low.where(~flat, middle), high.where(flat, middle)
    return rows


def tsne_loss_and_gradient(
    places: Tensor, affinities: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Divergence of a picture from the points, and its slope.

    .. math::
        q_{ij} \propto (1 + \|y_i - y_j\|^2)^{-1}, \quad
        C = \sum_{ij} p_{ij} \log \frac{p_{ij}}{q_{ij}}, \quad
        \frac{\partial C}{\partial y_i} = 4 \sum_j
        \frac{(p_{ij} - q_{ij})(y_i - y_j)}{1 + \|y_i - y_j\|^2}

    Args:
        places: (N, d).
        affinities: p, (N, N), symmetric with zeros on the diagonal.

    Returns:
        tuple: Scalar and (N, d).
    """
    closeness = 1 / (1 + squared_distances(places))
    closeness.fill_diagonal_(0)
    shares = closeness / closeness.sum()
    ratio = affinities / shares.clamp_min(1e-300)
    loss = torch.special.xlogy(affinities, ratio).sum()
    pull = (affinities - shares) * closeness
    return loss, 4 * (pull.sum(1, keepdim=True) * places - pull @ places)


def tsne(points: Tensor, perplexity: float = 30.0, steps: int = 750) -> Tensor:
    """t-SNE (van der Maaten and Hinton 2008), exact, on float64.

    It begins with the principal components, so there is no chance in it
    (Kobak and Berens 2019). Descent with momentum and gains, exaggerated at
    first, as in the authors' program.

    Args:
        points: (N, D), up to 500 of them.
        perplexity: Neighbours that count.
        steps: Of the descent, more than 250.

    Returns:
        Tensor: (N, 2), float64. Distances between far groups mean nothing.

    Raises:
        ValueError: If there are too many points, or too few.
    """
    if len(points) > MAX_POINTS:
        raise ValueError(
            f'{len(points)} points are too many for t-SNE, the most are '
            f'{MAX_POINTS}; take a part of them'
        )
    points = points.double()
    nearness = neighbour_affinities(squared_distances(points), perplexity)
    affinities = (nearness + nearness.T) / (2 * len(points))
    places, _ = principal_components(points, 2)
    places = 1e-4 * places / places[:, :1].std().clamp_min(1e-300)
    speed, gains = torch.zeros_like(places), torch.ones_like(places)
    rate = max(len(points) / _EXAGGERATION / 4, 50.0)
    for step in range(steps):
        early = step < _EXAGGERATED_STEPS
        target = _EXAGGERATION * affinities if early else affinities
        _, slope = tsne_loss_and_gradient(places, target)
        turned = slope.sign() == speed.sign()
        gains = torch.where(turned, 0.8 * gains, gains + 0.2).clamp_min(0.01)
        speed = (0.5 if early else 0.8) * speed - rate * gains * slope
        places = places + speed
    return places - places.mean(0)
