# Copyright (c) mmpose_mlda contributors. All rights reserved.
from dataclasses import replace

import pytest
import torch

from mmpose_mlda.benchmarks import alignment
from mmpose_mlda.benchmarks.alignment import Sizes
from mmpose_mlda.benchmarks.published import View, affine, rectify, window

SIZES = Sizes(batch=3, joints=4, image=64, heatmap=32)


def losses(batch, sizes=SIZES):
    found = dict(
        published=alignment.published(sizes, batch)(),
        canonical=alignment.ours(sizes, batch, 'canonical')(),
        student=alignment.ours(sizes, batch, 'student')(),
    )
    return {name: loss.item() for name, loss in found.items()}


def gradients(batch, sizes=SIZES):
    found = []
    for loss in (
        alignment.published(sizes, batch)(),
        alignment.ours(sizes, batch, 'canonical')(),
    ):
        found += torch.autograd.grad(loss, batch.student)
    return found


def views(**changes):
    still = View(rotation=0.0, translation=(0.0, 0.0), shear=0.0, scale=1.0)
    return [replace(still, **changes)] * SIZES.batch


def test_unmoved_views_have_the_same_loss():
    batch = replace(
        alignment.make_batch(SIZES),
        teacher_views=views(),
        student_views=views(),
    )
    found = losses(batch)
    # a window of 6 sigma + 1 pixels against a Gaussian without an end
    assert found['canonical'] == pytest.approx(found['published'], rel=1e-3)
    assert found['student'] == pytest.approx(found['published'], rel=1e-3)
    theirs, ours = gradients(batch)
    assert torch.equal(theirs == 0, ours == 0)  # the same joints count
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-2 * 2 / 12288)


def test_shifts_by_whole_cells_have_the_same_loss():
    """What the three warps cannot blur; the frame's border differs."""
    batch = alignment.make_batch(SIZES)
    teacher = torch.zeros_like(batch.teacher)
    teacher[..., 14, 18] = torch.rand(teacher.shape[:2]) + 0.1
    student = torch.zeros_like(batch.student)
    student[..., 10:20, 10:20] = torch.rand(10, 10)
    batch = replace(
        batch,
        teacher=teacher,
        student=student.requires_grad_(),
        teacher_views=views(translation=(4.0, -2.0)),
        student_views=views(translation=(-2.0, 6.0)),
    )
    found = losses(batch)
    assert found['canonical'] == pytest.approx(found['published'], rel=2e-3)


def test_random_views_are_near():
    """Nearest pixels, three times, are not one bilinear warp."""
    found = losses(alignment.make_batch(SIZES))
    assert found['canonical'] == pytest.approx(found['published'], rel=0.5)


def test_each_gives_a_gradient_of_its_own():
    functions = alignment.functions(SIZES)
    values = {name: function() for name, function in functions.items()}
    again = {name: function() for name, function in functions.items()}
    assert values['canonical'] == again['canonical']
    assert not any(value.requires_grad for value in values.values())


@pytest.mark.parametrize('frame', ['canonical', 'student'])
def test_calls_do_not_depend_on_batch_and_joints(frame):
    counts = set()
    for sizes in (SIZES, Sizes(7, 9, 32, 8), Sizes(2, 16, 64, 16)):
        batch = alignment.make_batch(sizes)
        counts.add(
            alignment.count_operators(alignment.ours(sizes, batch, frame))
        )
    assert len(counts) == 1


def test_the_published_way_calls_for_each_sample():
    few, many = (
        alignment.count_operators(
            alignment.published(sizes, alignment.make_batch(sizes))
        )
        for sizes in (SIZES, replace(SIZES, batch=6))
    )
    assert many - few > 50 * (6 - SIZES.batch)


def test_warp_of_the_reference():
    maps = torch.zeros(1, 8, 8)
    maps[0, 2, 3] = 1
    assert affine(maps, translation=(2, 1))[0, 3, 5] == 1
    # a quarter turn, clockwise on the screen, about the middle (4, 4)
    turned = affine(maps, rotation=90)
    assert (turned[0] == 1).nonzero().tolist() == [[3, 5]]


def test_window_and_peaks_of_the_reference():
    assert window(2.0).shape == (13, 13)
    assert window(2.0)[6, 6] == 1
    # two pixels aside: exp(-4 / 8)
    assert window(2.0)[6, 8].item() == pytest.approx(0.60653, abs=1e-5)
    maps = torch.zeros(1, 2, 16, 16)
    maps[0, 1, 15, 4] = 0.2
    found = rectify(maps, 2.0)
    assert found[0, 1].argmax() == 15 * 16 + 4
    assert found[0, 0].argmax() == 0  # without a positive peak: the corner
