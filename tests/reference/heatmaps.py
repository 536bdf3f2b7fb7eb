# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Drawing, peaks and views of heatmaps, joint by joint."""

import dataclasses
import math

import numpy as np
from scipy.ndimage import map_coordinates

from mmpose_mlda.functional.random import host_random


@dataclasses.dataclass
class Options:
    """What a step depends on beside networks and data."""

    input_size: tuple = (64, 48)
    codec: str = 'msra'  # or 'unbiased', 'udp'
    sigma: float = 2.0
    seed: int = 0
    step: int = 5
    pretrain_iters: int = 2
    tap: str = 'head.deconv_layers'
    teacher_bn: str = 'train'
    style: dict | None = None  # prob, alpha, input_space
    target_style: dict | None = None  # prob, alpha
    consistency: dict | None = None  # frame, threshold, share, low, high, ...
    occlusion: dict | None = None  # prob, threshold, size
    domain: dict | None = None  # loss_weight, coefficient, rise
    im: dict | None = None  # variant, beta, projection, loss_weight

    @property
    def heatmap_size(self):
        return tuple(side // 4 for side in self.input_size)

    @property
    def stride(self):
        """Input pixels a heatmap pixel, (x, y)."""
        one = 1 if self.codec == 'udp' else 0
        return np.array(
            [
                (i - one) / (h - one)
                for i, h in zip(
                    self.input_size, self.heatmap_size, strict=True
                )
            ]
        )


def rounded(value):
    """The pixel of a coordinate, as the codecs have it."""
    return int(value + 0.5)


def gaussian(point, size, sigma, centre, radius):
    """(H, W): of height 1 at a point, in a square window about a pixel."""
    image = np.zeros(size[::-1])
    for y in range(size[1]):
        for x in range(size[0]):
            if max(abs(x - centre[0]), abs(y - centre[1])) <= radius:
                squared = (x - point[0]) ** 2 + (y - point[1]) ** 2
                image[y, x] = math.exp(-squared / (2 * sigma**2))
    return image


def peak_spread(points, images):
    """Per cent of the longer side; of both kinds the smaller."""
    count, joints, _ = points.shape
    between_images, between_joints = 0.0, 0.0
    for b in range(count):
        for k in range(joints):
            off = points[b, k] - sum(points[:, k]) / count
            between_images += off @ off
            off = points[b, k] - sum(points[b]) / joints
            between_joints += off @ off
    sums = [between_joints] * (joints > 1) + [between_images] * (count > 1)
    if not sums:
        return math.nan
    side = max(images.shape[-2:])
    return 100 * math.sqrt(min(sums) / (count * joints)) / side


def agreement(points, others, counted, options):
    """Of the counted ones, nearer than a twentieth of the longer side."""
    near = 0
    for b, k in np.argwhere(counted):
        off = (points[b, k] - others[b, k]) / options.stride
        near += math.hypot(*off) < max(options.heatmap_size) / 20
    return near / max(np.sum(counted), 1)


def draw_labels(keypoints, weights, options):
    """Targets of the labelled joints and their weights."""
    width, height = options.heatmap_size
    reach = 3 * options.sigma
    maps = np.zeros((*weights.shape, height, width))
    kept = np.array(weights)
    for b, k in np.ndindex(weights.shape):
        point = keypoints[b, k] / options.stride
        centre = np.array([rounded(p) for p in point])
        where = point if options.codec == 'unbiased' else centre
        if (where - reach >= [width, height]).any() or (
            where + reach + 1 < 0
        ).any():  # no pixel of it is on the map
            kept[b, k] = 0
        if kept[b, k] < 0.5:
            continue
        maps[b, k] = gaussian(
            centre if options.codec == 'msra' else point,
            (width, height),
            options.sigma,
            centre,
            math.inf if options.codec == 'unbiased' else reach,
        )
    return maps, kept


def find_peaks(maps, options):
    """Arg-max of every map in input pixels, and its height."""
    points = np.zeros((*maps.shape[:2], 2))
    heights = np.zeros(maps.shape[:2])
    for b, k in np.ndindex(maps.shape[:2]):
        best = np.unravel_index(np.argmax(maps[b, k]), maps.shape[2:])
        heights[b, k] = maps[b, k][best]
        if heights[b, k] > 0:
            points[b, k] = np.array([best[1], best[0]]) * options.stride
    return points, heights


def on_map(points, options):
    """Whether the pixel nearest to each point is one of the heatmap's."""
    width, height = options.heatmap_size
    result = np.zeros(points.shape[:2], dtype=bool)
    for b, k in np.ndindex(points.shape[:2]):
        x, y = np.floor(points[b, k] / options.stride + 0.5)
        result[b, k] = 0 <= x < width and 0 <= y < height
    return result


def view_of(sample, b):
    """Canonical input pixels -> pixels of the view."""
    return sample['warp_mat'][b].numpy() @ np.linalg.inv(
        sample['canonical_mat'][b].numpy()
    )


def move(matrix, point):
    x, y, w = matrix @ [*point, 1]
    return np.array([x / w, y / w])


def names_in_view(matrix, flip):
    """Which joint of the unmirrored order each joint of a view is."""
    mirrored = np.linalg.det(matrix) < 0
    return [int(f) for f in flip] if mirrored else list(range(len(flip)))


def resampling(matrix, options):
    """(HW, HW): heatmaps of a view -> another frame, as a matrix.

    Column by column from scipy: bilinear, zero beyond the border.

    Args:
        matrix: Pixels of the other frame -> pixels of the view.
    """
    width, height = options.heatmap_size
    rows, columns = np.zeros((2, height, width))
    for y, x in np.ndindex(height, width):
        point = move(matrix, np.array([x, y]) * options.stride)
        columns[y, x], rows[y, x] = point / options.stride
    result = np.zeros((height * width, height * width))
    for pixel in range(height * width):
        unit = np.zeros((height, width))
        unit.flat[pixel] = 1
        result[:, pixel] = map_coordinates(
            unit, [rows, columns], order=1, mode='grid-constant', cval=0
        ).ravel()
    return result


def select(confidence, valid, options):
    """The pseudo-labels to trust."""
    config = {'threshold': 'quantile', 'share': 0.5} | options.consistency
    threshold = config['threshold']
    if threshold is None:
        return valid.copy()
    if threshold == 'quantile':
        ranked = sorted(confidence[valid])
        rank = math.floor(config['share'] * len(ranked))
        threshold = ranked[rank - 1] if rank > 0 else -math.inf
    elif threshold == 'random':
        rng = host_random(options.seed, options.step, 'threshold')
        threshold = rng.uniform(config['low'], config['high'])
    return valid & (confidence > threshold)
