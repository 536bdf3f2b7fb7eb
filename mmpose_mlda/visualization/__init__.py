# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .branch_panel import branch_panel, branch_tiles
from .drawing import draw_heatmaps, draw_pose, picture_table, to_images

__all__ = [
    'branch_panel',
    'branch_tiles',
    'draw_heatmaps',
    'draw_pose',
    'picture_table',
    'to_images',
]
