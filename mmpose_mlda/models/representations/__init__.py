# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the output of a head means: peaks, labels, pseudo-labels."""

from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from torch import nn

from mmpose_mlda.registry import MODELS

from .heatmap import HeatmapRepresentation

__all__ = ['HeatmapRepresentation', 'build_representation']


def build_representation(head: nn.Module) -> nn.Module:
    """Find the representation of a head by its class and its codec.

    Args:
        head: A head of MMPose with a ``decoder``.

    Returns:
        nn.Module: The representation.

    Raises:
        TypeError: If nothing here knows the head's output.
    """
    codec = getattr(head, 'decoder', None)
    # others, such as CPMHead, answer with several heatmaps
    one_map = isinstance(head, MODELS.get('HeatmapHead'))
    if one_map and isinstance(codec, (MSRAHeatmap, UDPHeatmap)):
        return HeatmapRepresentation(codec)
    raise TypeError(
        f'A {type(head).__name__} with the codec {type(codec).__name__} '
        'cannot be adapted; use a HeatmapHead with decoder='
        "dict(type='MSRAHeatmap', ...) or dict(type='UDPHeatmap', ...)"
    )
