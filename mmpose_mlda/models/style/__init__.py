# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .adain import AdaINStyleTransfer, build_decoder, build_encoder
from .adain_decoder_training import AdaINDecoderTraining
from .base import BaseStyleTransfer
from .fourier import FourierStyle
from .statistics import StatisticsStyle

__all__ = [
    'AdaINDecoderTraining',
    'AdaINStyleTransfer',
    'BaseStyleTransfer',
    'FourierStyle',
    'StatisticsStyle',
    'build_decoder',
    'build_encoder',
]
