# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How strongly every term of the loss pulls at the student."""

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from torch import Tensor, nn

from mmpose_mlda.engine.utils import unwrap, without_trace
from mmpose_mlda.functional.gradients import gradient_norms
from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class GradientNormHook(Hook):
    """Norm of the gradient of every loss term, every so often.

    Before a due step its losses are computed once more on the same batch,
    and the gradient of each, weight included, by all parameters of the
    student: what the student receives, i.e. after a gradient reversal. In
    the log and in ``vis_data/scalars.json``

    - ``grad_norm/<term>``: by the student, e.g. ``grad_norm/consistency``,
    - ``grad_norm/<term>/<part>``: by another trained part of the adaptor,
      e.g. ``grad_norm/domain/domain_head``, where it is not 0.

    The training is the same bit for bit with and without the hook: buffers
    and generators are put back, and no ``.grad`` is written. Of several
    processes, the mean of their norms. MMEngine's ``grad_norm`` is another
    value: that of the sum of all terms, in front of the clipping.

    A due step costs a forward and, for each term, a backward.

    Args:
        interval: Steps between measurements.
        dense_interval: Steps between further ones in the first
            ``dense_steps`` steps of the adaptation.
        dense_steps: Length of that phase.
    """

    priority = 'LOW'

    def __init__(
        self,
        interval: int = 500,
        dense_interval: int = 10,
        dense_steps: int = 100,
    ) -> None:
        for name, value, low in (
            ('interval', interval, 1),
            ('dense_interval', dense_interval, 1),
            ('dense_steps', dense_steps, 0),
        ):
            if value < low:
                raise ValueError(
                    f'GradientNormHook: {name} is {value}, but must be {low} '
                    'or more; leave the hook out to measure nothing'
                )
        self.interval = interval
        self.dense_interval = dense_interval
        self.dense_steps = dense_steps

    def _is_due(self, runner) -> bool:
        adapted = runner.iter - runner.train_loop.pretrain_iters
        dense = 0 <= adapted < self.dense_steps
        return runner.iter % self.interval == 0 or (
            dense and adapted % self.dense_interval == 0
        )

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Measure, and log under the number that the step will have."""
        if not self._is_due(runner):
            return
        norms = self._measure(runner, data_batch)
        # written at once, since the logger's interval is another one
        step = runner.iter + 1
        text = '  '.join(f'{name}: {v:.3e}' for name, v in norms.items())
        runner.logger.info(f'Step {step}, gradients: {text}')
        runner.visualizer.add_scalars(norms, step=step)

    @staticmethod
    def _measure(runner, data_batch: dict) -> dict[str, float]:
        model, wrapper = unwrap(runner.model), runner.optim_wrapper
        scaler = getattr(wrapper, 'loss_scaler', None)
        scale = 1.0 if scaler is None else scaler.get_scale()
        with without_trace(model):
            with wrapper.optim_context(runner.model):
                batch = model.data_preprocessor(data_batch, training=True)
                outputs = model(**batch, mode='loss')
            norms = gradient_norms(_terms(outputs), _parts(model), scale)
        if not norms:
            return {}
        values = torch.stack(list(norms.values()))
        all_reduce(values, 'mean')
        return {
            '/'.join(['grad_norm', term, *([part] if part else [])]): value
            for (term, part), value in zip(norms, values.tolist(), strict=True)
            if not part or value != 0
        }


def _terms(outputs: dict) -> dict[str, Tensor]:
    """What MMEngine sums up, by name without ``loss_``."""
    return {
        name.removeprefix('loss_'): (
            value.mean()
            if isinstance(value, Tensor)
            else sum(part.mean() for part in value)
        )
        for name, value in outputs.items()
        if 'loss' in name
    }


def _parts(model: nn.Module) -> dict[str, list[Tensor]]:
    """Trained parameters of the student (named '') and of what else learns."""
    parts = {'': []}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            part = name.split('.')[0]
            part = '' if part == 'student' else part
            parts.setdefault(part, []).append(parameter)
    return parts
