# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style transfer against the three encodings of the published program."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmpose_mlda.functional.style import adaptive_instance_norm
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.models.style.adain import encode_layers, stylise


def functions(
    batch: int, image: int, layer: str, device: str = 'cpu'
) -> dict[str, Callable[[], Tensor]]:
    """``'ours'`` and ``'published'``, to be called, of random weights.

    Args:
        batch: Images.
        image: Their side.
        layer: Of the encoder.
        device: Where they are.
    """
    encoder = build_encoder(layer).to(device).eval()
    decoder = build_decoder(layer).to(device).eval()
    content, style = torch.rand(2, batch, 3, image, image, device=device)
    return dict(
        ours=torch.no_grad()(
            lambda: stylise(encoder, decoder, content, style, 0.5)
        ),
        published=torch.no_grad()(
            lambda: published(encoder, decoder, content, style, 0.5)
        ),
    )


def published(
    encoder: nn.Sequential,
    decoder: nn.Module,
    content: Tensor,
    style: Tensor,
    alpha: float,
) -> Tensor:
    """Stylise and measure the losses of a training of the decoder.

    They are never used: the output is encoded a third time, and the Gram
    matrices of all layers are made, for nothing.
    """
    features = encode_layers(encoder, style)
    content_features = encoder(content)
    exchanged = adaptive_instance_norm(content_features, features[-1], alpha)
    output = decoder(exchanged)
    again = encode_layers(encoder, output)
    F.mse_loss(again[-1], exchanged)
    for ours, theirs in zip(again, features, strict=True):
        F.mse_loss(gram(ours), gram(theirs))
    return output


def gram(features: Tensor) -> Tensor:
    """Products of the channels (B, C, C) of features (B, C, H, W)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[-1]
