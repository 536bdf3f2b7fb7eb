# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .affine import RandomBoxCrop, TopdownAffineWithMatrix
from .colour_jitter import ColorJitter
from .noise import GaussianNoise
from .reduced import LoadReducedImage
from .stylized import LoadStylized

__all__ = [
    'ColorJitter',
    'GaussianNoise',
    'LoadReducedImage',
    'LoadStylized',
    'RandomBoxCrop',
    'TopdownAffineWithMatrix',
]
