# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .adaptors import MLDA, BaseAdaptor
from .backbones import EfficientNetLite
from .codecs import FlooredHeatmap
from .data_preprocessors import DomainDataPreprocessor
from .domain_model import BaseDomainModel
from .heads import DomainHead
from .layers import GradientReversal, KeypointOcclusion
from .losses import HeatmapConsistency, InformationMaximizationLoss
from .style import (
    AdaINDecoderTraining,
    AdaINStyleTransfer,
    BaseStyleTransfer,
    FourierStyle,
    StatisticsStyle,
)

__all__ = [
    'MLDA',
    'AdaINDecoderTraining',
    'AdaINStyleTransfer',
    'BaseAdaptor',
    'BaseDomainModel',
    'BaseStyleTransfer',
    'DomainDataPreprocessor',
    'DomainHead',
    'EfficientNetLite',
    'FlooredHeatmap',
    'FourierStyle',
    'GradientReversal',
    'HeatmapConsistency',
    'InformationMaximizationLoss',
    'KeypointOcclusion',
    'StatisticsStyle',
]
