# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""CC-SSL, slowly: image by image and joint by joint, from the equations.

The networks are torch's; what is between them is numpy, scipy and loops.
"""

import math

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from .heatmaps import draw_labels, find_peaks, move, names_in_view
from .losses import squared_error
from .networks import MEAN, STD


def most_confident(confidence, quantile):
    """Labels strictly above the floor(q n)-th smallest confidence."""
    ranked = sorted(confidence.ravel())
    rank = math.floor(quantile * len(ranked))
    return confidence > (ranked[rank - 1] if rank else -math.inf)


class CCSSLStep:
    """Losses of one step, and the gradients of the student.

    Args:
        model: The networks alone are taken of it.
        inputs: Normalised images of the branches.
        samples: As :class:`DomainPairDataset` collates them.
        points: (N, K, 2), pseudo-labels in pixels of the photographs.
        keep: (N, K), which of them count.
        options: Of :class:`reference.heatmaps.Options`, codec and sizes.
        gamma: Weight of the target's term.
    """

    def __init__(
        self, model, inputs, samples, points, keep, options, gamma=10.0
    ):
        source = samples['source']
        y_s = model.student(inputs['source'], None)
        targets, weights = draw_labels(
            source['keypoints'].numpy(),
            source['keypoint_weights'].numpy(),
            options,
        )
        supervised, slope_s = squared_error(
            y_s.detach().numpy(), targets, weights, 0.5
        )
        y_t = model.student(inputs['target_student'], None)
        points, keep = self.in_view(samples, points, keep)
        targets, self.weights = draw_labels(points, keep, options)
        target, slope_t = squared_error(
            y_t.detach().numpy(), targets, self.weights, 0.5
        )
        self.losses = dict(
            loss_supervised=supervised, loss_target=gamma * target
        )
        torch.autograd.backward(
            [y_s, y_t],
            [torch.from_numpy(slope_s), torch.from_numpy(gamma * slope_t)],
        )

    @staticmethod
    def in_view(samples, points, keep):
        """Labels of each sample where the student sees them."""
        seen, kept = [], []
        for b, row in enumerate(samples['target_index']):
            matrix = samples['target_student']['warp_mat'][b].numpy()
            names = names_in_view(matrix, samples['flip_indices'][b])
            seen.append([move(matrix, points[row, k]) for k in names])
            kept.append([float(keep[row, k]) for k in names])
        return np.array(seen), np.array(kept)


def resample(maps, matrix, stride=(1, 1)):
    """(C, H, W): maps in the frame that ``matrix`` leads to, zero outside.

    ``matrix`` is of input pixels; a pixel of the map is ``stride`` of them.
    """
    rows, columns = np.zeros((2, *maps.shape[1:]))
    back = np.linalg.inv(matrix)
    for y, x in np.ndindex(rows.shape):
        point = move(back, np.array([x, y]) * stride) / stride
        columns[y, x], rows[y, x] = point
    where = [rows, columns]
    return np.array(
        [
            map_coordinates(m, where, order=1, mode='grid-constant', cval=0)
            for m in maps
        ]
    )


def refined(heatmap, column, row):
    """A quarter of a pixel towards the higher neighbour, x and y."""
    height, width = heatmap.shape
    if not (0 < column < width - 1 and 0 < row < height - 1):
        return column, row
    across = heatmap[row, column + 1] - heatmap[row, column - 1]
    along = heatmap[row + 1, column] - heatmap[row - 1, column]
    return column + 0.25 * np.sign(across), row + 0.25 * np.sign(along)


def label(network, image, warp_mat, views, options, shift):
    """Pseudo-labels of one image (3, H, W) of raw colours.

    Returns:
        Points (K, 2) in pixels of the photograph, and confidences (K,).
    """
    total = 0
    for view in views:
        colours = resample(image[::-1], view)  # RGB
        seen = np.array(
            [(c - m) / s for c, m, s in zip(colours, MEAN, STD, strict=True)]
        )
        with torch.no_grad():
            batch = torch.from_numpy(seen[None]).float()
            maps = network(batch, None)[0].double().numpy()
        back = np.linalg.inv(view)
        total = total + resample(maps, back, options.stride)
    mean = total / len(views)
    points, heights = find_peaks(mean[None], options)
    for k, heatmap in enumerate(mean):
        if shift and heights[0, k] > 0:
            column, row = np.round(points[0, k] / options.stride).astype(int)
            points[0, k] = refined(heatmap, column, row) * options.stride
    back = np.linalg.inv(warp_mat)
    return np.array([move(back, p) for p in points[0]]), heights[0]
