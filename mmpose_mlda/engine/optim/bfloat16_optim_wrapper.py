# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Mixed precision that needs neither a GPU nor a scale."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmengine.runner.amp import autocast
from torch import nn

from mmpose_mlda.engine.rounded_layers import (
    bfloat16_where_lacking,
    lacks_bfloat16,
)
from mmpose_mlda.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Losses are computed under autocast to bfloat16.

    Numbers of that format reach as far as those of float32, so gradients do
    not vanish and are not scaled. MMEngine's ``AmpOptimWrapper`` scales them
    whatever the format: it refuses a CPU, and the host waits for the device
    in every step to learn whether the scale was too large.

    Weights, gradients and the optimiser stay in float32, so a checkpoint
    goes on with or without it. A CPU without convolutions in bfloat16 makes
    them by :class:`RoundedLayers`. Arguments are those of
    :class:`mmengine.optim.OptimWrapper`.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if lacks_bfloat16():
            print_log(
                'This CPU has no convolutions in bfloat16 (x86 needs AVX-512)'
                ': they are computed in float32 from rounded numbers, so '
                'that --bf16 has its numbers, but saves no time here',
                'current',
                logging.WARNING,
            )

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """See the base class."""
        with (
            super().optim_context(model),
            autocast(dtype=torch.bfloat16),
            bfloat16_where_lacking(),
        ):
            yield
