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
from mmpose_mlda.studies.fixtures import write_style_weights

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


def compile_and_count(model):
    """Compile the networks; how many graphs of each there will be."""
    torch.compiler.reset()
    graphs = dict.fromkeys(names(model), 0)
    for name, network in zip(graphs, networks(model), strict=True):

        def count(graph, _, name=name):
            graphs[name] += 1
            return graph.forward

        network.compile(backend=count)
    return graphs


def test_refinement_is_compiled():
    model = build_uda_animal().float()
    images = torch.randn(2, 3, 64, 48)
    plain = model.student.head.refine(model.student.backbone(images))
    graphs = compile_and_count(model)
    compiled = model.student.head.refine(model.student.backbone(images))
    for expected, found in zip(plain, compiled, strict=True):
        torch.testing.assert_close(found, expected)
    for name in names(model):
        full = any(model.get_submodule(name).children())  # not the last level
        assert bool(graphs[name]) == (name.startswith('student.') and full)


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
def test_compiled(tap, tmp_path):
    """Losses and gradients of both stages, with a validation between."""
    options = all_parts()
    options['domain_head']['in_channels'] = 8 if tap == 'backbone' else 6
    options['style_transfer'] = dict(
        type='mmpose_mlda.AdaINStyleTransfer',
        layer='relu2_1',
        prob=1.0,
        **write_style_weights(tmp_path, 'relu2_1'),
    )
    plain = build_mlda(tap=tap, **options)
    plain.init_weights()
    compiled = copy.deepcopy(plain)
    graphs = compile_and_count(compiled)
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
    assert list(graphs) == names(compiled)
    assert all(graphs.values()), graphs
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
