# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch
from reference.images import occlude as slow_occlusion

from mmpose_mlda.functional.random import key
from mmpose_mlda.models.layers import (
    GradientReversal,
    KeypointOcclusion,
    grad_reverse,
)


# ------------------------------------------------------- gradient reversal
@pytest.mark.parametrize('coefficient', [0.0, 0.3, 1.0, 2.5])
def test_reversal_is_the_identity_with_another_gradient(coefficient):
    features = torch.randn(2, 3, 4, requires_grad=True)
    result = grad_reverse(features, coefficient)
    assert torch.equal(result, features)
    upstream = torch.randn(2, 3, 4)
    result.backward(upstream)
    assert torch.allclose(features.grad, -coefficient * upstream)


def test_reversal_gradcheck():
    """Its gradient is -c times that of the identity: the numerical gradient
    of the forward pass is confirmed once this factor is taken out."""
    coefficient = 0.7
    features = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)

    def negated(x):
        return torch.tanh(grad_reverse(x, coefficient) / -coefficient).sin()

    def plain(x):
        return torch.tanh(x / -coefficient).sin()

    assert torch.autograd.gradcheck(plain, features)
    weights = torch.randn(3, 4, dtype=torch.float64)
    grads = [
        torch.autograd.grad((weights * f(features)).sum(), features)[0]
        for f in (negated, plain)
    ]
    assert torch.allclose(grads[0], -coefficient * grads[1], rtol=1e-12)
    # twice reversed it is the derivative itself, and gradcheck agrees
    assert torch.autograd.gradcheck(
        lambda x: grad_reverse(grad_reverse(x, 2.0), 0.5).tanh(), features
    )
    assert not torch.autograd.gradcheck(
        grad_reverse, features, raise_exception=False
    )


def test_reversal_makes_the_layer_before_ascend():
    """One backward: the head descends, the features ascend the loss."""
    torch.manual_seed(0)
    body, head = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
    x = torch.randn(8, 3)

    def grads(features):
        for parameter in (*body.parameters(), *head.parameters()):
            parameter.grad = None
        head(features).sigmoid().mean().backward()
        return body.weight.grad.clone(), head.weight.grad.clone()

    plain = grads(body(x))
    reversed_ = grads(GradientReversal(0.5)(body(x)))
    assert torch.allclose(reversed_[0], -0.5 * plain[0])
    assert torch.equal(reversed_[1], plain[1])


def test_reversal_schedule():
    constant = GradientReversal(0.4)
    assert [constant.coefficient_at(t) for t in (0, 7, 10**6)] == [0.4] * 3
    rising = GradientReversal(2.0, rise=dict(gamma=10, iters=100))
    # 2 * (2 / (1 + exp(-10 t / 100)) - 1)
    assert rising.coefficient_at(0) == 0
    assert rising.coefficient_at(10) == pytest.approx(2 * 0.4621171573)
    assert rising.coefficient_at(50) == pytest.approx(2 * 0.9866142982)
    assert rising.coefficient_at(100) == pytest.approx(2 * 0.9999092043)
    assert rising.coefficient_at(500) == pytest.approx(2)
    features = torch.ones(3, requires_grad=True)
    rising(features, step=10).sum().backward()
    assert features.grad.tolist() == pytest.approx([-2 * 0.4621171573] * 3)


def test_reversal_refuses_a_second_sign():
    with pytest.raises(ValueError, match='-1'):
        GradientReversal(-1.0)


# ------------------------------------------------------ keypoint occlusion
def batch(count=16, joints=5, height=24, width=32, seed=0):
    rng = np.random.default_rng(seed)
    images = torch.from_numpy(rng.normal(size=(count, 3, height, width)))
    # also on the rim and a little beyond
    points = rng.uniform(-2, [width + 1, height + 1], (count, joints, 2))
    confidence = rng.random((count, joints))
    keys = [key(seed, b, 'augmentation') for b in range(count)]
    return (
        images,
        torch.from_numpy(points),
        torch.from_numpy(confidence),
        torch.tensor(keys),
    )


@pytest.mark.parametrize(
    ('count', 'joints', 'height', 'width', 'size'),
    [
        (24, 5, 24, 32, 8),
        (24, 5, 32, 24, 7),  # odd
        (3, 1, 24, 32, 1),
        (1, 1, 9, 12, 9),  # the square is as high as the image
        (8, 16, 20, 20, 20),  # and all of it: only one place to copy
    ],
)
@pytest.mark.parametrize('prob', [0.5, 1.0])
def test_occlusion_equals_the_slow_one(
    count, joints, height, width, size, prob
):
    images, points, confidence, keys = batch(count, joints, height, width)
    result = KeypointOcclusion(prob, 0.6, size)(
        images.clone(), points, confidence, keys
    )
    expected = slow_occlusion(
        *(x.numpy() for x in (images, points, confidence)),
        keys,
        prob,
        threshold=0.6,
        size=size,
    )
    np.testing.assert_array_equal(result, expected)
    if count == 24:
        changed = (result != images).flatten(1).any(1).float().mean()
        assert 0.2 < changed < 1


def test_occlusion_copies_within_the_image():
    """Every changed square is one shift of the same image."""
    count, size = 64, 6
    coordinates = torch.stack(
        torch.meshgrid(torch.arange(20), torch.arange(30), indexing='ij')
    )
    label = torch.arange(count).view(-1, 1, 1, 1) * 1000.0
    images = coordinates + label  # a pixel tells its sample, row and column
    rng = np.random.default_rng(1)
    points = torch.from_numpy(rng.uniform([0, 0], [29, 19], (count, 1, 2)))
    keys = torch.tensor([key(b) for b in range(count)])
    result = KeypointOcclusion(1.0, 0.5, size)(
        images.clone(), points, torch.ones(count, 1), keys
    )
    origins = set()
    for b in range(count):
        cx, cy = (int(p + 0.5) for p in points[b, 0].tolist())
        inside = torch.zeros(20, 30, dtype=torch.bool)
        rows = slice(max(cy - 3, 0), cy + 3)
        columns = slice(max(cx - 3, 0), cx + 3)
        inside[rows, columns] = True
        assert torch.equal(result[b][:, ~inside], images[b][:, ~inside])
        source = result[b][:, inside] - label[b, 0]
        shift = source - coordinates[:, inside]
        assert (shift == shift[:, :1]).all()
        assert source.min() >= 0
        assert source[0].max() < 20
        assert source[1].max() < 30
        origins.add(tuple(shift[:, 0].tolist()))
    assert len(origins) > 50


def test_occlusion_without_candidates_changes_nothing():
    images, points, confidence, keys = batch()
    layer = KeypointOcclusion(1.0, 1.5, 8)
    assert torch.equal(layer(images.clone(), points, confidence, keys), images)
    layer = KeypointOcclusion(1.0, 0.5, 8)
    nowhere = torch.full_like(confidence, -torch.inf)
    assert torch.equal(layer(images.clone(), points, nowhere, keys), images)
    # nor do points that went astray
    astray = torch.full_like(points, torch.nan)
    assert torch.equal(layer(images.clone(), astray, nowhere, keys), images)
    assert torch.equal(
        KeypointOcclusion(0.0, 0.5, 8)(
            images.clone(), points, confidence, keys
        ),
        images,
    )


def test_threshold_itself_is_enough():
    images, points, _, keys = batch(4, 1)
    confidence = torch.full((4, 1), 0.75)
    layer = KeypointOcclusion(1.0, 0.75, 8)
    assert (layer(images.clone(), points, confidence, keys) != images).any()


def test_occlusion_frequency_and_choice():
    """Half of the images; each candidate as often as the others."""
    count = 4000
    centres = torch.tensor([[4.0, 4], [4, 20], [20, 4], [20, 20], [12, 12]])
    confidence = torch.tensor([0.95, 0.91, 0.5, 0.9, 0.99])
    images = torch.rand(1, 1, 25, 25).expand(count, -1, -1, -1)
    keys = torch.tensor([key(3, b, 'augmentation') for b in range(count)])
    result = KeypointOcclusion(0.5, 0.9, 3)(
        images.clone(memory_format=torch.contiguous_format),
        centres.expand(count, -1, -1),
        confidence.expand(count, -1),
        keys,
    )
    changed = (result != images)[:, 0]
    hits = [
        changed[:, int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
        .flatten(1)
        .any(1)
        for x, y in centres
    ]
    assert not hits[2].any()
    # 3 standard deviations of a count of 4000 halves are 95
    assert abs(sum(h.sum() for h in hits) - count / 2) < 110
    for k in (0, 1, 3, 4):
        assert abs(hits[k].sum() - count / 8) < 80


def test_occlusion_depends_on_the_keys_alone():
    images, points, confidence, keys = batch()
    layer = KeypointOcclusion(0.5, 0.3, 8)
    whole = layer(images.clone(), points, confidence, keys)
    for b in range(0, 16, 5):
        part = slice(b, b + 2)
        assert torch.equal(
            layer(
                images[part].clone(),
                points[part],
                confidence[part],
                keys[part],
            ),
            whole[part],
        )
    other = layer(images.clone(), points, confidence, keys + 1)
    assert not torch.equal(other, whole)


def test_occlusion_refuses_bad_values():
    with pytest.raises(ValueError, match=r'1\.5'):
        KeypointOcclusion(prob=1.5)
    with pytest.raises(ValueError, match='0'):
        KeypointOcclusion(size=0)
    images, points, confidence, keys = batch(height=10, width=32)
    with pytest.raises(ValueError, match=r'20 pixels.*32 x 10.*size'):
        KeypointOcclusion(size=20)(images, points, confidence, keys)
