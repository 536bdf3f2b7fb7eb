# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One step of MLDA, slowly: sample by sample, joint by joint.

Written from the equations. The networks are torch's; everything between
them is numpy, scipy and loops, and so are all gradients of the losses with
respect to what the networks put out. Only random numbers are asked of the
package, since they are a function of their key.
"""

import dataclasses
import math

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from mmpose_mlda.functional.random import host_random, uniform

from .networks import MEAN, STD


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


# ------------------------------------------------------------------- pieces
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


# ------------------------------------------------ losses and their gradients
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


# --------------------------------------------------------------- the step
class Step:
    """Losses, tensors on the way and gradients of one step.

    Args:
        model: Networks alone are taken of it, and get their gradients.
        inputs: Normalised images of the branches.
        samples: As :class:`DomainPairDataset` collates them.
        options: Everything else.
    """

    def __init__(self, model, inputs, samples, options):
        self.model, self.options = model, options
        self.inputs = {k: v.numpy() for k, v in inputs.items()}
        self.samples = samples
        self.losses, self.record = {}, {}
        self.outputs, self.slopes = [], []
        self._set_modes()
        f_s = self.supervise()
        adapts = options.step >= options.pretrain_iters
        if adapts and any(
            part is not None
            for part in (options.consistency, options.domain, options.im)
        ):
            self.align(f_s)
        torch.autograd.backward(
            self.outputs, [torch.from_numpy(s) for s in self.slopes]
        )

    def _set_modes(self):
        self.model.student.train()
        self.model.teacher.eval()
        if self.options.teacher_bn == 'train':
            for module in self.model.teacher.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.train()

    def forward(self, network, images):
        """Heatmaps and the features of the tapped layer."""
        stem = network.backbone(torch.from_numpy(images))[-1]
        features = network.head.deconv_layers(stem)
        heatmaps = network.head.final_layer(features)
        return heatmaps, stem if self.options.tap == 'backbone' else features

    def pull(self, output, slope):
        """Note d loss / d output, for the one backward pass."""
        self.outputs.append(output)
        self.slopes.append(slope)

    def styled(self, images, style, config, component):
        options = self.options
        rng = host_random(options.seed, options.step, component)
        if config is None or rng.random() >= config['prob']:
            return images
        alpha = rng.uniform(*config['alpha'])
        space = options.style.get('input_space', 'unit')
        return stylise(images, style, alpha, space)

    def supervise(self):
        source = self.samples['source']
        x_s = self.styled(
            self.inputs['source'],
            self.inputs['target_teacher'],
            self.options.style,
            'style',
        )
        y_s, f_s = self.forward(self.model.student, x_s)
        labels, weights = draw_labels(
            source['keypoints'].numpy(),
            source['keypoint_weights'].numpy(),
            self.options,
        )
        value, slope = squared_error(numpy(y_s), labels, weights, 0.5)
        self.losses['loss_supervised'] = value
        self.pull(y_s, slope)
        self.record |= dict(
            source=self.inputs['source'],
            keypoints=source['keypoints'].numpy(),
            keypoint_weights=source['keypoint_weights'].numpy(),
            x_s=x_s,
            y_s=numpy(y_s),
            labels=labels,
            label_weights=weights,
        )
        return f_s

    def align(self, f_s):
        options = self.options
        points, confidence, seen, seen_confidence = self.teach()
        x_t = self.inputs['target_student']
        if options.occlusion is not None:
            x_t = occlude(
                x_t,
                seen,
                np.where(on_map(seen, options), seen_confidence, -math.inf),
                self.samples['seed'],
                **options.occlusion,
            )
        y_t, f_t = self.forward(self.model.student, x_t)
        self.record |= dict(
            x_t=x_t,
            y_t=numpy(y_t),
            f_s=numpy(f_s),
            f_t=numpy(f_t),
            student_points=seen,
            student_confidence=seen_confidence,
        )
        if options.domain is not None:
            self.discriminate(f_s, f_t)
        if options.consistency is None and options.im is None:
            return
        if (options.consistency or {}).get('frame') == 'student':
            warps, points, confidence = None, seen, seen_confidence
        else:
            warps = self.warps()
        self.compare(y_t, warps, points, confidence)

    def teach(self):
        """Pseudo-labels in the canonical frame and in the student's."""
        options, samples = self.options, self.samples
        images = self.styled(
            self.inputs['target_teacher'],
            self.inputs['source'],
            options.target_style,
            'target_style',
        )
        with torch.no_grad():
            heatmaps, _ = self.forward(self.model.teacher, images)
        self.taught = numpy(heatmaps)
        points, heights = find_peaks(self.taught, options)
        self.record |= dict(
            x_teacher=images, teacher_points=points, teacher_confidence=heights
        )
        canonical, seen = np.zeros_like(points), np.zeros_like(points)
        confidence, seen_confidence = np.zeros((2, *heights.shape))
        for b in range(len(points)):
            flip = samples['flip_indices'][b]
            teacher = view_of(samples['target_teacher'], b)
            student = view_of(samples['target_student'], b)
            back = np.linalg.inv(teacher)
            for k, joint in enumerate(names_in_view(teacher, flip)):
                canonical[b, joint] = move(back, points[b, k])
                confidence[b, joint] = heights[b, k]
            for k, joint in enumerate(names_in_view(student, flip)):
                seen[b, k] = move(student, canonical[b, joint])
                seen_confidence[b, k] = confidence[b, joint]
        return canonical, confidence, seen, seen_confidence

    def discriminate(self, f_s, f_t):
        """Eq. 4-5: the head descends, the features ascend."""
        config = {'loss_weight': 0.1, 'coefficient': 1.0} | self.options.domain
        coefficient = config['coefficient']
        if 'rise' in config:
            done = self.options.step - self.options.pretrain_iters
            done = min(done / config['rise']['iters'], 1)
            decay = math.exp(-config['rise']['gamma'] * done)
            coefficient *= 2 / (1 + decay) - 1
        loss, right = 0.0, []
        for features, label in ((f_s, 0), (f_t, 1)):
            leaf = features.detach().requires_grad_()
            logits = self.model.domain_head.layers(leaf)
            value, slope, share = cross_entropy(numpy(logits), label)
            loss += value
            right.append(100 * share)
            slope = torch.from_numpy(config['loss_weight'] * slope)
            # into the parameters of the head and into the leaf
            torch.autograd.backward(logits, slope)
            self.pull(features, -coefficient * leaf.grad.numpy())
        self.losses['loss_domain'] = config['loss_weight'] * loss
        self.losses['acc_domain'] = sum(right) / 2
        self.losses['acc_domain_source'] = right[0]
        self.losses['acc_domain_target'] = right[1]

    def warps(self):
        """For each sample the order of joints and the resampling matrix."""
        result = []
        for b in range(len(self.samples['seed'])):
            student = view_of(self.samples['target_student'], b)
            names = names_in_view(student, self.samples['flip_indices'][b])
            result.append((names, resampling(student, self.options)))
        return result

    def compare(self, y_t, warps, points, confidence):
        options = self.options
        y = numpy(y_t).copy()
        if warps:
            for b, (names, matrix) in enumerate(warps):
                for k, joint in enumerate(names):
                    new = matrix @ numpy(y_t)[b, k].ravel()
                    y[b, joint] = new.reshape(y.shape[2:])
        keep = on_map(points, options)
        slope = np.zeros_like(y)
        if options.consistency is not None:
            keep = select(confidence, keep, options)
            if options.consistency.get('rectify', True):
                targets = self.rectified(points)
            else:
                targets = self.as_taught(in_view=not warps)
            weight = options.consistency.get('loss_weight', 1.0)
            value, part = squared_error(y, targets, keep, weight)
            self.losses['loss_consistency'] = value
            self.record['targets'] = targets
            slope += part
        if options.im is not None:
            config = {'loss_weight': 0.3, 'beta': 10.0} | options.im
            if config.get('variant') == 'official':
                value, part = official_information(y)
            else:
                reduction = config.get('projection', 'mean')
                value, part = information(y, keep, config['beta'], reduction)
            self.losses['loss_im'] = config['loss_weight'] * value
            slope += config['loss_weight'] * part
        self.losses['pseudo_kept'] = keep.mean()
        self.losses['pseudo_confidence'] = confidence.mean()
        self.record |= dict(y=y, points=points, confidence=confidence)
        self.record['keep'] = keep
        self.pull(y_t, self.back_to_view(slope, warps))

    def rectified(self, points):
        """Gaussians at the teacher's peaks."""
        options = self.options
        targets = np.zeros((*points.shape[:2], *options.heatmap_size[::-1]))
        for b, k in np.ndindex(points.shape[:2]):
            point = points[b, k] / options.stride
            targets[b, k] = gaussian(
                point,
                options.heatmap_size,
                options.sigma,
                [rounded(p) for p in point],
                3 * options.sigma,
            )
        return targets

    def as_taught(self, in_view):
        """The teacher's heatmaps in the canonical frame or the student's.

        Every joint is looked up by its name, the canonical one.
        """
        samples, targets = self.samples, np.zeros_like(self.taught)
        for b in range(len(targets)):
            flip = samples['flip_indices'][b]
            teacher = view_of(samples['target_teacher'], b)
            frame = view_of(samples['target_student'], b)
            if not in_view:
                frame = np.eye(3)
            matrix = resampling(teacher @ np.linalg.inv(frame), self.options)
            taught = names_in_view(teacher, flip)
            for k, joint in enumerate(names_in_view(frame, flip)):
                seen = self.taught[b, taught.index(joint)]
                targets[b, k] = (matrix @ seen.ravel()).reshape(seen.shape)
        return targets

    def back_to_view(self, slope, warps):
        """Gradient in the canonical frame -> gradient in the view."""
        if not warps:
            return slope
        result = np.zeros_like(slope)
        for b, (names, matrix) in enumerate(warps):
            for k, joint in enumerate(names):
                old = matrix.T @ slope[b, joint].ravel()
                result[b, k] = old.reshape(slope.shape[2:])
        return result


def numpy(tensor):
    return tensor.detach().numpy()
