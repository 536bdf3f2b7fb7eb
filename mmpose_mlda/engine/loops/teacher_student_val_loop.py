# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Validation of both networks."""

from contextlib import nullcontext

from mmengine.runner import ValLoop

from mmpose_mlda.engine.rounded_layers import bfloat16_where_lacking
from mmpose_mlda.engine.utils import average_buffers, unwrap
from mmpose_mlda.registry import LOOPS

from .domain_train_loop import DomainTrainLoop


@LOOPS.register_module()
class TeacherStudentValLoop(ValLoop):
    """Evaluate the teacher and the student, as ``teacher/...``, ``student/``.

    So ``save_best='teacher/PCK@0.05', rule='greater'`` works. Before the
    adaptation begins the teacher is the student, and both names get the
    student's figures at the price of one evaluation.
    Arguments are those of :class:`mmengine.runner.ValLoop`.
    """

    def run(self) -> dict:
        """Evaluate both and return all metrics."""
        model = unwrap(self.runner.model)
        average_buffers(model.student, model.teacher)
        self.runner.call_hook('before_val')
        predicts_on = model.predict_on
        try:
            metrics = self._evaluate_both(model)
        finally:
            model.predict_on = predicts_on
        self.runner.call_hook('after_val_epoch', metrics=metrics)
        self.runner.call_hook('after_val')
        return metrics

    def _evaluate_both(self, model) -> dict:
        # not train_loop, which would be built here for a validation alone
        loop = self.runner._train_loop
        trains = isinstance(loop, DomainTrainLoop)
        if trains and loop.iter <= loop.pretrain_iters:
            student = self._evaluate(model, 'student')
            return _prefixed('teacher', student) | _prefixed(
                'student', student
            )
        return _prefixed(
            'teacher', self._evaluate(model, 'teacher')
        ) | _prefixed('student', self._evaluate(model, 'student'))

    def _evaluate(self, model, network: str) -> dict:
        model.predict_on = network
        self.runner.call_hook('before_val_epoch')
        self.runner.model.eval()
        with bfloat16_where_lacking() if self.fp16 else nullcontext():
            for idx, data_batch in enumerate(self.dataloader):
                self.run_iter(idx, data_batch)
        return self.evaluator.evaluate(len(self.dataloader.dataset))


def _prefixed(prefix: str, metrics: dict) -> dict:
    return {f'{prefix}/{name}': value for name, value in metrics.items()}
