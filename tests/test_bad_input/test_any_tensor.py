# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Invariances of ``functional/``, and finite answers to degenerate input."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from test_bad_input.strategies import fast, sizes, tensors, texts

from mmpose_mlda.functional import (
    coordinate_field,
    curriculum,
    disparity,
    geometry,
    gradients,
    heatmaps,
    information,
    least_squares,
    mixing,
    random,
    style,
    views,
)

pixels = st.floats(-50, 50)
angles = st.floats(-180, 180)
slants = st.floats(-80, 80)
scales = st.floats(0.1, 10)
close = dict(rtol=1e-6, atol=1e-6)


@fast
@given(st.data(), angles, slants, scales, st.booleans(), pixels)
def test_view_and_back(data, rotation, shear, scale, mirror, shift):
    size = (data.draw(sizes), data.draw(sizes))
    matrix = geometry.view_matrix(
        size, rotation, shear, scale, (shift, -shift), mirror
    )
    points = data.draw(tensors(4, 2, low=-50, high=50))
    moved = geometry.transform_points(matrix, points)
    back = geometry.transform_points(geometry.inverse(matrix), moved)
    torch.testing.assert_close(back, points)
    assert geometry.is_mirrored(matrix) == mirror
    # shear and rotation keep areas
    area = torch.linalg.det(matrix).abs().item()
    assert area == pytest.approx(scale**2, rel=1e-6)


@fast
@given(tensors(2, 3, 5, 6), tensors(2, 3, 5, 6))
def test_warp(first, second):
    eye = torch.eye(3, dtype=torch.float64).repeat(2, 1, 1)
    torch.testing.assert_close(geometry.warp(first, eye), first, **close)
    turned = geometry.view_matrix((6, 5), 30, 10, 1.2, (1, 2))
    matrices = turned.repeat(2, 1, 1)
    both = geometry.warp(first + second, matrices)
    parts = geometry.warp(first, matrices) + geometry.warp(second, matrices)
    torch.testing.assert_close(both, parts, **close)
    # bilinear weights make no new extremes, zero outside
    assert both.abs().max() <= (first + second).abs().max() + 1e-6
    # a matrix without inverse gives no error in the middle of a step
    geometry.warp(first, torch.zeros_like(matrices))


@fast
@given(st.data(), sizes, sizes)
def test_inside_is_what_a_map_can_hold(data, width, height):
    points = data.draw(tensors(6, 2, low=-9, high=9)).round()
    within = geometry.inside(points, (width, height))
    maps = heatmaps.gaussians(points, (width, height), 1.0, 0.0)
    assert torch.equal(within, maps.flatten(1).any(1))


@fast
@given(st.data(), st.integers(1, 5))
def test_swapping_sides_twice(data, joints):
    values = data.draw(tensors(2, joints, 3))
    flip = torch.arange(joints - 1, -1, -1).repeat(2, 1)
    mirrored = torch.tensor([True, False])
    once = geometry.swap_sides(values, mirrored, flip)
    assert torch.equal(once[1], values[1])
    assert torch.equal(geometry.swap_sides(once, mirrored, flip), values)


@fast
@given(tensors(2, 3, 5, 6))
def test_peaks_are_where_the_maximum_is(maps):
    points, confidence = heatmaps.peaks(maps)
    x, y = points.long().unbind(-1)
    found = maps.flatten(2).gather(2, (y * 6 + x)[..., None])[..., 0]
    positive = confidence > 0
    assert torch.equal(found[positive], maps.amax((2, 3))[positive])
    assert not points[~positive].any()
    shift = heatmaps.quarter_shift(maps, points) - points
    assert shift.abs().max() <= 0.25


@fast
@given(tensors(3, 4), st.floats(0, 1), st.integers(0, 12))
def test_threshold_drops_its_share(confidence, share, count):
    valid = (torch.arange(12) < count).view(3, 4)
    threshold = heatmaps.share_threshold(confidence, valid, share)
    kept = (valid & (confidence > threshold)).sum()
    assert kept <= count - math.floor(share * count)
    assert share > 0 or kept == count


@fast
@given(tensors(2, 3, 4, 5))
def test_projections(maps):
    on_x, on_y = heatmaps.projections(maps)
    torch.testing.assert_close(on_x.mean(-1), on_y.mean(-1), **close)
    assert (heatmaps.projections(maps, 'max')[0] >= on_x - 1e-9).all()


@fast
@given(tensors(4, 3, 6, low=-50, high=50))
def test_information_is_never_negative(scores):
    p = scores.softmax(-1)
    entropy = information.entropy(p)
    assert (entropy >= -1e-9).all()
    assert (entropy <= math.log(6) + 1e-9).all()
    for weights in (torch.ones(4, 3).double(), torch.zeros(4, 3).double()):
        own = information.conditional_entropy(p, weights, weights.sum())
        mass = (weights[..., None] * p).sum(0)
        mean = information.marginal_entropy(mass, weights.sum(0))
        assert mean - own >= -1e-9
        assert own.isfinite()
        assert mean.isfinite()


@fast
@given(tensors(2, 3, 4, 5), tensors(2, 3, 4, 5, low=0), st.booleans())
def test_divergence_is_never_negative(scores, targets, shifted):
    epsilon = 1e-3 if shifted else 0.0
    found = disparity.spatial_divergence(scores, targets, epsilon)
    assert found.isfinite().all()
    assert (found >= -1e-9).all()
    same = disparity.spatial_divergence(scores + 7, 5 * targets)
    torch.testing.assert_close(
        same, disparity.spatial_divergence(scores, targets)
    )
    false = disparity.ground_false(targets)
    assert 0 <= false.min() <= false.max() <= 1


@fast
@given(tensors(2, 3, 4, 5), tensors(2, 3, 6, 3), st.floats(0, 1))
def test_statistics_are_exchanged(content, other, alpha):
    mixed = style.adaptive_instance_norm(content, other, alpha)
    assert mixed.isfinite().all()
    wanted, _ = style.channel_statistics(other)
    own, _ = style.channel_statistics(content)
    found, _ = style.channel_statistics(mixed)
    torch.testing.assert_close(
        found, alpha * wanted + (1 - alpha) * own, **close
    )
    assert torch.equal(style.style_loss([other], [other]), torch.zeros(2))


@fast
@given(
    tensors(1, 2, 7, 6, low=0),
    tensors(1, 2, 8, 9, low=0),
    st.floats(0, 0.49),
    st.floats(0, 1),
)
def test_amplitudes(content, other, beta, alpha):
    mixed = style.mix_amplitudes(content, other, beta, alpha)
    assert mixed.shape == content.shape
    assert mixed.isfinite().all()
    same = style.mix_amplitudes(content, content, beta, alpha)
    torch.testing.assert_close(same, content, **close)
    assert style.psnr(same, content).min() > 90


@fast
@given(tensors(3, 4, low=0), st.integers(0, 4), st.integers(0, 2**12 - 1))
def test_easiest_mean(losses, count, bits):
    valid = torch.tensor([bits >> i & 1 for i in range(12)]).bool().view(3, 4)
    assume(count > 0)
    found = curriculum.easiest_mean(losses, valid, count)
    assert found.isfinite()
    assert 0 <= found <= losses.max()


@fast
@given(st.integers(0, 500), st.integers(1, 50), st.integers(1, 20))
def test_curriculum(epoch, period, joints):
    down = [
        curriculum.cosine_ramp_down(e, 15, 8, period)
        for e in (epoch, epoch + 1)
    ]
    up = [
        curriculum.sigmoid_ramp_up(e, 90, period) for e in (epoch, epoch + 1)
    ]
    assert 15 >= down[0] >= down[1] >= 8
    assert 0 <= up[0] <= up[1] <= 90
    assert 1 <= curriculum.easy_count(epoch, joints, 2, 1) <= joints


@fast
@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=4), texts)
def test_draws_depend_on_their_key_alone(keys, component):
    batch = torch.tensor(keys)
    draws = random.uniform(batch, component, 3)
    alone = random.uniform(batch[-1:], component, 3)
    assert torch.equal(draws[-1:], alone)
    assert 0 <= draws.min() <= draws.max() < 1
    shares = random.beta(batch, component, 0.5)
    assert 0 <= shares.min() <= shares.max() <= 1
    mixed = mixing.mix(torch.ones(len(keys), 2), torch.zeros(len(keys), 2),
                       shares)  # fmt: skip
    assert torch.equal(mixed[:, 0], shares)
    assert 0 <= random.key(*keys, component) < 2**63


@fast
@given(st.integers(0, 2**63 - 1), st.integers(1, 4))
def test_views_can_be_undone(seed, count):
    matrices = views.random_views(torch.tensor([seed]), count, (64, 48))
    assert matrices.shape == (1, count, 3, 3)
    eye = torch.eye(3, dtype=torch.float64)
    assert torch.equal(matrices[0, 0], eye)
    product = matrices @ geometry.inverse(matrices)
    torch.testing.assert_close(product, eye.expand_as(product))


@fast
@given(tensors(2, 3, 5, 5), tensors(2, 4, 3, 3))
def test_regression_is_finite(inputs, targets):
    moments = least_squares.regression_moments(
        inputs, targets, 3, torch.arange(9)
    )
    weight, bias = least_squares.solve_convolution(*moments, 3)
    assert weight.shape == (4, 3, 3, 3)
    assert weight.isfinite().all()
    assert bias.isfinite().all()


@fast
@given(st.data(), sizes, sizes)
def test_field_shows_where_points_are(data, width, height):
    field = coordinate_field.coordinate_field((width + 3, height + 3))
    points = data.draw(tensors(4, 2, low=-3, high=9))
    found, shown = coordinate_field.locate(field, points)
    torch.testing.assert_close(found[shown], points[shown], **close)
    assert not coordinate_field.shows_mirror(field)
    assert coordinate_field.shows_mirror(field.flip(2))
    nothing, shown = coordinate_field.locate(torch.zeros_like(field), points)
    assert nothing.isnan().all()
    assert not shown.any()
    assert not coordinate_field.readable_at(field, points * torch.nan).any()


@fast
@given(tensors(3), tensors(2), st.floats(1, 1000))
def test_gradient_norms(weights, other, scale):
    weights, other = weights.requires_grad_(), other.requires_grad_()
    losses = dict(square=(weights**2).sum(), none=torch.zeros(()))
    norms = gradients.gradient_norms(
        losses, dict(a=[weights], b=[other]), scale
    )
    expected = 2 * weights.detach().norm()
    torch.testing.assert_close(norms['square', 'a'], expected)
    for pair in (('square', 'b'), ('none', 'a'), ('none', 'b')):
        assert norms[pair] == 0
