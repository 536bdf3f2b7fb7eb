# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Statistics style and occlusion, image by image."""

import math

import numpy as np

from mmpose_mlda.functional.random import uniform

from .heatmaps import rounded
from .networks import MEAN, STD


def statistics(values):
    values = [float(v) for v in values.ravel()]
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(variance + 1e-5)


def stylise(content, style, alpha, input_space):
    """Eq. 1 on the pixels, clamped to valid colours."""
    result = np.zeros_like(content)
    for b, c in np.ndindex(content.shape[:2]):
        scale, shift = STD[c] / 255, MEAN[c] / 255
        source, wanted = content[b, c], style[b, c]
        if input_space == 'unit':
            source, wanted = source * scale + shift, wanted * scale + shift
        mu_c, sigma_c = statistics(source)
        mu_s, sigma_s = statistics(wanted)
        new = (source - mu_c) / sigma_c * sigma_s + mu_s
        new = alpha * new + (1 - alpha) * source
        if input_space == 'normalised':
            new = new * scale + shift
        result[b, c] = (np.clip(new, 0, 1) - shift) / scale
    return result


def occlude(images, points, confidence, keys, prob, threshold, size):
    """Copy a square of each image over one of its confident joints.

    The draws of a sample are, in this order: the coin, the place (x, y) of
    the copied square, and a lot for every joint, of which the highest among
    the candidates wins.
    """
    result = images.copy()
    count, _, height, width = images.shape
    joints = points.shape[1]
    for b in range(count):
        draws = uniform(keys[b : b + 1], 'occlusion', 3 + joints)[0]
        coin, x, y, *lots = draws.tolist()
        candidates = [
            k for k in range(joints) if confidence[b, k] >= threshold
        ]
        if not candidates or coin >= prob:
            continue
        joint = max(candidates, key=lambda k: lots[k])
        left, top = (rounded(p) - size // 2 for p in points[b, joint])
        from_x = math.floor(x * (width - size + 1))
        from_y = math.floor(y * (height - size + 1))
        for row in range(size):
            for column in range(size):
                u, v = left + column, top + row
                if 0 <= u < width and 0 <= v < height:
                    pixel = images[b, :, from_y + row, from_x + column]
                    result[b, :, v, u] = pixel
    return result
