# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From source training to adaptation."""

from io import BytesIO
from pathlib import Path

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import weights_to_cpu

from mmpose_mlda.engine.utils import average_buffers, unwrap
from mmpose_mlda.registry import HOOKS

from .atomic_checkpoint_hook import AtomicLocalBackend

SOURCE_STAGE = 'source_stage.pth'


@HOOKS.register_module()
class StageSwitchHook(Hook):
    """Let the teacher be the student until the adaptation begins.

    The student's parameters and buffers are copied after every step of the
    source training. So the adaptation begins with two equal networks, also
    after a resume, and a checkpoint or a validation of the first stage has a
    teacher that means something.

    Args:
        keep_source: Whether to save the student with which the adaptation
            begins, as ``source_stage.pth`` in the work folder: a plain
            checkpoint of MMPose, with which the adapted model is compared.
    """

    priority = 'NORMAL'

    def __init__(self, keep_source: bool = True) -> None:
        self.keep_source = keep_source

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Say that the adaptation begins."""
        if runner.iter == runner.train_loop.pretrain_iters:
            runner.logger.info(f'The adaptation begins at step {runner.iter}')
            if self.keep_source:
                self._save(runner)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Copy the student."""
        if runner.iter < runner.train_loop.pretrain_iters:
            model = unwrap(runner.model)
            model.copy_student_to_teacher()

    def _save(self, runner) -> None:
        model = unwrap(runner.model)
        if runner.iter == 0 and not model.starts_adapted:
            return  # it has learnt nothing yet
        average_buffers(model.student, model.teacher)
        if not is_main_process():
            return
        content = BytesIO()
        meta = dict(iter=runner.iter)
        weights = weights_to_cpu(model.student.state_dict())
        torch.save(dict(state_dict=weights, meta=meta), content)
        path = Path(runner.work_dir, SOURCE_STAGE)
        AtomicLocalBackend().put(content.getvalue(), path)
