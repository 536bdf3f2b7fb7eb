# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Weights of VGG-19 and of AdaIN decoders, in the layouts that exist."""

import re

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from .base import IMAGENET_MEAN, IMAGENET_STD

Convolutions = list[tuple[Tensor, Tensor]]


def _read(path: str) -> dict[str, Tensor]:
    checkpoint = CheckpointLoader.load_checkpoint(path, map_location='cpu')
    state = checkpoint.get('state_dict', checkpoint)
    if not isinstance(state, dict):
        raise ValueError(
            f'{path} holds a {type(state).__name__} as state_dict, expected '
            'weights by name; give the weights of a VGG-19 or of a decoder'
        )
    return state


def _natural(name: str) -> list:
    """Sort key in which 10 comes after 9."""
    return [
        int(part) if part.isdigit() else part
        for part in re.split(r'(\d+)', name)
    ]


def _convolutions(state: dict[str, Tensor], path: str) -> Convolutions:
    """Weights and biases of all convolutions of a plain network, in order.

    Layouts differ in names and in what else they hold (activations are
    counted or not, prefixes, classifiers), but not in this.
    """
    names = sorted(
        (
            name
            for name, value in state.items()
            if name.endswith('weight')
            and isinstance(value, Tensor)
            and value.dim() == 4
        ),
        key=_natural,
    )
    biases = [name.removesuffix('weight') + 'bias' for name in names]
    missing = [name for name in biases if name not in state]
    if not names:
        fault = 'it has none'
    elif missing:
        fault = f'it lacks {missing}'
    elif any(name.endswith('running_mean') for name in state):
        fault = 'it has batch norm'
    else:
        return [
            (state[name].float(), state[bias].float())
            for name, bias in zip(names, biases, strict=True)
        ]
    raise ValueError(
        f'{path} holds no plain stack of convolutions with biases: {fault}, '
        f'and its keys begin with {list(state)[:4]}; give the weights of a '
        'VGG-19 without batch norm, or of an AdaIN decoder'
    )


def _assign(network: nn.Sequential, found: Convolutions, path: str) -> None:
    """Copy the first convolutions that were found into the network."""
    wanted = [part for part in network if isinstance(part, nn.Conv2d)]
    shapes = [tuple(part.weight.shape) for part in wanted]
    got = [tuple(weight.shape) for weight, _ in found[: len(wanted)]]
    if got != shapes:
        raise ValueError(
            f'{path} has convolutions of shapes {got}, but {shapes} are '
            "needed; check the file and the option 'layer'"
        )
    used = found[: len(wanted)]
    for number, tensors in enumerate(used):
        if not all(tensor.isfinite().all() for tensor in tensors):
            raise ValueError(
                f'{path}: convolution {number} has weights that are not '
                'finite; train it again or give another file'
            )
        if tensors[1].shape != tensors[0].shape[:1]:
            raise ValueError(
                f'{path}: convolution {number} has weights of shape '
                f'{tuple(tensors[0].shape)} and a bias of shape '
                f'{tuple(tensors[1].shape)}; give another file'
            )
    with torch.no_grad():
        for part, (weight, bias) in zip(wanted, used, strict=True):
            part.weight.copy_(weight)
            part.bias.copy_(bias)


def load_encoder(
    encoder: nn.Sequential, path: str, encoder_input: str = 'auto'
) -> None:
    """Load a VGG-19, with the colour transform that it needs in front.

    Args:
        encoder: Made by ``build_encoder``; begins with a 1x1 convolution.
        path: File. With a 1x1 convolution of its own (``vgg_normalised.pth``
            of the AdaIN port) that one is taken.
        encoder_input: ``'unit'``, ``'imagenet'`` or ``'auto'``. A file that
            goes beyond relu4_1 without a 1x1 convolution in front is a
            classification network (torchvision, mmpretrain), hence
            ``'imagenet'``; one that was cut there is normalised, ``'unit'``.

    Raises:
        ValueError: If the layout is not known.
    """
    found = _convolutions(_read(path), path)
    if found[0][0].shape[-1] != 1:
        if encoder_input == 'auto':
            encoder_input = 'imagenet' if len(found) > 9 else 'unit'
        found.insert(0, _colour_transform(encoder_input))
    _assign(encoder, found, path)


def _colour_transform(encoder_input: str) -> tuple[Tensor, Tensor]:
    """Weight (3, 3, 1, 1) and bias (3,) of the 1x1 convolution in front."""
    if encoder_input == 'unit':
        mean, std = torch.zeros(3), torch.ones(3)
    elif encoder_input == 'imagenet':
        mean = torch.tensor(IMAGENET_MEAN) / 255
        std = torch.tensor(IMAGENET_STD) / 255
    else:
        raise ValueError(
            f'encoder_input is {encoder_input!r}, but must be '
            "'auto', 'unit' or 'imagenet'"
        )
    return torch.diag(1 / std)[..., None, None], -mean / std


def load_decoder(decoder: nn.Sequential, path: str) -> None:
    """Load the weights of an AdaIN decoder.

    Args:
        decoder: Made by ``build_decoder``.
        path: File with its convolutions in order.

    Raises:
        ValueError: If the number or the shapes do not fit.
    """
    _assign_decoder(decoder, _read(path), path)


def take_plain_decoder(
    model: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_
) -> None:
    """Let a model with a ``decoder`` load a file with nothing but one.

    A pre-hook of the state dict's loading; changes ``state_dict`` in place.
    """
    name = f'{prefix}decoder.'
    if not any(key.startswith(name) for key in state_dict):
        _assign_decoder(model.decoder, state_dict, 'The checkpoint')
        state_dict.clear()
        state_dict.update(model.decoder.state_dict(prefix=name))


def _assign_decoder(
    decoder: nn.Sequential, state: dict[str, Tensor], path: str
) -> None:
    found = _convolutions(state, path)
    wanted = sum(isinstance(part, nn.Conv2d) for part in decoder)
    if len(found) != wanted:
        raise ValueError(
            f'{path} has {len(found)} convolutions, but the decoder of this '
            f"layer has {wanted}; check the file and the option 'layer'"
        )
    _assign(decoder, found, path)
