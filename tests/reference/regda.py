# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One step of RegDA, slowly: pixel by pixel, written from the equations.

The networks are torch's; losses and their gradients by what the networks put
out are numpy and loops.
"""

import math

import numpy as np
import torch

from .heatmaps import Options, draw_labels, find_peaks, gaussian, rounded


def divergence(scores, target, epsilon):
    """KL(p || softmax(scores)) of one map, and its gradient by the scores."""
    target = target + epsilon
    mass = target.sum()
    if mass == 0:
        return 0.0, np.zeros_like(scores)
    p = target / mass
    highest = scores.max()
    exponentials = np.exp(scores - highest)
    q = exponentials / exponentials.sum()
    value = 0.0
    for where in np.ndindex(p.shape):
        if p[where] > 0:
            log_q = scores[where] - highest - math.log(exponentials.sum())
            value += p[where] * (math.log(p[where]) - log_q)
    return value, q - p


def mean_divergence(scores, targets, weights, epsilon):
    """Mean over samples and joints, and its gradient."""
    total, gradient = 0.0, np.zeros_like(scores)
    for b, k in np.ndindex(weights.shape):
        value, slope = divergence(scores[b, k], targets[b, k], epsilon)
        total += weights[b, k] * value
        gradient[b, k] = weights[b, k] * slope
    return total / weights.size, gradient / weights.size


def gaussians_at_peaks(scores, options):
    points, _ = find_peaks(scores, options)
    maps = np.zeros_like(scores)
    for b, k in np.ndindex(points.shape[:2]):
        point = points[b, k] / options.stride
        maps[b, k] = gaussian(
            point,
            options.heatmap_size,
            options.sigma,
            [rounded(p) for p in point],
            3 * options.sigma,
        )
    return maps


def all_others(maps):
    """At every joint the sum of the other joints' maps, one at most."""
    result = np.zeros_like(maps)
    for b, k in np.ndindex(maps.shape[:2]):
        for j in range(maps.shape[1]):
            if j != k:
                result[b, k] += maps[b, j]
        result[b, k] = np.minimum(result[b, k], 1)
    return result


class RegDAStep:
    """The three updates of one step by plain gradient descent.

    ``losses`` has the value of every term.
    """

    def __init__(self, model, inputs, samples, step, rate, margin=4.0):
        self.model = model
        self.options = Options()
        self.rate = rate
        # lambda: 2 * 0.1 / (1 + exp(-i / 1000)) - 0.1
        self.gradient_factor = 2 * 0.1 / (1 + math.exp(-step / 1000)) - 0.1
        self.losses = {}
        self.source(inputs['source'], samples['source'], margin)
        self.fit_ground_false(inputs['target_student'])
        self.move_features(inputs['target_student'])

    def networks(self, images):
        """Features, a cut copy of them, scores of both heads."""
        student = self.model.student
        f = student.head.deconv_layers(student.backbone(images)[-1])
        cut = f.detach().requires_grad_()
        y = student.head.final_layer(f)
        return f, cut, y, self.model.adversarial_head((cut,))

    def move(self, *modules):
        with torch.no_grad():
            for module in modules:
                for parameter in module.parameters():
                    if parameter.grad is not None:
                        parameter -= self.rate * parameter.grad
        for parameter in self.model.parameters():
            parameter.grad = None

    def source(self, images, labels, margin):
        f, cut, y, adversary = self.networks(images)
        targets, weights = draw_labels(
            labels['keypoints'].numpy(),
            labels['keypoint_weights'].numpy(),
            self.options,
        )
        value, slope_y = mean_divergence(as_array(y), targets, weights, 0.0)
        self.losses['loss_supervised'] = value
        value, slope = mean_divergence(
            as_array(adversary),
            gaussians_at_peaks(as_array(y), self.options),
            weights,
            1e-7,
        )
        self.losses['loss_disparity_source'] = margin * value
        adversary.backward(margin * torch.from_numpy(slope))
        y.backward(torch.from_numpy(slope_y), retain_graph=True)
        f.backward(self.gradient_factor * cut.grad)
        self.move(self.model.student, self.model.adversarial_head)

    def fit_ground_false(self, images):
        _, _, y, adversary = self.networks(images)
        false = all_others(gaussians_at_peaks(as_array(y), self.options))
        value, slope = mean_divergence(
            as_array(adversary), false, np.ones(y.shape[:2]), 1e-7
        )
        self.losses['loss_ground_false'] = value
        adversary.backward(torch.from_numpy(slope))
        self.move(self.model.adversarial_head)

    def move_features(self, images):
        f, cut, y, adversary = self.networks(images)
        value, slope = mean_divergence(
            as_array(adversary),
            gaussians_at_peaks(as_array(y), self.options),
            np.ones(y.shape[:2]),
            1e-7,
        )
        self.losses['loss_disparity_target'] = value
        adversary.backward(torch.from_numpy(slope))
        f.backward(self.gradient_factor * cut.grad)
        student = self.model.student
        self.move(student.backbone, student.head.deconv_layers)


def as_array(values):
    return values.detach().numpy()
