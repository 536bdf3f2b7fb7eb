# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From heatmaps to keypoints as MMPose's codecs do it, for whole batches.

Legend: B batch, K keypoints, H / W heatmap height / width.
"""

import torch
from torch import Tensor


def msra_keypoints(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    r"""Peaks, moved a quarter of a pixel towards the higher neighbour.

    As ``MSRAHeatmap.decode`` of MMPose 1.3 with ``unbiased=False``, borders
    included: :math:`x` moves by :math:`0.25\,\operatorname{sign}(h(x+1, y) -
    h(x-1, y))` where :math:`1 < x < W - 1` and :math:`0 < y`, and :math:`y`
    likewise. A map without a positive value has its peak at (-1, -1).
    Only operators that ONNX has are used.

    Args:
        heatmaps: (B, K, H, W).

    Returns:
        tuple: keypoints (B, K, 2), x and y in heatmap pixels, and scores
        (B, K).
    """
    height, width = heatmaps.shape[-2:]
    maps = heatmaps.flatten(2)
    scores, index = maps.max(dim=-1, keepdim=True)
    x = index % width
    y = torch.div(index, width, rounding_mode='floor')

    def slope(step: int) -> Tensor:
        # the limits concern peaks that stay
        ahead = maps.gather(2, (index + step).clamp(max=height * width - 1))
        behind = maps.gather(2, (index - step).clamp(min=0))
        return torch.sign(ahead - behind)

    zero = torch.zeros_like(scores)
    inner_x = (x > 1) & (x < width - 1) & (y > 0)
    inner_y = (y > 1) & (y < height - 1) & (x > 0)
    keypoints = torch.cat(
        [
            x + 0.25 * torch.where(inner_x, slope(1), zero),
            y + 0.25 * torch.where(inner_y, slope(width), zero),
        ],
        dim=-1,
    )
    keypoints = torch.where(scores > 0, keypoints, -torch.ones_like(keypoints))
    return keypoints, scores.squeeze(-1)
