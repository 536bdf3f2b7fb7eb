# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .affine import RandomBoxCrop, TopdownAffineWithMatrix

__all__ = ['RandomBoxCrop', 'TopdownAffineWithMatrix']
