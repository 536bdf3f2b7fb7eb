# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .affine import RandomBoxCrop, TopdownAffineWithMatrix
from .noise import GaussianNoise
from .reduced import LoadReducedImage

__all__ = [
    'GaussianNoise',
    'LoadReducedImage',
    'RandomBoxCrop',
    'TopdownAffineWithMatrix',
]
