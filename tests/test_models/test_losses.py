# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math
import random

import numpy as np
import pytest
import torch

from mmpose_mlda.models import HeatmapConsistency, InformationMaximizationLoss


def heatmaps(*shape, seed=0, scale=1.0):
    values = np.random.default_rng(seed).normal(size=shape) * scale
    return torch.from_numpy(values)


# -------------------------------------------------------------- consistency
@pytest.mark.parametrize('shape', [(3, 4, 6, 5), (1, 1, 2, 7), (2, 3, 4, 1)])
def test_consistency_against_a_loop(shape):
    outputs, targets = heatmaps(*shape), heatmaps(*shape, seed=1)
    keep = torch.from_numpy(np.random.default_rng(2).random(shape[:2]) < 0.6)
    total = 0.0
    for b, k, y, x in np.ndindex(shape):
        if keep[b, k]:
            total += (outputs[b, k, y, x] - targets[b, k, y, x]).item() ** 2
    # masked joints stay in the denominator
    expected = 0.7 * total / np.prod(shape)
    loss = HeatmapConsistency(loss_weight=0.7)(outputs, targets, keep)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_consistency_by_hand():
    outputs = torch.zeros(1, 2, 1, 2, requires_grad=True)
    targets = torch.tensor([[[[1.0, 3.0]], [[9.0, 9.0]]]])
    keep = torch.tensor([[True, False]])
    loss = HeatmapConsistency()(outputs, targets, keep)
    assert loss.item() == (1 + 9) / 4
    loss.backward()
    assert outputs.grad.tolist() == [[[[-0.5, -1.5]], [[0, 0]]]]


@pytest.mark.parametrize('value', [float('inf'), float('nan')])
@pytest.mark.parametrize('whose', ['outputs', 'targets'])
def test_a_joint_that_is_left_out_does_no_harm(value, whose):
    """As one map whose heights float16 cannot hold."""
    maps = dict(
        outputs=torch.zeros(1, 2, 1, 2), targets=torch.ones(1, 2, 1, 2)
    )
    maps[whose][0, 1] = value
    maps['outputs'].requires_grad_()
    loss = HeatmapConsistency()(**maps, keep=torch.tensor([[True, False]]))
    assert loss.item() == 2 / 4
    loss.backward()
    assert maps['outputs'].grad.tolist() == [[[[-0.5, -0.5]], [[0, 0]]]]


def test_consistency_of_nothing():
    outputs = torch.randn(2, 3, 4, 4, requires_grad=True)
    loss = HeatmapConsistency()(
        outputs, torch.ones(2, 3, 4, 4), torch.zeros(2, 3, dtype=torch.bool)
    )
    assert loss.item() == 0
    loss.backward()
    assert not outputs.grad.any()


def test_select_by_quantile():
    confidence = torch.tensor([[0.9, 0.1, 0.5], [0.3, 0.7, 2.0]])
    valid = torch.ones(2, 3, dtype=torch.bool)
    valid[1, 2] = False
    rng = random.Random(0)
    # five valid, two of them (0.1, 0.3) are dropped; the 2.0 does not count
    keep = HeatmapConsistency(share=0.5).select(confidence, valid, rng)
    assert keep.tolist() == [[True, False, True], [False, True, False]]
    keep = HeatmapConsistency(share=0.0).select(confidence, valid, rng)
    assert torch.equal(keep, valid)
    assert (
        not HeatmapConsistency(share=1.0).select(confidence, valid, rng).any()
    )
    none = torch.zeros_like(valid)
    assert (
        not HeatmapConsistency(share=0.5).select(confidence, none, rng).any()
    )
    # strictly above: of equal ones none is kept
    equal = torch.full((2, 3), 0.4)
    assert not HeatmapConsistency(share=0.5).select(equal, valid, rng).any()
    assert rng.random() == random.Random(0).random()


def test_select_by_numbers():
    confidence = torch.tensor([[0.2, 0.6, 0.8]])
    valid = torch.tensor([[True, True, False]])
    rng = random.Random(0)
    fixed = HeatmapConsistency(threshold=0.6)
    assert fixed.select(confidence, valid, rng).tolist() == [[False] * 3]
    fixed = HeatmapConsistency(threshold=0.5)
    assert fixed.select(confidence, valid, rng).tolist() == [
        [False, True, False]
    ]


def test_select_at_random():
    confidence = torch.linspace(0, 1, 1001)[None]
    valid = torch.ones_like(confidence, dtype=torch.bool)
    loss = HeatmapConsistency(threshold='random', low=0.2, high=0.6)
    kept = []
    for seed in range(300):
        keep = loss.select(confidence, valid, random.Random(seed))
        again = loss.select(confidence, valid, random.Random(seed))
        assert torch.equal(keep, again)
        kept.append(1 - keep.float().mean().item())
    assert min(kept) >= 0.2
    assert max(kept) <= 0.602
    assert np.mean(kept) == pytest.approx(0.4, abs=0.03)
    assert np.std(kept) == pytest.approx(0.4 / math.sqrt(12), abs=0.02)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(frame='teacher'), "'teacher'"),
        (dict(threshold='median'), "'median'"),
        (dict(share=1.2), '1.2'),
    ],
)
def test_consistency_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        HeatmapConsistency(**options)


# ------------------------------------------------ information maximisation
def softmax(values):
    powers = [math.exp(v - max(values)) for v in values]
    return [p / sum(powers) for p in powers]


def entropy(p):
    return -sum(v * math.log(v) for v in p if v > 0)


def project(heatmap, axis, reduction):
    """Bins of the x axis (0) or the y axis (1) of one heatmap (H, W)."""
    lines = heatmap.T if axis == 0 else heatmap
    if reduction == 'max':
        return [max(line) for line in lines]
    return [sum(line) / len(line) for line in lines]


def slow_paper(y, keep, beta, reduction):
    """Eq. 6-7 over the kept joints."""
    y, total = y.detach().numpy(), int(keep.sum())
    if total == 0:
        return 0.0
    value = 0.0
    for axis in (0, 1):
        bins = y.shape[3 - axis]
        conditional = marginal = 0.0
        for k in range(y.shape[1]):
            rows = []
            for b in range(y.shape[0]):
                if keep[b, k]:
                    line = project(y[b, k], axis, reduction)
                    rows.append(softmax([beta * v for v in line]))
            if rows:
                conditional += sum(map(entropy, rows))
                mean = [sum(c) / len(rows) for c in zip(*rows, strict=True)]
                marginal += len(rows) * entropy(mean)
        scale = math.log(bins) if bins > 1 else 1.0
        value += (conditional - marginal) / total / scale
    return value


def slow_official(y):
    """The published code, as method.md has it: no mask, no temperature."""
    y = y.detach().numpy()
    b, k, h, w = y.shape
    value = 0.0
    for axis in (0, 1):
        for i, j in np.ndindex(b, k):
            value += entropy(softmax(project(y[i, j], axis, 'mean'))) / (b * k)
    for j in range(k):
        mean = sum(y[i, j] for i in range(b)) / b
        value -= entropy(softmax(list(mean.ravel()))) / k
    return value / (h * w)


SHAPES = [(4, 3, 6, 5), (1, 2, 5, 8), (3, 1, 4, 4), (2, 2, 7, 1)]


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('reduction', ['mean', 'max'])
def test_im_paper_against_a_loop(shape, reduction):
    y = heatmaps(*shape)
    rng = np.random.default_rng(3)
    for share in (0.0, 0.5, 1.0):
        keep = torch.from_numpy(rng.random(shape[:2]) < share)
        loss = InformationMaximizationLoss(
            beta=4.0, projection=reduction, loss_weight=0.3
        )
        expected = 0.3 * slow_paper(y, keep, 4.0, reduction)
        assert loss(y, keep).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('shape', SHAPES)
def test_im_official_against_a_loop(shape):
    y = heatmaps(*shape)
    loss = InformationMaximizationLoss('official', loss_weight=0.3)
    expected = pytest.approx(0.3 * slow_official(y), abs=1e-14)
    for keep in (torch.ones(shape[:2]).bool(), torch.zeros(shape[:2]).bool()):
        assert loss(y, keep).item() == expected


def test_im_by_hand():
    """Two images, one joint on 2 x 2: certain, at opposite corners."""
    y = torch.zeros(2, 1, 2, 2, dtype=torch.float64)
    y[0, 0, 0, 0] = y[1, 0, 1, 1] = 1e3
    loss = InformationMaximizationLoss(loss_weight=1.0)
    keep = torch.ones(2, 1, dtype=torch.bool)
    # each projection is certain (0), their mean is half and half (1)
    assert loss(y, keep).item() == pytest.approx(-2)
    # the same corner twice: nothing is told apart
    assert loss(y[:1].repeat(2, 1, 1, 1), keep).item() == pytest.approx(0)
    # the same row, other columns
    y[1, 0, 1, 1], y[1, 0, 0, 1] = 0, 1e3
    assert loss(y, keep).item() == pytest.approx(-1)


def test_im_bounds():
    rng = np.random.default_rng(4)
    for seed in range(30):
        shape = (*rng.integers(1, 6, 2), *rng.integers(1, 9, 2))
        y = heatmaps(*shape, seed=seed, scale=10.0 ** rng.uniform(-2, 2))
        keep = torch.from_numpy(rng.random(shape[:2]) < 0.7)
        loss = InformationMaximizationLoss(loss_weight=1.0)(y, keep).item()
        assert -2 - 1e-9 <= loss <= 1e-9


def test_im_ignores_masked_joints():
    y = heatmaps(3, 4, 5, 6).requires_grad_()
    keep = torch.from_numpy(np.random.default_rng(5).random((3, 4)) < 0.5)
    loss = InformationMaximizationLoss()
    loss(y, keep).backward()
    size = y.grad.flatten(2).norm(dim=-1)
    assert not size[~keep].any()
    # of a joint that is kept once nothing can be learnt
    several = keep & (keep.sum(0) > 1)
    assert several.any()
    assert size[several].min() > 1e-4
    other = torch.where(keep[..., None, None], y, 100.0)
    assert loss(other, keep).item() == pytest.approx(loss(y, keep).item())


def test_im_of_nothing():
    y = torch.randn(2, 3, 4, 4, requires_grad=True)
    loss = InformationMaximizationLoss()(y, torch.zeros(2, 3).bool())
    assert loss.item() == 0
    loss.backward()
    assert not y.grad.any()


@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(beta=2.0, projection='max'),
        dict(variant='official'),
    ],
)
def test_im_gradcheck(options):
    y = heatmaps(3, 2, 3, 4).requires_grad_()
    keep = torch.tensor([[True, False], [True, True], [True, True]])
    loss = InformationMaximizationLoss(**options)
    scale = 1e3 if options.get('variant') == 'official' else 1
    assert torch.autograd.gradcheck(lambda m: scale * loss(m, keep), y)


def test_im_in_mixed_precision():
    y = heatmaps(4, 3, 8, 8).bfloat16()
    keep = torch.ones(4, 3, dtype=torch.bool)
    loss = InformationMaximizationLoss()
    with torch.autocast('cpu', torch.bfloat16):
        value = loss(y, keep)
    assert value.dtype == torch.float32
    exact = loss(y.double(), keep).item()
    assert value.item() == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize(
    ('options', 'message'),
    [(dict(variant='fixed'), "'fixed'"), (dict(projection='sum'), "'sum'")],
)
def test_im_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        InformationMaximizationLoss(**options)


def test_magnitudes():
    """What the docstrings say of the gradients on plausible heatmaps."""
    rng = np.random.default_rng(6)
    b, k, size, sigma = 16, 16, 64, 2
    centre = rng.uniform(8, 56, (b, k, 2, 1))
    axis = np.arange(size)

    def gaussian(centre):
        x, y = np.moveaxis(
            np.exp(-((axis - centre) ** 2) / (2 * sigma**2)), 2, 0
        )
        return y[..., None] * x[..., None, :]

    height = rng.uniform(0.3, 0.9, (b, k, 1, 1))
    noise = rng.normal(size=(b, k, size, size)) * 0.02
    student = height * gaussian(centre + rng.normal(size=(b, k, 2, 1))) + noise
    targets = torch.from_numpy(gaussian(centre))
    keep = torch.ones(b, k, dtype=torch.bool)
    keep[:, ::2] = False

    def norm(loss):
        y = torch.from_numpy(student).requires_grad_()
        loss(y).backward()
        return y.grad.norm().item()

    consistency = norm(lambda y: HeatmapConsistency()(y, targets, keep))
    official = norm(lambda y: InformationMaximizationLoss('official')(y, keep))
    paper = norm(lambda y: InformationMaximizationLoss()(y, keep))
    assert 5e3 < consistency / official < 1e5
    assert 0.1 < paper / consistency < 10
