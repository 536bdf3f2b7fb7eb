# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch
from mmengine.optim import MultiStepLR
from torch.optim import SGD

from mmpose_mlda.engine import InverseDecayLR


def rates(steps, *schedulers):
    groups = [
        dict(params=[torch.zeros(1, requires_grad=True)], lr=lr)
        for lr in (0.1, 0.01)
    ]
    optimizer = SGD(groups, lr=1.0)
    made = [make(optimizer) for make in schedulers]
    found = []
    for _ in range(steps):
        found.append([group['lr'] for group in optimizer.param_groups])
        optimizer.step()
        for scheduler in made:
            scheduler.step()
    return found


def test_rates_of_regda():
    """At the 10 000th step half of the first: 2 ** -0.75 = 0.5946."""
    found = rates(
        10001, lambda o: InverseDecayLR(o, by_epoch=False, end=15000)
    )
    assert found[0] == [0.1, 0.01]
    assert found[1] == pytest.approx([0.1 * 0.99992500656, 0.01 * 0.999925])
    assert found[10000] == pytest.approx([0.05946035575, 0.005946035575])


def test_it_begins_anew_after_another_schedule():
    found = rates(
        7,
        lambda o: MultiStepLR(o, milestones=[2], by_epoch=False, end=4),
        lambda o: InverseDecayLR(
            o, gamma=1.0, power=1.0, by_epoch=False, begin=4, end=9
        ),
    )
    first = [rate for rate, _ in found]
    assert first == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.1, 0.05, 0.1 / 3])
