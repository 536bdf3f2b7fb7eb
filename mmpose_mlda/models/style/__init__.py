# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .adain import AdaINStyleTransfer, build_decoder, build_encoder
from .base import BaseStyleTransfer
from .statistics import StatisticsStyle

__all__ = [
    'AdaINStyleTransfer',
    'BaseStyleTransfer',
    'StatisticsStyle',
    'build_decoder',
    'build_encoder',
]
