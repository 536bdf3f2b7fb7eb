# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Regressive Domain Adaptation (Jiang et al., CVPR 2021)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, nn

from mmpose_mlda.functional.disparity import ground_false
from mmpose_mlda.registry import MODELS

from .base import BaseAdaptor


@MODELS.register_module()
class RegDA(BaseAdaptor):
    r"""A second head that disagrees on the target, and features that mend it.

    Legend: :math:`f` features, :math:`h` the student's head, :math:`h'` the
    adversarial head, which sees the features through the gradient layer.
    :math:`G` is a Gaussian at the arg-max of :math:`h(f)`, without gradient,
    and :math:`F_k = \min(\sum_{j \ne k} G_j, 1)` the ground false. A step of
    the adaptation updates three times:

    1. everything, by the source:
       :math:`L_s(h) + \mu\, \mathrm{KL}(G \| h'(f))`,
    2. the adversarial head, by the target: :math:`\mathrm{KL}(F \| h'(f))`,
    3. the features, by the target: :math:`\mathrm{KL}(G \| h'(f))`.

    Before the adaptation begins the source alone is learnt. The published
    program multiplies the second and third by the visibility of the target's
    labels; here they count alike, since a target has no labels.

    There is no mean teacher: without ``MeanTeacherHook`` the teacher keeps
    the weights with which the adaptation began. Test the student.

    Args:
        student: Config of a ``TopdownPoseEstimator`` with a heatmap head. The
            head of RegDA has one 3x3 convolution before the last one.
        adversarial_head: Config of a ``HeatmapHead`` on the tapped features.
        disparity: Config of the loss between both heads.
        margin: :math:`\mu`, 4 in RegDA.
        gradient_layer: Config of the :class:`GradientScaling`.
        predict_on: See :class:`BaseAdaptor`.
        kwargs: See :class:`BaseAdaptor`.
    """

    def __init__(
        self,
        student: dict,
        adversarial_head: dict,
        disparity: dict | None = None,
        margin: float = 4.0,
        gradient_layer: dict | None = None,
        predict_on: str = 'student',
        **kwargs,
    ) -> None:
        super().__init__(student, predict_on=predict_on, **kwargs)
        self.adversarial_head = MODELS.build(adversarial_head)
        self.disparity = MODELS.build(
            dict(type='mmpose_mlda.SpatialDivergenceLoss', epsilon=1e-7)
            | (disparity or {})
        )
        self.margin = margin
        self.gradient_layer = MODELS.build(
            dict(
                type='mmpose_mlda.GradientScaling',
                coefficient=0.1,
                rise=dict(gamma=1.0, iters=1000),
            )
            | (gradient_layer or {})
        )

    def train_step(
        self,
        data: dict,
        optim_wrapper: OptimWrapper,
        network: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        """One update with the source, then two with the target.

        An optimiser leaves parameters without a gradient alone, hence one
        serves all three.

        Args:
            data: A collated batch.
            optim_wrapper: The optimiser.
            network: The wrapper for several processes, if there is one.

        Returns:
            dict: What the log shows.
        """
        network = network or self
        data = self.data_preprocessor(data, True)
        phases = ['source']
        if self.adaptation_step >= 0:
            phases += ['ground_false', 'features']
        logged, total = {}, 0
        for phase in phases:
            with optim_wrapper.optim_context(network):
                losses = network(**data, mode=phase)
            loss, values = self.parse_losses(losses)
            optim_wrapper.update_params(loss)
            total = total + values.pop('loss')
            logged |= values
        return logged | dict(loss=total)

    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """The losses of one update, or see the base class.

        Args:
            inputs: See :class:`BaseAdaptor`.
            data_samples: See :class:`BaseAdaptor`.
            mode: ``'source'``, ``'ground_false'``, ``'features'``, or one of
                MMEngine's.
        """
        if mode == 'source':
            return self.loss(inputs, data_samples)
        if mode == 'ground_false':
            return self.loss_ground_false(inputs)
        if mode == 'features':
            return self.loss_features(inputs)
        if mode == 'loss':
            raise RuntimeError(
                'A step of RegDA is three updates, but this wrapper makes '
                'one. Several processes need model_wrapper_cfg=dict(type='
                "'mmpose_mlda.OwnStepDistributedDataParallel', ...)"
            )
        return super().forward(inputs, data_samples, mode)

    def loss(self, inputs: dict, data_samples: dict) -> dict[str, Tensor]:
        """The first update: labels, and both heads agree on the source."""
        y, f = self.forward_student(inputs['source'])
        labels, weights = self.representation.labels(**data_samples['source'])
        losses = {'loss_supervised': self.loss_module(y, labels, weights)}
        losses |= self.loss_labeled_target(inputs, data_samples)
        self.record(source=inputs['source'], **data_samples['source'])
        if self.adaptation_step >= 0:
            losses['loss_disparity_source'] = self.margin * self.disparity(
                self._adversary(f), self._gaussians(y), weights
            )
        return losses

    def loss_ground_false(self, inputs: dict) -> dict[str, Tensor]:
        """The second update: the adversarial head mistakes the joints."""
        with torch.no_grad():
            y, f = self.forward_student(inputs['target_student'])
        false = ground_false(self._gaussians(y))
        loss = self.disparity(self._adversary(f), false)
        return {'loss_ground_false': loss}

    def loss_features(self, inputs: dict) -> dict[str, Tensor]:
        """The third update: features on which it cannot."""
        y, f = self.forward_student(inputs['target_student'])
        g = self._gaussians(y)
        with _frozen(self.adversarial_head):
            loss = self.disparity(self._adversary(f), g)
        points, _ = self.representation.peaks(y)
        self.record(x_t=inputs['target_student'], y_t=g, student_points=points)
        return {'loss_disparity_target': loss}

    def _adversary(self, features: Tensor) -> Tensor:
        features = self.gradient_layer(features, self.adaptation_step)
        return self.adversarial_head((features,))

    def _gaussians(self, heatmaps: Tensor) -> Tensor:
        points, _ = self.representation.peaks(heatmaps)
        return self.representation.render(points, heatmaps.dtype)


@contextmanager
def _frozen(module: nn.Module) -> Iterator[None]:
    """What is computed inside leaves the parameters without a gradient."""
    learnt = [p for p in module.parameters() if p.requires_grad]
    for parameter in learnt:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learnt:
            parameter.requires_grad_(True)
