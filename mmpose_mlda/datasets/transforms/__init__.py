# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .affine import RandomBoxCrop, TopdownAffineWithMatrix
from .noise import GaussianNoise

__all__ = ['GaussianNoise', 'RandomBoxCrop', 'TopdownAffineWithMatrix']
