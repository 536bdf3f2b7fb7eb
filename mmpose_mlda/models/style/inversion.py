# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A decoder to begin with, without descent."""

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from mmpose_mlda.functional.least_squares import (
    regression_moments,
    solve_convolution,
)
from mmpose_mlda.functional.random import generator


@torch.no_grad()
def invert_encoder(
    encoder: nn.Sequential,
    decoder: nn.Sequential,
    images: Tensor,
    pixels: int = 100000,
    chunk: int = 8,
) -> None:
    """Fit the decoder's convolutions one after the other by least squares.

    Each learns to give what the mirrored convolution of the encoder takes,
    out of what the layers fitted before it give; the last one the images.
    Descent starts from there some hundred steps ahead of random weights.

    Args:
        encoder: Made by ``build_encoder``.
        decoder: Made by ``build_decoder`` for the same layer.
        images: (B, 3, H, W), sides divisible by the encoder's stride.
        pixels: Positions of the feature maps that a fit uses; several times
            the 9 C + 1 unknowns of a layer.
        chunk: Images at a time.
    """
    stride = 2 ** sum(isinstance(part, nn.MaxPool2d) for part in encoder)
    height, width = images.shape[-2:]
    if height % stride or width % stride:
        raise ValueError(
            f'The images are {width} x {height}, but a decoder is fitted to '
            f'sides divisible by {stride}; change the input_size of the views'
        )
    targets: list[Tensor] = []
    features = images
    for module in encoder:
        if isinstance(module, nn.ReflectionPad2d):
            # the 1x1 convolution of the colours in front is undone as well
            targets.append(features if targets else images)
        features = _by_chunks(module, features, chunk)
    for number, module in enumerate(decoder):
        if isinstance(module, nn.Conv2d):
            print_log(
                f'Least squares for layer {number} of {len(decoder)} of the '
                f'decoder: {module}',
                logger='current',
            )
            _fit(module, features, targets.pop(), pixels, chunk)
        features = _by_chunks(module, features, chunk)


def _fit(
    convolution: nn.Conv2d,
    inputs: Tensor,
    targets: Tensor,
    pixels: int,
    chunk: int,
) -> None:
    kernel = convolution.kernel_size[0]
    size = targets.shape[-2] * targets.shape[-1]
    count = min(size, -(-pixels // len(targets)))
    moments = []
    for number, (part, wanted) in enumerate(
        zip(inputs.split(chunk), targets.split(chunk), strict=True)
    ):
        order = torch.randperm(size, generator=generator(number, 'positions'))
        positions = order[:count].to(part.device)
        found = regression_moments(part, wanted, kernel, positions)
        moments = [
            a + b for a, b in zip(moments, found, strict=False)
        ] or found
    weight, bias = solve_convolution(*moments, kernel)
    convolution.weight.copy_(weight)
    convolution.bias.copy_(bias)


def _by_chunks(module: nn.Module, features: Tensor, chunk: int) -> Tensor:
    return torch.cat([module(part) for part in features.split(chunk)])
