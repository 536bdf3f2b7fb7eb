# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Losses for the log, without waiting for them in every step."""

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from torch import Tensor

from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class LazyRuntimeInfoHook(RuntimeInfoHook):
    """Reads the losses of all steps since the last log at once.

    MMEngine's hook reads every loss after every step, and the host waits for
    the device each time. Log and checkpoints are the same. Whoever else asks
    the message hub for a loss finds it as of the last log.
    """

    def before_train(self, runner) -> None:
        """Find out when the log is written."""
        super().before_train(runner)
        self._unread: list[dict[str, Tensor]] = []
        loggers = [h for h in runner.hooks if isinstance(h, LoggerHook)]
        self._intervals = {hook.interval for hook in loggers}

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Keep the losses, and read all of them where a log is written."""
        self._unread.append(outputs or {})
        if self.end_of_epoch(runner.train_dataloader, batch_idx) or any(
            self.every_n_inner_iters(batch_idx, n) for n in self._intervals
        ):
            self._read(runner)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Complete the message hub that the checkpoint holds."""
        if self._read(runner):
            checkpoint['message_hub'] = runner.message_hub.state_dict()

    def after_train(self, runner) -> None:
        """See the base class."""
        self._read(runner)
        super().after_train(runner)

    def _read(self, runner) -> bool:
        """Whether there was something to read."""
        names = [name for step in self._unread for name in step]
        values = [
            torch.as_tensor(value).detach().double()
            for step in self._unread
            for value in step.values()
        ]
        self._unread = []
        if names:
            numbers = torch.stack(values).tolist()
            for name, number in zip(names, numbers, strict=True):
                runner.message_hub.update_scalar(f'train/{name}', number)
        return bool(names)
