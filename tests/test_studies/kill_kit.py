# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Imported by the runs of a study that are to be killed."""

import os
import signal
from pathlib import Path

from mmengine.hooks import Hook

from mmpose_mlda.registry import HOOKS


@HOOKS.register_module(force=True)
class KillOnce(Hook):
    """``kill -9`` after a step, the first time that it is reached."""

    priority = 'LOWEST'

    def __init__(self, step: int, flag: str) -> None:
        self.step, self.flag = step, Path(flag)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        if runner.iter + 1 == self.step and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
