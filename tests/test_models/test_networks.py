# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Which networks are compiled, and that it changes nothing else."""

import copy

import pytest
import torch
from reference.networks import (
    all_parts,
    build_batch,
    build_mlda,
    build_regda,
    preprocessor_config,
    student_config,
)
from reference.uda_animal import build_uda_animal
from torch import nn

from mmpose_mlda.models.networks import networks
from mmpose_mlda.models.style import AdaINStyleTransfer

ESTIMATORS = [
    f'{network}.{part}'
    for network in ('student', 'teacher')
    for part in ('backbone', 'head')
]
REFINEMENT = [
    *(f'refine_levels.{level}' for level in range(2)),
    *('refine_first', 'refine_second'),
]


def names(model):
    known = {module: name for name, module in model.named_modules()}
    return [known[network] for network in networks(model)]


def test_of_every_method():
    assert names(build_mlda()) == ESTIMATORS
    mlda = build_mlda(**all_parts())
    assert names(mlda) == [*ESTIMATORS, 'domain_head']
    mlda.style_transfer = AdaINStyleTransfer('', '', 'relu2_1')
    assert set(names(mlda)) == {
        *(*ESTIMATORS, 'domain_head'),
        *('style_transfer.encoder', 'style_transfer.decoder'),
    }
    assert names(build_regda()) == [*ESTIMATORS, 'adversarial_head']
    found = names(build_uda_animal())
    for network in ('student', 'teacher'):
        parts = [n for n in found if n.startswith(f'{network}.')]
        assert parts == [
            f'{network}.backbone',
            *(f'{network}.head.{part}' for part in REFINEMENT),
        ]


def convolutions(model):
    """All that is inside of what is compiled, or not."""
    inside = {m for network in networks(model) for m in network.modules()}
    return [
        (name, module in inside)
        for name, module in model.named_modules()
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))
    ]


def test_no_convolution_is_left_out():
    for model in (build_mlda(**all_parts()), build_regda()):
        assert all(inside for _, inside in convolutions(model))
    left = [n for n, inside in convolutions(build_uda_animal()) if not inside]
    assert all('deconv_layers' in n or 'final_layer' in n for n in left)


@pytest.mark.parametrize('tap', ['head.deconv_layers', 'backbone'])
def test_compiled(tap):
    """Losses and gradients of both stages, with a validation between."""
    options = all_parts()
    options['domain_head']['in_channels'] = 8 if tap == 'backbone' else 6
    plain = build_mlda(tap=tap, **options)
    compiled = copy.deepcopy(plain)
    graphs = []

    def count(graph, _):
        graphs.append(graph)
        return graph.forward

    torch.compiler.reset()
    for network in networks(compiled):
        network.compile(backend=count)
    images, samples = build_batch(dtype=torch.float32)
    for number in (0, 5, None, 6):
        results = []
        for model in (plain, compiled):
            inputs = {k: v.clone() for k, v in images.items()}
            model.train(number is not None)
            if number is None:
                with torch.no_grad():
                    results.append({'y': model(inputs['source'])})
                continue
            model.begin_step(0, number, 2)
            losses = model.loss(inputs, samples)
            sum(v for k, v in losses.items() if 'loss' in k).backward()
            results.append(losses)
        for name, value in results[0].items():
            torch.testing.assert_close(results[1][name], value, msg=name)
    # student's and teacher's in training; the discriminator
    assert len(graphs) >= len(list(networks(compiled)))
    assert plain.state_dict().keys() == compiled.state_dict().keys()
    for (name, wanted), found in zip(
        plain.named_parameters(), compiled.parameters(), strict=True
    ):
        assert (wanted.grad is None) == (found.grad is None), name
        if wanted.grad is not None:
            torch.testing.assert_close(found.grad, wanted.grad, msg=name)


def test_teacher_in_a_loss():
    """What the teacher says is no tensor of inference mode."""
    model = build_mlda(student=student_config()).train()
    taught = model.forward_teacher(torch.randn(2, 3, 48, 64))
    assert not taught.is_inference()
    assert not taught.requires_grad
    scale = torch.ones((), requires_grad=True)
    (scale * taught).square().sum().backward()  # keeps it for the backward
    assert scale.grad > 0


def test_images_do_not_block_by_default():
    assert build_mlda().data_preprocessor._non_blocking
    config = dict(preprocessor_config(), non_blocking=False)
    model = build_mlda()
    model.data_preprocessor = type(model.data_preprocessor)(
        **{k: v for k, v in config.items() if k != 'type'}
    )
    assert not model.data_preprocessor._non_blocking
