# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What MMPose needs to be imported with mmcv-lite, and no mmpose_mlda.

Imported first by a process that must do without this package: any import of
mmpose_mlda raises, functions of the missing ``mmcv._ext`` raise when called.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch


class Refuse:
    """A finder that knows one package, and does not give it out."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] == 'mmpose_mlda':
            raise ImportError(f'{name} must not be needed here')


class Missing(ModuleType):
    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args, **kwargs):
            raise RuntimeError(f'{name} is not compiled')

        return missing


sys.meta_path.insert(0, Refuse)

if importlib.util.find_spec('mmcv._ext') is None:
    sys.modules['mmcv._ext'] = Missing('mmcv._ext')
    importlib.import_module('mmcv.ops')
    del sys.modules['mmcv._ext']

LIBRARY = torch.library.Library('torchvision', 'FRAGMENT')
for path in Path(importlib.util.find_spec('torchvision').origin).parent.glob(
    '_C*.so'
):
    try:
        torch.ops.load_library(path)
    except OSError:  # of another build of torch
        for operator in ('nms', 'qnms'):
            LIBRARY.define(
                f'{operator}(Tensor dets, Tensor scores, float iou_threshold)'
                ' -> Tensor'
            )
