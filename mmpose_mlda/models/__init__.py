# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .adaptors import CCSSL, MLDA, BaseAdaptor, RegDA, UDAAnimal
from .backbones import EfficientNetLite
from .codecs import FlooredHeatmap
from .data_preprocessors import DomainDataPreprocessor, StyleAugmentation
from .domain_model import BaseDomainModel
from .heads import DomainHead, RefineHead
from .layers import (
    AgreementProbe,
    DualMixup,
    GradientReversal,
    GradientScaling,
    KeypointOcclusion,
)
from .losses import (
    HeatmapConsistency,
    InformationMaximizationLoss,
    KeypointOEKMMSELoss,
    SemiSupervisedLoss,
    SpatialDivergenceLoss,
)
from .style import (
    AdaINDecoderTraining,
    AdaINStyleTransfer,
    BaseStyleTransfer,
    FourierStyle,
    StatisticsStyle,
)

__all__ = [
    'CCSSL',
    'MLDA',
    'AdaINDecoderTraining',
    'AdaINStyleTransfer',
    'AgreementProbe',
    'BaseAdaptor',
    'BaseDomainModel',
    'BaseStyleTransfer',
    'DomainDataPreprocessor',
    'DomainHead',
    'DualMixup',
    'EfficientNetLite',
    'FlooredHeatmap',
    'FourierStyle',
    'GradientReversal',
    'GradientScaling',
    'HeatmapConsistency',
    'InformationMaximizationLoss',
    'KeypointOEKMMSELoss',
    'KeypointOcclusion',
    'RefineHead',
    'RegDA',
    'SemiSupervisedLoss',
    'SpatialDivergenceLoss',
    'StatisticsStyle',
    'StyleAugmentation',
    'UDAAnimal',
]
