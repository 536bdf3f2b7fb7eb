# Copyright (c) mmpose_mlda contributors. All rights reserved.
from .domain_head import DomainHead

__all__ = ['DomainHead']
