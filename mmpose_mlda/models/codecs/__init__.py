# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .floored_heatmap import FlooredHeatmap

__all__ = ['FlooredHeatmap']
