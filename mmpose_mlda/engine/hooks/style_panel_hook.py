# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pictures of a style network that is being trained."""

import numpy as np

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import HOOKS
from mmpose_mlda.visualization import style_panel

from .branch_panel_hook import BranchPanelHook, normalisation


@HOOKS.register_module()
class StylePanelHook(BranchPanelHook):
    """Every so often, a picture of what the decoder makes of its batch.

    Content, style, the stylised content at half and at full strength, and
    the reconstruction, as ``vis_data/vis_image/style_*.png`` by default.
    For :class:`AdaINDecoderTraining`; arguments are those of
    :class:`BranchPanelHook`.
    """

    name = 'style'

    def draw(self, runner, record: dict, title: str) -> np.ndarray:
        """See the base class."""
        model = unwrap(runner.model)
        content = record['content'][: self.samples]
        style = record['style'][: self.samples]
        columns = {
            'content': content,
            'style': style,
            'strength 0.5': model.stylise(content, style, 0.5),
            'strength 1': model.stylise(content, style, 1.0),
            'reconstruction': model.stylise(content, style, 0.0),
        }
        return style_panel(columns, *normalisation(runner), title)
