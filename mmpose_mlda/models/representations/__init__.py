# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the output of a head means: peaks, labels, pseudo-labels."""

from collections.abc import Sequence

from mmpose.codecs import MSRAHeatmap, SimCCLabel, UDPHeatmap
from torch import nn

from mmpose_mlda.registry import MODELS

from .heatmap import HeatmapRepresentation
from .simcc import SimCCRepresentation

__all__ = [
    'KNOWN',
    'HeatmapRepresentation',
    'SimCCRepresentation',
    'build_representation',
]

# by representation: heads, their codecs, and how to name one in a config;
# other heads, such as CPMHead, answer with several heatmaps
KNOWN = {
    HeatmapRepresentation: (
        ('HeatmapHead',),
        (MSRAHeatmap, UDPHeatmap),
        "a HeatmapHead with decoder=dict(type='MSRAHeatmap', ...) or "
        "dict(type='UDPHeatmap', ...)",
    ),
    SimCCRepresentation: (
        ('RTMCCHead', 'SimCCHead'),
        (SimCCLabel,),
        "an RTMCCHead or SimCCHead with decoder=dict(type='SimCCLabel', ...)",
    ),
}


def build_representation(
    head: nn.Module, allowed: Sequence[type] = tuple(KNOWN)
) -> nn.Module:
    """Find the representation of a head by its class and its codec.

    Args:
        head: A head of MMPose with a ``decoder``.
        allowed: Representations that the method can work with.

    Returns:
        nn.Module: The representation.

    Raises:
        TypeError: If nothing that is allowed knows the head's output.
    """
    codec = getattr(head, 'decoder', None)
    for kind in allowed:
        names, codecs, _ = KNOWN[kind]
        classes = tuple(MODELS.get(name) for name in names)
        if isinstance(head, classes) and isinstance(codec, codecs):
            return kind(codec)
    known = ' or '.join(KNOWN[kind][2] for kind in allowed)
    raise TypeError(
        f'A {type(head).__name__} with the codec {type(codec).__name__} '
        f'cannot be adapted; use {known}'
    )
