# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What must be true of a training, however short it is."""

import math
from collections.abc import Collection, Mapping, Sequence

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn

from mmpose_mlda.engine.utils import unwrap

SHOWN = 4  # names in a message


class WatchHook(Hook):
    """Notes losses, metrics and which parameters the optimiser moves."""

    def __init__(self) -> None:
        self.losses: list[dict[str, float]] = []  # of each step
        self.moved: set[str] = set()
        self.metrics: dict[str, float] = {}  # of the validation

    def before_train(self, runner) -> None:
        """Look at every update, of which a step may have several."""
        self._parameters = trained(runner.model)
        optimizer = runner.optim_wrapper.optimizer
        optimizer.register_step_pre_hook(self._before_update)
        optimizer.register_step_post_hook(self._after_update)

    def _before_update(self, *_) -> None:
        self._before = {
            name: parameter.detach().clone()
            for name, parameter in self._parameters.items()
        }

    def _after_update(self, optimizer, *_) -> None:
        rates = {
            id(parameter): group['lr']
            for group in optimizer.param_groups
            for parameter in group['params']
        }
        self.moved |= {
            name
            for name, parameter in self._parameters.items()
            if not torch.equal(parameter, self._before[name])
            or is_rounded_away(parameter, rates.get(id(parameter), 0.0))
        }

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Keep the losses."""
        losses = {k: v for k, v in outputs.items() if 'loss' in k}
        self.losses.append(
            {k: float(torch.as_tensor(v).detach()) for k, v in losses.items()}
        )

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Keep the metrics."""
        self.metrics |= metrics or {}


def is_rounded_away(parameter: Tensor, rate: float) -> bool:
    """Whether there is an update, but all of it below the resolution.

    The one reason for which a trained parameter may stand still. With SGD
    the weights of a batch norm, 1, do so in front of a residual branch's
    last one, which begins at 0: their first gradients are some 1e-9.

    Args:
        parameter: With its gradient.
        rate: Learning rate.
    """
    if parameter.grad is None or not rate or not parameter.grad.any():
        return False
    update = 2 * rate * parameter.grad.abs()  # with Nesterov's momentum
    resolution = torch.finfo(parameter.dtype).eps * parameter.abs()
    return bool((update <= resolution).all())


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """Parameters that require a gradient, by name."""
    named = unwrap(model).named_parameters()
    return {name: value for name, value in named if value.requires_grad}


def loss_faults(losses: Sequence[Mapping], steps: int) -> list[str]:
    """Losses that are not there or not finite."""
    faults = []
    if len(losses) != steps:
        faults.append(f'{len(losses)} steps instead of {steps}')
    for step, values in enumerate(losses, 1):
        if not values:
            faults.append(f'no loss in step {step}')
        faults += [
            f'{name} is {value} in step {step}'
            for name, value in values.items()
            if not math.isfinite(value)
        ]
    return faults


def parameter_faults(runner: Runner, moved: Collection[str]) -> list[str]:
    """Parameters that are not trained, or to no good."""
    parameters = trained(runner.model)
    loop = runner.train_loop
    if getattr(loop, 'pretrain_iters', 0) >= loop.max_iters:
        # parts of an adaptation that never begins
        parameters = {
            name: value
            for name, value in parameters.items()
            if name.startswith('student.')
        }
    groups = runner.optim_wrapper.param_groups
    known = {id(value) for group in groups for value in group['params']}
    outside = [k for k, value in parameters.items() if id(value) not in known]
    still = [k for k in parameters if k not in moved and k not in outside]
    broken = [k for k, v in parameters.items() if not v.isfinite().all()]
    return [
        f'{text}: {shorten(names, parameters)}'
        for text, names in (
            ('not in the optimiser', outside),
            ('not trained', still),
            ('not finite', broken),
        )
        if names
    ]


def teacher_faults(model: nn.Module) -> list[str]:
    """Parameters of a teacher that learn from a gradient."""
    if not hasattr(model, 'teacher'):
        return []
    parameters = dict(model.teacher.named_parameters())
    learning = [
        name
        for name, value in parameters.items()
        if value.requires_grad or value.grad is not None
    ]
    if not learning:
        return []
    return [f'the teacher has gradients: {shorten(learning, parameters)}']


def metric_faults(place: str, metrics: Mapping[str, float]) -> list[str]:
    """Metrics that are not there or not finite."""
    if not metrics:
        return [f'no metrics of the {place}']
    return [
        f'{name} of the {place} is {value}'
        for name, value in metrics.items()
        if not math.isfinite(value)
    ]


def shorten(names: Collection[str], among: Collection[str]) -> str:
    """Modules in place of parameters where all of theirs are meant.

    Args:
        names: Dotted names.
        among: All names there are.
    """
    found: dict[str, int] = {}
    others = [name for name in among if name not in names]
    for name in names:
        parts = name.split('.')
        prefixes = ('.'.join(parts[:n]) for n in range(1, len(parts) + 1))
        whole = next(
            prefix
            for prefix in prefixes
            if prefix == name
            or not any(other.startswith(f'{prefix}.') for other in others)
        )
        found[whole] = found.get(whole, 0) + 1
    texts = [
        name if name in names else f'{name} ({count} parameters)'
        for name, count in found.items()
    ]
    more = f' and {len(texts) - SHOWN} more' if len(texts) > SHOWN else ''
    return ', '.join(texts[:SHOWN]) + more
