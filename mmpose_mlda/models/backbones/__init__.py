# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .efficientnet_lite import EfficientNetLite

__all__ = ['EfficientNetLite']
