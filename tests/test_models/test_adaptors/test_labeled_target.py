# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A few target images with labels, in every method."""

import pytest
import torch
from mmengine.optim import OptimWrapper
from reference.networks import (
    all_parts,
    assert_same_networks,
    build_batch,
    build_ccssl,
    build_mlda,
    build_regda,
    student_config,
)
from reference.uda_animal import build_uda_animal, draw_table

JOINTS = 4


def mlda(**options):
    student = student_config(dropout=0.3)
    return build_mlda(0, student, **all_parts(), **options).double()


def source_only(**options):
    return build_mlda(0, **options).double()


def regda(**options):
    model = build_regda()
    model.labeled_target_weight = options.get('labeled_target_weight', 1.0)
    return model


def ccssl(**options):
    return build_ccssl(**options).double()


METHODS = {
    build.__name__: build
    for build in (mlda, source_only, regda, ccssl, build_uda_animal)
}


def batch_of(seed, labeled=True):
    """A batch, with the source of another one as labelled target images."""
    inputs, samples = build_batch(2, JOINTS, seed=seed)
    if labeled:
        others, labels = build_batch(2, JOINTS, seed=seed + 100)
        inputs['target_labeled'] = others['source']
        samples['target_labeled'] = labels['source']
    return inputs, samples


class GivenBatch(torch.nn.Module):
    """Hands batches on as they are."""

    def forward(self, data, training=False):
        return data


def train(model, labeled, steps=3, pretrain_iters=1):
    """The model after a step of the source and some of the adaptation."""
    trained = [p for p in model.parameters() if p.requires_grad]
    wrapper = OptimWrapper(torch.optim.Adam(trained, lr=1e-3))
    model.data_preprocessor = GivenBatch()
    if hasattr(model, 'label_table'):
        _, samples = batch_of(0)
        model.label_table.fill(*draw_table(samples), 0.5)
    model.train()
    logs = []
    for step in range(steps):
        torch.manual_seed(step)  # for dropout
        inputs, samples = batch_of(step, labeled)
        model.begin_step(0, step, pretrain_iters)
        data = dict(inputs=inputs, data_samples=samples)
        logs.append(model.train_step(data, wrapper))
    return model, logs


@pytest.mark.parametrize('method', METHODS)
def test_weight_zero_is_as_if_there_were_none(method):
    build = METHODS[method]
    off, logs = train(build(labeled_target_weight=0), labeled=True)
    none, others = train(build(), labeled=False)
    assert_same_networks(off, none)
    assert logs == others


@pytest.mark.parametrize('method', METHODS)
def test_both_stages_learn_from_the_labels(method):
    with_labels, logs = train(METHODS[method](), labeled=True)
    without, _ = train(METHODS[method](), labeled=False)
    assert all(log['loss_supervised_target'] > 0 for log in logs)
    ours, theirs = (m.student.state_dict() for m in (with_labels, without))
    assert any(not torch.equal(ours[k], v) for k, v in theirs.items())


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('step', [0, 1])
def test_the_loss_is_that_of_the_images_as_they_are(method, step):
    """Neither stylised nor mixed, times its weight; the head's own loss."""
    build = METHODS[method]
    inputs, samples = batch_of(step)
    values = {}
    for weight in (1.0, 0.25):
        model = build(labeled_target_weight=weight).eval()
        model.labeled_target_weight = weight
        model.begin_step(0, step, pretrain_iters=1)
        given = {k: v.clone() for k, v in inputs.items()}
        losses = model.loss_labeled_target(given, samples)
        (values[weight],) = losses.values()
    labels = samples['target_labeled']
    heatmaps, weights = model.representation.labels(**labels)
    features = model.student.extract_feat(inputs['target_labeled'])
    head = model.student.head
    outputs = (
        head.refine(features, False)
        if hasattr(head, 'refine')
        else head(features)
    )
    maps = (
        [outputs.coarse, outputs.refined]
        if hasattr(head, 'refine')
        else [outputs]
    )
    expected = sum(head.loss_module(y, heatmaps, weights) for y in maps)
    torch.testing.assert_close(values[1.0], expected)
    torch.testing.assert_close(values[0.25], 0.25 * expected)


def test_other_terms_stay_as_they_are():
    """With style and occlusion, in a step of the adaptation."""
    inputs, samples = batch_of(1)
    model = mlda().eval()
    model.begin_step(0, 1, pretrain_iters=0)
    labels = {k: inputs.pop(k) for k in ('target_labeled',)}
    before = model.loss({k: v.clone() for k, v in inputs.items()}, samples)
    after = model.loss(inputs | labels, samples)
    after.pop('loss_supervised_target')
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value)
