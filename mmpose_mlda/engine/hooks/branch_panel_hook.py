# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pictures of the training itself."""

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import HOOKS
from mmpose_mlda.visualization import branch_panel


@HOOKS.register_module()
class BranchPanelHook(Hook):
    """Every so often, a picture of what all branches of a step see.

    Source with labels, stylised source, the teacher's view with its
    pseudo-labels (a cross where the mask drops one), the occluded view of
    the student, and the student's heatmaps; in the visualiser's backends,
    i.e. as ``vis_data/vis_image/branches_*.png`` by default. Also drawn in
    the first step of the adaptation and in the last step.

    Args:
        interval: Steps between pictures.
        samples: Samples of the batch to draw.
    """

    priority = 'LOW'
    name = 'branches'

    def __init__(self, interval: int = 1000, samples: int = 4) -> None:
        self.interval = interval
        self.samples = samples

    def _is_due(self, runner) -> bool:
        loop = runner.train_loop
        return is_main_process() and (
            runner.iter % self.interval == 0
            or runner.iter in (loop.pretrain_iters, loop.max_iters - 1)
        )

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Ask the model to keep the tensors of this step."""
        if self._is_due(runner):
            unwrap(runner.model).start_recording()

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Draw them."""
        if not self._is_due(runner):
            return
        record = unwrap(runner.model).stop_recording()
        panel = self.draw(runner, record, title=f'step {runner.iter + 1}')
        runner.visualizer.add_image(self.name, panel, runner.iter + 1)

    def draw(self, runner, record: dict, title: str) -> np.ndarray:
        """The picture (H, W, 3), uint8 RGB, of what the model recorded."""
        return branch_panel(
            record,
            *normalisation(runner),
            runner.visualizer.dataset_meta,
            self.samples,
            title,
        )


def normalisation(runner) -> tuple:
    """Mean and standard deviation that the images were normalised with."""
    preprocessor = unwrap(runner.model).data_preprocessor
    return getattr(preprocessor, 'mean', 0), getattr(preprocessor, 'std', 1)
