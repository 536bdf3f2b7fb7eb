# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .heatmap_consistency import HeatmapConsistency
from .information_maximization import InformationMaximizationLoss
from .keypoint_oekm_loss import KeypointOEKMMSELoss
from .semi_supervised import SemiSupervisedLoss
from .spatial_divergence import SpatialDivergenceLoss

__all__ = [
    'HeatmapConsistency',
    'InformationMaximizationLoss',
    'KeypointOEKMMSELoss',
    'SemiSupervisedLoss',
    'SpatialDivergenceLoss',
]
