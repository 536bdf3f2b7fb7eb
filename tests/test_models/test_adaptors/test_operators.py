# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How much work the step of MLDA makes, and that nothing waits for it."""

import time

import pytest
import torch
from reference.dispatch import CountOperators, ForbidSynchronisation
from reference.networks import (
    all_parts,
    build_batch,
    build_mlda,
    student_config,
)

from mmpose_mlda.functional import geometry
from mmpose_mlda.models.representations import heatmap

FRAMES = ['canonical', 'student']


def parts(frame='canonical', **im):
    config = all_parts()
    config['consistency']['frame'] = frame
    config['im_loss'] |= im
    return config


def without_networks(model, batch, joints, input_size):
    """Replace both networks by tensors, so that what is left is the rest."""
    width, height = (side // 4 for side in input_size)
    outputs = torch.randn(batch, joints, height, width, requires_grad=True)
    features = torch.randn(batch, 6, height, width, requires_grad=True)
    taught = torch.rand(batch, joints, height, width)
    model.forward_student = lambda images: (outputs, features)
    model.forward_teacher = lambda images: taught
    return features


def alignment(batch, joints, input_size=(64, 48), **options):
    """A function that does the alignment work of one step."""
    model = build_mlda(
        0, student_config(joints, input_size), **parts(**options)
    ).train()
    features = without_networks(model, batch, joints, input_size)
    model.begin_step(0, 5, 2)
    inputs, samples = build_batch(
        batch, joints, input_size, dtype=torch.float32
    )

    def work():
        losses = model.loss_alignment(inputs, samples, features)
        total = sum(v for k, v in losses.items() if k.startswith('loss_'))
        total.backward()
        return losses

    return work


def operators(function):
    with CountOperators() as counter:
        function()
    return counter.calls


@pytest.mark.parametrize(
    'options',
    [
        dict(frame='canonical'),
        dict(frame='student'),
        dict(frame='canonical', variant='official'),
    ],
)
def test_operators_of_the_alignment(options):
    """Their number depends neither on the batch nor on the joints."""
    small = operators(alignment(2, 3, **options))
    large = operators(alignment(32, 17, **options))
    assert small == large
    assert small.total() > 50


def test_operators_of_the_labels():
    def labels(batch, joints):
        model = build_mlda(0, student_config(joints))
        _, samples = build_batch(batch, joints, dtype=torch.float32)
        return lambda: model.representation.labels(**samples['source'])

    small, large = (operators(labels(*s)) for s in ((2, 3), (32, 17)))
    assert small == large
    assert small.total() > 10


def test_operators_of_the_whole_step():
    """With networks, style and occlusion."""

    def step(batch, joints):
        model = build_mlda(0, student_config(joints), **parts()).train()
        model.begin_step(0, 5, 2)
        given = build_batch(batch, joints, dtype=torch.float32)
        return lambda: model.loss(*given)

    assert operators(step(2, 3)) == operators(step(32, 17))


@pytest.mark.slow
def test_time_of_the_alignment():
    """64 samples take less than 20 times as long as 4, at the papers' size:
    16 joints, heatmaps of 64 x 64, occlusion included. Processor time on one
    thread, so that other work on the machine does not count."""
    threads = torch.get_num_threads()

    def seconds(batch):
        work = alignment(batch, 16, (256, 256))
        work()
        times = []
        for _ in range(5):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        return min(times)

    torch.set_num_threads(1)
    try:
        assert seconds(64) < 20 * seconds(4)
    finally:
        torch.set_num_threads(threads)


# ---------------------------------------------------------- synchronisation
@pytest.mark.parametrize('frame', FRAMES)
@pytest.mark.parametrize('threshold', ['quantile', 'random', 0.5])
def test_nothing_waits_for_the_device(frame, threshold, monkeypatch):
    # what a CPU is asked for free, a GPU is not
    for module in (geometry, heatmap):
        monkeypatch.setattr(module, 'can_be_counted', lambda mask: False)
    config = parts(frame)
    config['consistency']['threshold'] = threshold
    model = build_mlda(
        0,
        target_style=dict(prob=1.0, alpha=(0.0, 1.0)),
        **config,
    ).train()
    batch = build_batch(dtype=torch.float32)
    for step in (0, 5):  # of the source stage and of the adaptation
        model.begin_step(0, step, 2)
        with ForbidSynchronisation():
            losses = model.loss(*batch)
            total = sum(v for k, v in losses.items() if k.startswith('loss_'))
            total.backward()
    assert 'loss_consistency' in losses


@pytest.mark.parametrize(
    'wait',
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.any()),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: x.masked_select(x > 0),
    ],
)
def test_the_watch_is_awake(wait):
    with ForbidSynchronisation(), pytest.raises(RuntimeError, match='synchr'):
        wait(torch.randn(3))
