# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .affine import RandomBoxCrop, TopdownAffineWithMatrix
from .noise import GaussianNoise
from .reduced import LoadReducedImage
from .stylized import LoadStylized

__all__ = [
    'GaussianNoise',
    'LoadReducedImage',
    'LoadStylized',
    'RandomBoxCrop',
    'TopdownAffineWithMatrix',
]
