# Copyright (c) mmpose_mlda contributors. All rights reserved.
import torch
from engine_kit import run_group
from mmengine.optim import OptimWrapper
from reference.networks import build_batch, build_regda
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_mlda.engine import OwnStepDistributedDataParallel

BATCH, RATE = 2, 0.1


def part_of(values, rank):
    """What one process sees of a batch."""
    if isinstance(values, dict):
        return {name: part_of(value, rank) for name, value in values.items()}
    return values[rank * BATCH : (rank + 1) * BATCH]


def three_steps(model, network, batch):
    """Parameters after each step, batch normalisation by running values."""
    model.data_preprocessor.forward = lambda data, training: data
    optimiser = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], lr=RATE
    )
    wrapper = OptimWrapper(optimiser)
    found = []
    for step in (4, 5, 6):  # the adaptation begins at 5
        model.train()
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
        model.begin_step(0, step, 5)
        network.train_step(batch, wrapper)
        found.append([p.detach().clone() for p in model.parameters()])
    return found


def whole_batch():
    inputs, data_samples = build_batch(2 * BATCH)
    return dict(inputs=inputs, data_samples=data_samples)


def _train(rank, wanted):
    model = build_regda()
    network = OwnStepDistributedDataParallel(
        model, find_unused_parameters=True, broadcast_buffers=False
    )
    found = three_steps(model, network, part_of(whole_batch(), rank))
    for got, expected in zip(found, wanted, strict=True):
        for one, other in zip(got, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_two_processes_are_one(tmp_path):
    """Each with half the batch: the same parameters after every step."""
    model = build_regda()
    wanted = three_steps(model, model, whole_batch())
    assert any(not a.equal(b) for a, b in zip(*wanted[1:], strict=True))
    run_group(2, tmp_path, _train, wanted)
