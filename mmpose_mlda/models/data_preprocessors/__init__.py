# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_data_preprocessor import DomainDataPreprocessor
from .style_augmentation import StyleAugmentation

__all__ = ['DomainDataPreprocessor', 'StyleAugmentation']
