# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From Synthetic to Real: UDA-Animal (Li and Lee, CVPR 2021)."""

import torch
from torch import Tensor, nn

from mmpose_mlda.functional import curriculum, geometry
from mmpose_mlda.functional.heatmaps import peak_spread
from mmpose_mlda.functional.random import host_random
from mmpose_mlda.models.heads.refine_head import RefineHead, Refinement
from mmpose_mlda.models.layers.dual_mixup import LabelledImages
from mmpose_mlda.registry import MODELS

from .ccssl import CCSSL


@MODELS.register_module()
class UDAAnimal(CCSSL):
    r"""Pseudo-labels that are trusted less and less, a teacher more and more.

    Legend: :math:`y^c` coarse heatmaps, :math:`y^1, y^2` those of the two
    refinements (:class:`RefineHead`), g labels, :math:`\hat g` pseudo-labels
    of the source's model, sg without gradient. A step sees a source batch s
    and a target batch t, mixed (:class:`DualMixup`), the student's view v of
    the target as it is, and the teacher's view T:

    .. math::
        L &= E(y^c_s, g) + E(y^1_s, g)
            + w_t\, (Q(y^c_t, \hat g) + Q(y^1_t, \hat g)) + L_d \\
          &+ w_c\, E(y^2_v, W y^1_T) + w_c\, Q(y^c_v, \mathrm{sg}(y^1_v))
            + \lambda_r\, E(y^1_v, y^2_v)

    E is the loss of the student's head, Q that of the easiest joints, W the
    warp to the student's view, :math:`L_d` the domain loss of the features
    that both refinements share. From epoch to epoch the weight :math:`w_t`
    falls, :math:`w_c` rises, and Q takes fewer joints
    (:mod:`mmpose_mlda.functional.curriculum`). Before the adaptation the
    source alone is learnt, by :math:`y^c` and :math:`y^1`; the second
    refinement starts as a copy of the first.

    Pseudo-labels are those of :class:`CCSSL`, made once. The published
    program has a backward for each line of the sum before one update, which
    is the backward of the sum. Its teacher starts with random weights, here
    as the student; the mean of the first steps is
    ``MeanTeacherHook(warmup=True)``. It pastes objects of VOC into the
    student's view, which are left out.

    Args:
        student: Config of a ``TopdownPoseEstimator`` with a
            :class:`RefineHead`.
        epoch_iters: Steps of the adaptation that are an epoch.
        pseudo_weight: :math:`w_t`, options of :func:`cosine_ramp_down`.
        teacher_weight: :math:`w_c`, options of :func:`sigmoid_ramp_up`.
        easy_joints: Options of :func:`easy_count`.
        easy_loss: Config of Q.
        agreement_weight: :math:`\lambda_r`.
        mixing: Config of the :class:`DualMixup`; without it t is v, and one
            forward serves both.
        domain_head: Config of the :class:`DomainHead`, or None.
        teacher_sees_all: Whether the teacher sees s and t as well, so that
            its batch normalisation collects the student's statistics. Not
            done with ``teacher_bn='eval'``.
        teacher_bn: See :class:`BaseAdaptor`.
        predict_on: See :class:`BaseAdaptor`.
        kwargs: See :class:`CCSSL`, whose ``gamma`` has no use here.
    """

    def __init__(
        self,
        student: dict,
        epoch_iters: int,
        pseudo_weight: dict,
        teacher_weight: dict,
        easy_joints: dict,
        easy_loss: dict | None = None,
        agreement_weight: float = 0.01,
        mixing: dict | None = None,
        domain_head: dict | None = None,
        teacher_sees_all: bool = True,
        teacher_bn: str = 'train',
        predict_on: str = 'teacher',
        **kwargs,
    ) -> None:
        super().__init__(
            student, teacher_bn=teacher_bn, predict_on=predict_on, **kwargs
        )
        if not isinstance(self.student.head, RefineHead):
            raise TypeError(
                f'The head is a {type(self.student.head).__name__}, which '
                "refines nothing; use type='mmpose_mlda.RefineHead'"
            )
        self.epoch_iters = epoch_iters
        self.pseudo_weight = pseudo_weight
        self.teacher_weight = teacher_weight
        self.easy_joints = easy_joints
        self.easy_loss = MODELS.build(
            dict(type='mmpose_mlda.KeypointOEKMMSELoss') | (easy_loss or {})
        )
        self.agreement_weight = agreement_weight
        self.mixing = mixing and MODELS.build(mixing)
        self.domain_head = domain_head and MODELS.build(domain_head)
        self.teacher_sees_all = teacher_sees_all

    def begin_step(self, seed: int, step: int, pretrain_iters: int) -> None:
        """See the base class; the second refinement begins as the first."""
        super().begin_step(seed, step, pretrain_iters)
        if step == pretrain_iters:
            for network in (self.student, self.teacher):
                network.head.copy_first_to_second()

    def loss(self, inputs: dict, data_samples: dict) -> dict[str, Tensor]:
        """See the base class."""
        labels, weights = self.representation.labels(**data_samples['source'])
        source = LabelledImages(inputs['source'], labels, weights)
        self.record(source=source.images, **data_samples['source'])
        if self.adaptation_step < 0:
            y_s = _refine(self.student, source.images, second=False)
            losses = {'loss_supervised': self._supervise(y_s, source)}
            return losses | self.loss_labeled_target(inputs, data_samples)

        view = self.pseudo_labelled(inputs['target_student'], data_samples)
        x_s, x_t = source, view
        if self.mixing is not None:
            rng = host_random(*self.seed_and_step, 'mixup')
            x_s, x_t = self.mixing(source, view, data_samples['seed'], rng)
        y_s = _refine(self.student, x_s.images, second=False)
        y_t = _refine(self.student, x_t.images, second=x_t is view)
        y_v = y_t if x_t is view else _refine(self.student, view.images)
        y_teacher = self._refined_by_teacher(
            x_s.images, x_t.images, inputs['target_teacher']
        )
        losses = {'loss_supervised': self._supervise(y_s, x_s)}
        losses |= self.loss_labeled_target(inputs, data_samples)
        losses |= self.loss_pseudo(y_t, x_t)
        if self.domain_head is not None:
            losses |= self.domain_head.loss(
                y_s.features, y_t.features, self.adaptation_step
            )
        losses |= self.loss_teacher(y_v, y_teacher, data_samples)
        losses['pseudo_kept'] = view.weights.mean()
        points, _ = self.representation.peaks(y_teacher)
        side = max(view.images.shape[-2:])
        losses['pseudo_spread'] = 100 * peak_spread(points) / side
        self.record(x_s=x_s.images, x_t=x_t.images, y_t=y_t.refined)
        return losses

    def loss_labels(
        self, images: Tensor, keypoints: Tensor, keypoint_weights: Tensor
    ) -> Tensor:
        """See the base class; of the coarse and the refined heatmaps."""
        labels = self.representation.labels(keypoints, keypoint_weights)
        y = _refine(self.student, images, second=False)
        return self._supervise(y, LabelledImages(images, *labels))

    def _supervise(self, y: Refinement, x: LabelledImages) -> Tensor:
        coarse = self.loss_module(y.coarse, x.heatmaps, x.weights)
        return coarse + self.loss_module(y.refined, x.heatmaps, x.weights)

    def loss_pseudo(
        self, y: Refinement, x: LabelledImages
    ) -> dict[str, Tensor]:
        """The easiest of the pseudo-labels.

        Args:
            y: What the student says of the target images.
            x: They and their pseudo-labels.

        Returns:
            dict: ``loss_pseudo``, weighted.
        """
        weight = curriculum.cosine_ramp_down(self._epoch, **self.pseudo_weight)
        coarse, refined = (
            self.easy_loss(heatmaps, x.heatmaps, x.weights, self._easy_count)
            for heatmaps in (y.coarse, y.refined)
        )
        return {'loss_pseudo': weight * (coarse + refined)}

    def loss_teacher(
        self, y: Refinement, y_teacher: Tensor, data_samples: dict
    ) -> dict[str, Tensor]:
        """The student learns from its teacher and from itself.

        Args:
            y: What the student says of its view.
            y_teacher: (B, K, H, W), what the teacher says of its own view.
            data_samples: See :meth:`loss`.

        Returns:
            dict: Weighted losses.
        """
        weight = curriculum.sigmoid_ramp_up(self._epoch, **self.teacher_weight)
        wanted = self._in_student_view(y_teacher, data_samples)
        joints = wanted.new_ones(wanted.shape[:2])
        loss = self.loss_module
        consistency = loss(y.second, wanted, joints)
        agreement = loss(y.refined, y.second, joints)
        distillation = self.easy_loss(
            y.coarse, y.refined.detach(), joints, self._easy_count
        )
        return {
            'loss_consistency': weight * consistency,
            'loss_distillation': weight * distillation,
            'loss_agreement': self.agreement_weight * agreement,
        }

    @property
    def _epoch(self) -> int:
        return self.adaptation_step // self.epoch_iters

    @property
    def _easy_count(self) -> int:
        joints = self.student.head.out_channels
        return curriculum.easy_count(self._epoch, joints, **self.easy_joints)

    @torch.no_grad()
    def label(
        self, images: Tensor, warp_mat: Tensor, keys: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See :meth:`CCSSL.label`; by the teacher's running statistics."""
        self.teacher.eval()
        try:
            return super().label(images, warp_mat, keys)
        finally:
            self.train(self.training)

    def pseudo_labelled(
        self, images: Tensor, data_samples: dict
    ) -> LabelledImages:
        """The student's view with the pseudo-labels of the table.

        Args:
            images: (B, 3, H, W).
            data_samples: See :meth:`loss`.

        Returns:
            LabelledImages: Joints whose label is not kept, or which lie
            outside the view, have weight 0.
        """
        points, confidence, keep = self.label_table.lookup(
            data_samples['target_index'],
            data_samples['target_student']['warp_mat'],
            data_samples['flip_indices'],
        )
        heatmaps, weights = self.representation.labels(
            points.to(images.dtype), keep.to(images.dtype)
        )
        self.record(student_points=points, student_confidence=confidence)
        self.record(keep=keep, confidence=confidence)
        return LabelledImages(images, heatmaps, weights)

    def _refined_by_teacher(self, *batches: Tensor) -> Tensor:
        """Refined heatmaps of the last batch."""
        *others, last = batches
        if self.teacher_sees_all and self.teacher_bn == 'train':
            for images in others:
                self.forward_teacher(images)
        return self.forward_teacher(last)

    def _in_student_view(self, heatmaps: Tensor, data_samples: dict) -> Tensor:
        """Heatmaps (B, K, H, W) of the teacher's view, in the student's."""
        student, teacher = (
            data_samples[f'target_{name}']['warp_mat']
            for name in ('student', 'teacher')
        )
        matrices = student @ geometry.inverse(teacher)
        return geometry.swap_sides(
            self.representation.align(heatmaps, matrices),
            geometry.is_mirrored(matrices),
            data_samples['flip_indices'],
        )


def _refine(
    network: nn.Module, images: Tensor, second: bool = True
) -> Refinement:
    return network.head.refine(network.extract_feat(images), second)
