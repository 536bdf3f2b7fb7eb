# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One step of UDA-Animal, slowly: joint by joint, from the equations.

The networks are torch's; everything between them is numpy and loops, and so
are the gradients of the losses by what the networks put out. Only random
numbers are asked of the package, since they are a function of their key.
"""

import math

import numpy as np
import torch

from mmpose_mlda.functional.random import beta, host_random, uniform
from mmpose_mlda.models import UDAAnimal

from .heatmaps import Options, draw_labels, move, names_in_view, resampling
from .losses import cross_entropy, squared_error
from .networks import preprocessor_config, randomise, student_config

EPOCH, PERIOD = 10, 300  # steps of an epoch, of the rise of the reversal


def build_uda_animal(joints=4, seed=0, **options):
    """The adaptor in float64, with random weights, for the tiny student."""
    student = student_config(joints)
    student['head'].update(type='mmpose_mlda.RefineHead', refine_channels=4)
    model = UDAAnimal(
        student=student,
        data_preprocessor=preprocessor_config(),
        **dict(
            epoch_iters=EPOCH,
            pseudo_weight=dict(start=15.0, floor=8.0, period=15),
            teacher_weight=dict(peak=90.0, period=10),
            easy_joints=dict(begin=2, floor=2),
            mixing=dict(type='mmpose_mlda.DualMixup'),
            domain_head=dict(
                type='mmpose_mlda.DomainHead',
                in_channels=10,
                channels=(4,),
                conv=dict(kernel_size=4, stride=2, padding=1, bias=False),
                last=dict(kernel_size=2, stride=1, padding=0),
                slope=0.1,
                loss_weight=0.3,
                reversal=dict(rise=dict(gamma=10.0, iters=PERIOD)),
            ),
        )
        | options,
    )
    randomise(model.student, seed)
    randomise(model.teacher, seed + 1)
    if model.domain_head is not None:
        randomise(model.domain_head, seed + 2)
    return model.double()


def draw_table(samples, joints=4, rows=6, seed=0, size=(64, 48)):
    """Points of photographs, most of them in the views of the batch."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 100, (rows, joints, 2))
    for b, row in enumerate(samples['target_index'].tolist()):
        to_photograph = np.linalg.inv(
            samples['target_student']['warp_mat'][b].numpy()
        )
        for k in range(joints):
            # a few beyond the border
            inside = rng.uniform([-15, -15], [size[0] + 15, size[1] + 15])
            points[row, k] = move(to_photograph, inside)
    confidence = rng.permutation(rows * joints).reshape(rows, joints) / 10
    return torch.from_numpy(points), torch.from_numpy(confidence)


def easiest_error(outputs, targets, weights, count):
    """Half the mean square of the easiest joints, and its gradient."""
    value, gradient = 0.0, np.zeros_like(outputs)
    pixels = outputs[0, 0].size
    for b in range(len(outputs)):
        errors = []
        for k in range(outputs.shape[1]):
            if weights[b, k] > 0:
                square = ((outputs[b, k] - targets[b, k]) ** 2).sum() / pixels
                errors.append((weights[b, k] * square, k))
        for error, k in sorted(errors)[:count]:
            value += error / (len(outputs) * count)
            difference = outputs[b, k] - targets[b, k]
            gradient[b, k] = (
                2
                * weights[b, k]
                * difference
                / (pixels * len(outputs) * count)
            )
    return 0.5 * value, 0.5 * gradient


class UDAAnimalStep:
    """Losses of a step; the gradients are put in the model's parameters.

    Args:
        model: Networks alone are taken of it.
        inputs: Normalised images of the branches.
        samples: As :class:`DomainPairDataset` collates them.
        table: Points and confidences of all targets, and how many are kept.
        position: Seed and step, key of what the batch shares.
        step: Step of the adaptation.
        mixing: Whether images are mixed.
    """

    def __init__(self, model, inputs, samples, table, position, step, mixing):
        self.model, self.samples, self.table = model, samples, table
        self.options = Options()
        self.images = {name: x.numpy() for name, x in inputs.items()}
        self.losses, self.outputs, self.slopes = {}, [], []
        epoch = step // EPOCH
        self.count = max(4 - max(epoch - 2, 0), 2)
        self.w_pseudo = max(
            7.5 * (1 + math.cos(math.pi * min(epoch / 15, 1))), 8
        )
        self.w_teacher = 90 * math.exp(-5 * (1 - min(epoch / 10, 1)) ** 2)
        self.reversal = 2 / (1 + math.exp(-10 * step / PERIOD)) - 1

        source = self.labelled()
        view = self.pseudo_labelled()
        s, t, self.mixed = source, view, None
        if mixing:
            s, t = self.mix(source, view, position)
        out_s, out_t = self.student(s[0]), self.student(t[0])
        out_v = self.student(view[0]) if mixing else out_t
        teacher = self.teacher(s[0], t[0])
        self.supervise(out_s, s)
        self.learn_pseudo_labels(out_t, t)
        self.discriminate(out_s.features, out_t.features)
        self.learn_of_teacher(out_v, teacher)
        torch.autograd.backward(
            self.outputs, [torch.from_numpy(s) for s in self.slopes]
        )

    # ------------------------------------------------------------ networks
    def student(self, images):
        student = self.model.student
        return student.head.refine(student.backbone(torch.from_numpy(images)))

    @torch.no_grad()
    def teacher(self, *others):
        teacher = self.model.teacher
        for images in (*others, self.images['target_teacher']):
            y = teacher(torch.from_numpy(images), None, mode='tensor')
        return y.numpy()

    def pull(self, output, slope):
        self.outputs.append(output)
        self.slopes.append(slope)

    # -------------------------------------------------------------- labels
    def labelled(self):
        labels = self.samples['source']
        return (
            self.images['source'],
            *draw_labels(
                labels['keypoints'].numpy(),
                labels['keypoint_weights'].numpy(),
                self.options,
            ),
        )

    def pseudo_labelled(self):
        points, confidence, kept = self.table
        threshold = sorted(confidence.flatten().tolist())[-kept]
        rows = self.samples['target_index'].tolist()
        here = np.zeros((len(rows), points.shape[1], 2))
        weights = np.zeros(here.shape[:2])
        for b, row in enumerate(rows):
            matrix = self.samples['target_student']['warp_mat'][b].numpy()
            names = names_in_view(matrix, self.samples['flip_indices'][b])
            for k, name in enumerate(names):
                here[b, k] = move(matrix, points[row, name].numpy())
                weights[b, k] = confidence[row, name] >= threshold
        maps, weights = draw_labels(here, weights, self.options)
        return self.images['target_student'], maps, weights

    def mix(self, source, target, position):
        keys = self.samples['seed']
        shares = list(beta(keys, 'mixup', 0.8).numpy())
        if host_random(*position, 'mixup').random() < 0.5:
            # float32, as they were drawn
            shares = [max(share, np.float32(1) - share) for share in shares]
            self.mixed = 'domains'
            return (
                mixture(source, target, shares, range(len(shares))),
                mixture(target, source, shares, range(len(shares))),
            )
        lots = uniform(keys, 'mixup partner', 1)[:, 0].tolist()
        partners = sorted(range(len(lots)), key=lambda b: lots[b])
        self.mixed = 'target'
        return source, mixture(target, target, shares, partners)

    # -------------------------------------------------------------- losses
    def supervise(self, out, labelled):
        _, maps, weights = labelled
        total = 0
        for y in (out.coarse, out.refined):
            value, slope = squared_error(as_array(y), maps, weights, 0.5)
            self.pull(y, slope)
            total += value
        self.losses['loss_supervised'] = total

    def learn_pseudo_labels(self, out, labelled):
        _, maps, weights = labelled
        total = 0
        for y in (out.coarse, out.refined):
            value, slope = easiest_error(
                as_array(y), maps, weights, self.count
            )
            self.pull(y, self.w_pseudo * slope)
            total += self.w_pseudo * value
        self.losses['loss_pseudo'] = total

    def discriminate(self, *features):
        total = 0
        for f, label in zip(features, (0, 1), strict=True):
            cut = f.detach().requires_grad_()
            logits = self.model.domain_head(cut)
            value, slope, _ = cross_entropy(as_array(logits), label)
            logits.backward(0.3 * torch.from_numpy(slope))
            self.pull(f, -self.reversal * cut.grad.numpy())
            total += 0.3 * value
        self.losses['loss_domain'] = total

    def learn_of_teacher(self, out, teacher):
        coarse, refined, second = (as_array(y) for y in out[:3])
        ones = np.ones(coarse.shape[:2])
        value, slope = squared_error(second, self.warp(teacher), ones, 0.5)
        self.losses['loss_consistency'] = self.w_teacher * value
        self.pull(out.second, self.w_teacher * slope)
        value, slope = easiest_error(coarse, refined, ones, self.count)
        self.losses['loss_distillation'] = self.w_teacher * value
        self.pull(out.coarse, self.w_teacher * slope)
        value, slope = squared_error(refined, second, ones, 0.5)
        self.losses['loss_agreement'] = 0.01 * value
        self.pull(out.refined, 0.01 * slope)
        self.pull(out.second, -0.01 * slope)

    def warp(self, maps):
        """Teacher's view to the student's, with the student's names."""
        result = np.zeros_like(maps)
        for b in range(len(maps)):
            student, teacher = (
                self.samples[f'target_{name}']['warp_mat'][b].numpy()
                for name in ('student', 'teacher')
            )
            back = teacher @ np.linalg.inv(student)
            matrix = resampling(back, self.options)
            names = names_in_view(back, self.samples['flip_indices'][b])
            for k, name in enumerate(names):
                values = matrix @ maps[b, name].ravel()
                result[b, k] = values.reshape(maps.shape[2:])
        return result


def mixture(first, second, shares, partners):
    """Images, heatmaps and weights of one batch, mixed with another's."""
    images, maps, weights = (np.zeros_like(values) for values in first)
    for b, (share, p) in enumerate(zip(shares, partners, strict=True)):
        share = float(share)
        images[b] = share * first[0][b] + (1 - share) * second[0][p]
        maps[b] = share * first[1][b] + (1 - share) * second[1][p]
        for k in range(weights.shape[1]):
            weights[b, k] = max(first[2][b, k], second[2][p, k])
    return images, maps, weights


def as_array(values):
    return values.detach().numpy()
