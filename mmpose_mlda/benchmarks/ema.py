# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The average of the teacher against a loop over its parameters."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import nn

from mmpose_mlda.engine.hooks import MeanTeacherHook
from mmpose_mlda.registry import MODELS

ALPHA = 0.999


def functions(
    depth: int, device: str = 'cpu'
) -> dict[str, Callable[[], None]]:
    """``'ours'`` and ``'loop'``, to be called.

    Args:
        depth: Of the ResNet that is averaged.
        device: Where it is.
    """
    student, teacher = (
        MODELS.build(dict(type='ResNet', depth=depth)).to(device)
        for _ in range(2)
    )
    model = nn.Module()
    model.student, model.teacher = student, teacher.requires_grad_(False)
    runner = SimpleNamespace(
        model=model, iter=0, train_loop=SimpleNamespace(pretrain_iters=0)
    )
    hook = MeanTeacherHook(alpha=ALPHA)
    hook.before_train(runner)
    return dict(
        ours=lambda: hook.after_train_iter(runner, 0),
        loop=lambda: _loop(teacher, student),
    )


@torch.no_grad()
def _loop(teacher: nn.Module, student: nn.Module) -> None:
    pairs = zip(teacher.parameters(), student.parameters(), strict=True)
    for average, value in pairs:
        average.mul_(ALPHA).add_(value, alpha=1 - ALPHA)
