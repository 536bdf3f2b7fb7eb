# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_data_preprocessor import DomainDataPreprocessor

__all__ = ['DomainDataPreprocessor']
