# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Arbitrary style transfer by AdaIN (Huang and Belongie 2017)."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor, nn

from mmpose_mlda.functional.style import adaptive_instance_norm
from mmpose_mlda.models.layers.stack import Stack
from mmpose_mlda.registry import MODELS

from .base import BaseStyleTransfer
from .weights import load_decoder, load_encoder

# VGG-19 up to relu4_1: output channels of the 3x3 convolutions, 'M' a pool.
_VGG19 = [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 256, 'M', 512]
_LAYERS = {'relu2_1': 4, 'relu3_1': 7, 'relu4_1': 12}


def _steps(layer: str) -> list[tuple[int, int] | None]:
    """(in, out) channels of the encoder's convolutions, None for a pool."""
    steps: list[tuple[int, int] | None] = []
    channels = 3
    for item in _VGG19[: _LAYERS[layer]]:
        if item == 'M':
            steps.append(None)
        else:
            steps.append((channels, item))
            channels = item
    return steps


def _convolution(in_channels: int, out_channels: int) -> list[nn.Module]:
    return [
        nn.ReflectionPad2d(1),
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(inplace=True),
    ]


def build_encoder(layer: str = 'relu4_1') -> Stack:
    """VGG-19 up to a layer, after a 1x1 convolution of the colours.

    Args:
        layer: ``'relu2_1'``, ``'relu3_1'`` or ``'relu4_1'``.

    Returns:
        Stack: (B, 3, H, W) -> (B, C, H / s, W / s), s = 2, 4 or 8.
    """
    modules: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
    for step in _steps(layer):
        if step is None:
            modules.append(nn.MaxPool2d(2, 2, ceil_mode=True))
        else:
            modules += _convolution(*step)
    return Stack(*modules)


def build_decoder(layer: str = 'relu4_1') -> Stack:
    """The mirror image of the encoder, with nearest up-sampling.

    Args:
        layer: As for :func:`build_encoder`.

    Returns:
        Stack: Features to images (B, 3, H, W).
    """
    modules: list[nn.Module] = []
    for step in reversed(_steps(layer)):
        if step is None:
            modules.append(nn.Upsample(scale_factor=2, mode='nearest'))
        else:
            modules += _convolution(*reversed(step))
    return Stack(*modules[:-1])


def encode_layers(encoder: nn.Sequential, images: Tensor) -> list[Tensor]:
    """Features after relu1_1, relu2_1 and so on up to the encoder's end.

    Args:
        encoder: Made by :func:`build_encoder`.
        images: (B, 3, H, W).

    Returns:
        list: (B, C, h, w), the first ReLU of every resolution.
    """
    features: list[Tensor] = []
    first = True
    for module in encoder:
        images = module(images)
        if isinstance(module, nn.MaxPool2d):
            first = True
        elif isinstance(module, nn.ReLU) and first:
            features.append(images)
            first = False
    return features


def stylise(
    encoder: nn.Module,
    decoder: nn.Module,
    content: Tensor,
    style: Tensor,
    alpha: float,
) -> Tensor:
    """Decode exchanged statistics; cut to the content's size."""
    height, width = content.shape[-2:]
    features = adaptive_instance_norm(encoder(content), encoder(style), alpha)
    return decoder(features)[..., :height, :width]


def check_layer(layer: str) -> None:
    """Raise a ValueError if there is no encoder up to this layer."""
    if layer not in _LAYERS:
        raise ValueError(
            f'layer is {layer!r}, but must be one of {list(_LAYERS)}'
        )


def freeze(module: nn.Module) -> None:
    """Turn parameters into buffers that no state dict holds.

    They follow the module to any device, but are neither trained nor
    averaged nor saved.
    """
    for part in module.modules():
        for name, parameter in list(part._parameters.items()):
            if parameter is not None:
                delattr(part, name)
                part.register_buffer(
                    name, parameter.detach(), persistent=False
                )


def hash_buffers(modules: Iterable[nn.Module]) -> str:
    """Hash of the weights of frozen modules."""
    digest = hashlib.sha256()
    for module in modules:
        for part in module.modules():
            for tensor in part._buffers.values():
                digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


@MODELS.register_module()
class AdaINStyleTransfer(BaseStyleTransfer):
    r"""Exchange the statistics of VGG features and decode (Eq. 1).

    .. math:: t = \alpha\, \mathrm{AdaIN}(f(x_s), f(x_t)) + (1 - \alpha)
        f(x_s), \quad x_{s \to t} = g(t)

    The weights stay out of checkpoints; a checkpoint keeps their hash.

    Args:
        encoder: File with the weights of a VGG-19. Known are
            ``vgg_normalised.pth`` of the AdaIN port, torchvision's and
            mmpretrain's, whole or cut after the layer.
        decoder: File with the weights of the decoder, e.g. ``decoder.pth``
            of the AdaIN port.
        layer: ``'relu4_1'`` is the paper's; ``'relu3_1'`` has a decoder of
            a sixth of the size, for small machines.
        encoder_input: ``'unit'`` if the VGG takes RGB in [0, 1],
            ``'imagenet'`` if it takes colours normalised by ImageNet's mean
            and standard deviation, ``'auto'`` to tell by the layout.
        kwargs: See :class:`BaseStyleTransfer`.
    """

    def __init__(
        self,
        encoder: str,
        decoder: str,
        layer: str = 'relu4_1',
        encoder_input: str = 'auto',
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_layer(layer)
        self.encoder = build_encoder(layer)
        self.decoder = build_decoder(layer)
        freeze(self.encoder)
        freeze(self.decoder)
        self.files = dict(encoder=encoder, decoder=decoder)
        self.encoder_input = encoder_input
        self._fingerprint = ''

    def init_weights(self) -> None:
        """Load the weights. A runner calls this before training only.

        Raises:
            FileNotFoundError: If a file is not there.
            ValueError: If its layout is not known.
        """
        for part, path in self.files.items():
            if '://' not in path and not Path(path).is_file():
                raise FileNotFoundError(
                    f'The style network has no weights: {part} is '
                    f'{Path(path).absolute()}, which does not exist. Give '
                    f'a file by --cfg-options model.style_transfer.{part}='
                    'FILE (docs/style.md tells where they come from), or '
                    "use type='mmpose_mlda.StatisticsStyle', which needs none"
                )
        load_encoder(self.encoder, self.files['encoder'], self.encoder_input)
        load_decoder(self.decoder, self.files['decoder'])
        self._fingerprint = hash_buffers([self.encoder, self.decoder])

    @property
    def fingerprint(self) -> str:
        """Hash of the weights; empty until they are loaded."""
        return self._fingerprint

    def transfer(self, content: Tensor, style: Tensor, alpha: float) -> Tensor:
        """See the base class. The output is cut to the content's size."""
        if not self._fingerprint:
            raise RuntimeError(
                'AdaINStyleTransfer has no weights yet; call init_weights()'
            )
        return stylise(self.encoder, self.decoder, content, style, alpha)
