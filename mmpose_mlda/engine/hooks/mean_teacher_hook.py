# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The teacher is an average of students."""

import torch
from mmengine.hooks import Hook

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class MeanTeacherHook(Hook):
    r"""Exponential moving average of the student's parameters (Eq. 9).

    .. math:: \theta_T \leftarrow \alpha \theta_T + (1 - \alpha) \theta_S

    after each step of the adaptation, parameters only: buffers such as the
    running statistics of batch normalisation are the teacher's own. A step
    that mixed precision skips for an overflow averages all the same.

    Args:
        alpha: :math:`\alpha`, 0.999 in the paper.
        warmup: Whether to take :math:`\min(\alpha, 1 - 1 / (n + 1))` at the
            n-th step of the adaptation, n = 0, 1, ..., which makes the
            teacher the plain mean of the students at first. For short runs:
            at 0.999 a teacher moves by a third in 400 steps.
    """

    priority = 'BELOW_NORMAL'

    def __init__(self, alpha: float = 0.999, warmup: bool = False) -> None:
        if not 0 <= alpha <= 1:
            raise ValueError(f'alpha is {alpha}, but must lie in [0, 1]')
        self.alpha = alpha
        self.warmup = warmup

    def before_train(self, runner) -> None:
        """Pair the parameters of both networks by name."""
        model = unwrap(runner.model)
        student = dict(model.student.named_parameters())
        teacher = dict(model.teacher.named_parameters())
        if student.keys() != teacher.keys():
            raise RuntimeError(
                'Student and teacher have different parameters: '
                f'{sorted(student.keys() ^ teacher.keys())[:8]}'
            )
        self._teacher = list(teacher.values())
        self._student = [student[name] for name in teacher]

    @torch.no_grad()
    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Average, once the adaptation has begun."""
        step = runner.iter - runner.train_loop.pretrain_iters
        if step < 0:
            return
        alpha = self.alpha
        if self.warmup:
            alpha = min(alpha, 1 - 1 / (step + 1))
        torch._foreach_lerp_(self._teacher, self._student, 1 - alpha)
