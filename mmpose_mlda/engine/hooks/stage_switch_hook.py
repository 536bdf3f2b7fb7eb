# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From source training to adaptation."""

from mmengine.hooks import Hook

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class StageSwitchHook(Hook):
    """Let the teacher be the student until the adaptation begins.

    The student's parameters and buffers are copied after every step of the
    source training. So the adaptation begins with two equal networks, also
    after a resume, and a checkpoint or a validation of the first stage has a
    teacher that means something.
    """

    priority = 'NORMAL'

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Say that the adaptation begins."""
        if runner.iter == runner.train_loop.pretrain_iters:
            runner.logger.info(f'The adaptation begins at step {runner.iter}')

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Copy the student."""
        if runner.iter < runner.train_loop.pretrain_iters:
            model = unwrap(runner.model)
            model.copy_student_to_teacher()
