# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .branch_panel import branch_panel, branch_tiles
from .drawing import draw_heatmaps, draw_pose, picture_table, to_images
from .run_figure import run_figure
from .run_scalars import read_curves
from .style_sheet import displacement_figure, style_sheet
from .style_panel import style_panel

__all__ = [
    'branch_panel',
    'branch_tiles',
    'displacement_figure',
    'draw_heatmaps',
    'draw_pose',
    'picture_table',
    'read_curves',
    'run_figure',
    'style_sheet',
    'style_panel',
    'to_images',
]
