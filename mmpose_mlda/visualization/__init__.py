# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .branch_panel import branch_panel, branch_tiles, branch_titles
from .domain_figures import draw_domain_check
from .drawing import draw_heatmaps, draw_pose, picture_table, to_images
from .report import (
    Picture,
    Section,
    TableData,
    render_report,
    write_report,
)
from .run_figure import panel_figures, run_figure
from .run_scalars import read_curves
from .style_panel import style_panel
from .style_sheet import displacement_figure, style_sheet

__all__ = [
    'Picture',
    'Section',
    'TableData',
    'branch_panel',
    'branch_tiles',
    'branch_titles',
    'displacement_figure',
    'draw_domain_check',
    'draw_heatmaps',
    'draw_pose',
    'panel_figures',
    'picture_table',
    'read_curves',
    'render_report',
    'run_figure',
    'style_panel',
    'style_sheet',
    'to_images',
    'write_report',
]
