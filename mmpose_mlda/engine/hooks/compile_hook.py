# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""torch.compile of the networks."""

import torch
from mmengine.hooks import Hook

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.models.networks import networks
from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class CompileHook(Hook):
    """Compile student, teacher, style network and heads before training.

    In place: names of parameters, checkpoints and their use stay as they
    are. MMEngine's ``compile`` of a config would compile the whole
    ``train_step``, whose random draws and steps are other ones each time.

    Args:
        options: Of :func:`torch.compile`, e.g. ``mode='max-autotune'``.
    """

    def __init__(self, **options) -> None:
        self.options = options

    def before_train(self, runner) -> None:
        """Try the compiler, then mark the networks; they compile when used.

        Raises:
            RuntimeError: If it does not work on this machine.
        """
        model = unwrap(runner.model)
        self._try(next(model.parameters()).device)
        count = 0
        for network in networks(model):
            network.compile(**self.options)
            count += 1
        runner.logger.info(
            f'{count} networks are compiled at their first use, which takes '
            'minutes'
        )

    def _try(self, device: torch.device) -> None:
        def double(values):
            return 2 * values

        try:
            torch.compile(double, **self.options)(torch.ones(2, device=device))
        except Exception as error:
            reason = str(error).strip().split('\n')[0]
            options = ', '.join(f'{k}={v!r}' for k, v in self.options.items())
            raise RuntimeError(
                f'torch.compile({options}) does not work on this machine: '
                f'{reason}\nIt needs a C++ compiler (g++) on a CPU and Triton '
                'on a GPU. Install it, or train without CompileHook'
            ) from error
