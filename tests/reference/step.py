# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One step of MLDA, slowly: sample by sample, joint by joint.

Written from the equations. The networks are torch's; everything between
them is numpy, scipy and loops, and so are all gradients of the losses with
respect to what the networks put out. Only random numbers are asked of the
package, since they are a function of their key.
"""

import math

import numpy as np
import torch

from mmpose_mlda.functional.random import host_random

from .heatmaps import (
    agreement,
    draw_labels,
    find_peaks,
    gaussian,
    move,
    names_in_view,
    on_map,
    peak_spread,
    resampling,
    rounded,
    select,
    view_of,
)
from .images import occlude, stylise
from .losses import (
    cross_entropy,
    information,
    official_information,
    squared_error,
)


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
        self.losses['pseudo_spread'] = peak_spread(
            self.record['teacher_points'], self.record['x_teacher']
        )
        self.losses['pseudo_agreement'] = agreement(
            find_peaks(y, options)[0], points, keep, options
        )
        official = (options.im or {}).get('variant') == 'official'
        if warps and not official:  # only what a loss looks at is resampled
            y *= keep[..., None, None]
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
