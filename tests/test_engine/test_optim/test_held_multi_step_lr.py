# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch
from mmengine.optim import MultiStepLR
from torch.optim import SGD

from mmpose_mlda.engine import HeldMultiStepLR


def optimizer_of(*holds):
    """An optimiser with one group a flag; None leaves the flag out."""
    groups = [
        dict(params=[torch.zeros(1, requires_grad=True)])
        | ({} if hold is None else {'hold_lr': hold})
        for hold in holds
    ]
    return SGD(groups, lr=1.0)


def rates(optimizer, scheduler, steps):
    """Rates (steps, groups) that each step is made with."""
    found = []
    for _ in range(steps):
        found.append([group['lr'] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return found


def make(cls, optimizer):
    return cls(optimizer, milestones=[2, 4], gamma=0.1, by_epoch=False)


def test_marked_groups_are_held():
    optimizer = optimizer_of(None, True, False)
    found = rates(optimizer, make(HeldMultiStepLR, optimizer), 6)
    moved = [1, 1, 0.1, 0.1, 0.01, 0.01]
    for values, wanted in zip(found, moved, strict=True):
        assert values == pytest.approx([wanted, 1, wanted])


def test_without_marks_it_is_multi_step_lr():
    runs = []
    for cls in (MultiStepLR, HeldMultiStepLR):
        optimizer = optimizer_of(None, None)
        runs.append(rates(optimizer, make(cls, optimizer), 6))
    assert runs[0] == runs[1]


@pytest.mark.parametrize('stop', range(6))
def test_state_dict(stop):
    """A scheduler that is saved and loaded goes on as if nothing was."""
    optimizer = optimizer_of(None, True)
    wanted = rates(optimizer, make(HeldMultiStepLR, optimizer), 6)[stop:]

    optimizer = optimizer_of(None, True)
    scheduler = make(HeldMultiStepLR, optimizer)
    rates(optimizer, scheduler, stop)
    saved = scheduler.state_dict(), optimizer.state_dict()
    optimizer = optimizer_of(None, True)
    scheduler = make(HeldMultiStepLR, optimizer)
    scheduler.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    assert rates(optimizer, scheduler, 6 - stop) == wanted
