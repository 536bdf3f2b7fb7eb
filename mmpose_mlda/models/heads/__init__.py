# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_head import DomainHead
from .refine_head import RefineHead

__all__ = ['DomainHead', 'RefineHead']
