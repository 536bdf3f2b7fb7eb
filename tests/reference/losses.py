# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Losses and their gradients, term by term."""

import math

import numpy as np


def softplus(x):
    return math.log1p(math.exp(-abs(x))) + max(x, 0)


def squared_error(outputs, targets, weights, factor):
    """factor / BKHW * sum of w (y - g)^2, and its gradient."""
    value, gradient = 0.0, np.zeros_like(outputs)
    for b, k in np.ndindex(weights.shape):
        difference = outputs[b, k] - targets[b, k]
        value += weights[b, k] * (difference**2).sum()
        gradient[b, k] = 2 * weights[b, k] * difference
    return factor * value / outputs.size, factor * gradient / outputs.size


def cross_entropy(logits, label):
    """Mean over all pixels, its gradient, and the share of right pixels."""
    value, gradient, right = 0.0, np.zeros_like(logits), 0
    for index in np.ndindex(logits.shape):
        z = logits[index]
        value += softplus(-z if label else z) / logits.size
        gradient[index] = (1 / (1 + math.exp(-z)) - label) / logits.size
        right += (z > 0) if label else (z < 0)
    return value, gradient, right / logits.size


def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def entropy(p):
    return -sum(v * math.log(v) for v in p if v > 0)


def project(heatmap, axis, reduction):
    """Bins of one axis, and the weight of every pixel in its bin."""
    lines = heatmap.T if axis == 'x' else heatmap
    share = np.zeros(lines.shape)
    for i, line in enumerate(lines):
        if reduction == 'max':
            share[i, np.argmax(line)] = 1
        else:
            share[i] = 1 / len(line)
    return (lines * share).sum(axis=1), share.T if axis == 'x' else share


def spread(slope, share, axis):
    """Gradient of the bins -> gradient of the pixels."""
    return share * (slope[None, :] if axis == 'x' else slope[:, None])


def information(y, keep, beta, reduction):
    """Eq. 6-7 over the kept joints: minus the mutual information."""
    value, gradient, total = 0.0, np.zeros_like(y), keep.sum()
    for axis in 'xy':
        for k in range(y.shape[1]):
            kept = [b for b in range(len(y)) if keep[b, k]]
            if not kept:
                continue
            bins = {b: project(y[b, k], axis, reduction) for b in kept}
            p = {b: softmax(beta * line) for b, (line, _) in bins.items()}
            mean = sum(p.values()) / len(kept)
            scale = 1 / (total * math.log(max(len(mean), 2)))
            value += scale * sum(map(entropy, p.values()))
            value -= scale * len(kept) * entropy(mean)
            for b in kept:
                slope = scale * (np.log(mean) - np.log(p[b]))
                slope = beta * p[b] * (slope - (p[b] * slope).sum())
                gradient[b, k] += spread(slope, bins[b][1], axis)
    return value, gradient


def official_information(y):
    """The published code: no mask, no temperature, everything over HW."""
    value, gradient = 0.0, np.zeros_like(y)
    count, joints, height, width = y.shape

    def slope_of_entropy(p):
        return -p * (np.log(p) + entropy(p))

    for k in range(joints):
        for b in range(count):
            for axis in 'xy':
                line, share = project(y[b, k], axis, 'mean')
                p = softmax(line)
                value += entropy(p) / (count * joints)
                slope = slope_of_entropy(p) / (count * joints)
                gradient[b, k] += spread(slope, share, axis)
        q = softmax(y[:, k].mean(axis=0).ravel())
        value -= entropy(q) / joints
        slope = slope_of_entropy(q).reshape(height, width)
        gradient[:, k] -= slope / (count * joints)
    return value / (height * width), gradient / (height * width)
