# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .heatmap_consistency import HeatmapConsistency
from .information_maximization import InformationMaximizationLoss

__all__ = ['HeatmapConsistency', 'InformationMaximizationLoss']
