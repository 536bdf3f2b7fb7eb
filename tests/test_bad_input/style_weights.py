# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Weights of the style network."""

import math

import torch
from test_bad_input.kit import Table, save

from mmpose_mlda.models import AdaINStyleTransfer
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.models.style.weights import load_decoder, load_encoder

TABLE = Table('Weights of the style network')


def offer(root, content):
    load_decoder(build_decoder('relu2_1'), save(root, content))


def decoder_weights(**changes):
    return dict(build_decoder('relu2_1').state_dict()) | changes


@TABLE.refused(
    'no weights of the style network',
    FileNotFoundError,
    'The style network has no weights: encoder is DATA/vgg.pth, which does '
    'not exist. Give a file by --cfg-options model.style_transfer.encoder='
    "FILE (docs/style.md ...), or use type='mmpose_mlda.StatisticsStyle'",
)
def _(root):
    path = str(root / 'vgg.pth')
    AdaINStyleTransfer(path, path).init_weights()


@TABLE.refused(
    'style weights of an unknown layout',
    ValueError,
    'DATA/weights.pth holds no plain stack of convolutions with biases: it '
    "has none, and its keys begin with ['weight', 'bias']; give the weights",
)
def _(root):
    offer(root, torch.nn.Linear(2, 2).state_dict())


@TABLE.refused(
    'a VGG with batch norm',
    ValueError,
    'DATA/weights.pth holds no plain stack of convolutions with biases: it '
    'has batch norm, and its keys begin with [...]; give the weights of a '
    'VGG-19 without batch norm',
)
def _(root):
    layers = [torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64)]
    path = save(root, torch.nn.Sequential(*layers).state_dict())
    load_encoder(build_encoder('relu2_1'), path)


@TABLE.refused(
    'a decoder of another layer',
    ValueError,
    'DATA/weights.pth has 5 convolutions, but the decoder of this layer has '
    "3; check the file and the option 'layer'",
)
def _(root):
    offer(root, build_decoder('relu3_1').state_dict())


@TABLE.refused(
    'a decoder of other shapes',
    ValueError,
    'DATA/weights.pth has convolutions of shapes [(9, ...), ...], but [(64, '
    "128, 3, 3), ...] are needed; check the file and the option 'layer'",
)
def _(root):
    offer(root, decoder_weights(**{'1.weight': torch.ones(9, 128, 3, 3)}))


@TABLE.refused(
    'a decoder with a bias of another length',
    ValueError,
    'DATA/weights.pth: convolution 0 has weights of shape (64, 128, 3, 3) and '
    'a bias of shape (7,); give another file',
)
def _(root):
    offer(root, decoder_weights(**{'1.bias': torch.ones(7)}))


@TABLE.refused(
    'a decoder with NaN',
    ValueError,
    'DATA/weights.pth: convolution 0 has weights that are not finite; train '
    'it again or give another file',
)
def _(root):
    weight = torch.full((64, 128, 3, 3), math.nan)
    offer(root, decoder_weights(**{'1.weight': weight}))


@TABLE.refused(
    'a list in place of the weights by name',
    ValueError,
    'DATA/weights.pth holds a list as state_dict, expected weights by name; '
    'give the weights of a VGG-19 or of a decoder',
)
def _(root):
    offer(root, dict(state_dict=[torch.ones(1)]))
