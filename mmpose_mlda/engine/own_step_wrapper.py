# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Several processes with a model that updates more than once a step."""

from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import Tensor

from mmpose_mlda.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class OwnStepDistributedDataParallel(MMDistributedDataParallel):
    """Trains by the model's own ``train_step``.

    MMEngine's wrapper has one update in the place of it. The model's method
    gets the wrapper as ``network`` and must compute its losses by calling
    that, once an update.

    Arguments are those of :class:`mmengine.model.MMDistributedDataParallel`.
    """

    def train_step(
        self, data: dict, optim_wrapper: OptimWrapper
    ) -> dict[str, Tensor]:
        """Whatever the model does in a step."""
        return self.module.train_step(data, optim_wrapper, network=self)
