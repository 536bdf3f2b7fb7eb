# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Learning from synthetic animals (CC-SSL, Mu et al., CVPR 2020)."""

import torch
from torch import Tensor

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.views import random_views
from mmpose_mlda.registry import MODELS

from .base import BaseAdaptor
from .pseudo_label_table import PseudoLabelTable


@MODELS.register_module()
class CCSSL(BaseAdaptor):
    r"""Self-training with pseudo-labels that hold in several views.

    .. math:: L = L(y_s, g_s, w_s) + \gamma\, L(y_t, g_t, m_t)

    L is the loss of the student's head; :math:`g_t` are Gaussians at the
    pseudo-labels and :math:`m_t` keeps the confident ones. Before the
    adaptation begins the source alone is learnt.

    The labels of all target images are made again every so often by
    :class:`PseudoLabelRefreshHook`. The labeller is the teacher, which is the
    student of that moment; it is not averaged. :meth:`label` is the paper's
    check of equivariance: the mean heatmap over random views of an image.

    Of the paper's three checks, the one over time (Lucas-Kanade tracks of a
    video) is not built: the targets here are photographs. The network is the
    student of the config in place of a stack of four hourglasses; its one
    output has one loss in place of four.

    Args:
        student: Config of a ``TopdownPoseEstimator`` with a heatmap head.
        gamma: :math:`\gamma`, 10 in the published code.
        views: Number of views that a label is averaged over, the image
            itself included.
        scale: Spread of their scale; see :func:`random_views`.
        rotation: Spread of their angle in degrees.
        shift: Whether to move the arg-max of the mean heatmap by a quarter
            of a pixel towards the higher neighbour, as published.
        tap: Not used.
        teacher_bn: See :class:`BaseAdaptor`. ``'train'`` would make labels
            depend on the batch in which they are made.
        predict_on: See :class:`BaseAdaptor`. The teacher is the student as
            it was when it last made labels.
        kwargs: See :class:`BaseAdaptor`.
    """

    def __init__(
        self,
        student: dict,
        gamma: float = 10.0,
        views: int = 5,
        scale: float = 0.25,
        rotation: float = 30.0,
        shift: bool = True,
        tap: str = 'backbone',
        teacher_bn: str = 'eval',
        predict_on: str = 'student',
        **kwargs,
    ) -> None:
        super().__init__(student, tap, teacher_bn, predict_on, **kwargs)
        if views < 1:
            raise ValueError(
                f'views is {views}, but must be 1, the image itself, or more'
            )
        if not 0 <= scale < 1:
            raise ValueError(f'scale is {scale}, but must lie in [0, 1)')
        self.gamma = gamma
        self.views, self.scale, self.rotation = views, scale, rotation
        self.shift = shift
        self.label_table = PseudoLabelTable()

    def loss(self, inputs: dict, data_samples: dict) -> dict[str, Tensor]:
        """See the base class."""
        y_s, _ = self.forward_student(inputs['source'])
        labels, weights = self.representation.labels(**data_samples['source'])
        losses = {'loss_supervised': self.loss_module(y_s, labels, weights)}
        losses |= self.loss_labeled_target(inputs, data_samples)
        self.record(source=inputs['source'], **data_samples['source'])
        if self.adaptation_step >= 0 and self.gamma:
            losses |= self.loss_target(inputs['target_student'], data_samples)
        return losses

    def loss_target(
        self, x_t: Tensor, data_samples: dict
    ) -> dict[str, Tensor]:
        """The term of the pseudo-labels.

        Args:
            x_t: (B, 3, H, W), the student's view of the target.
            data_samples: See :meth:`loss`.

        Returns:
            dict: Weighted loss and values to monitor.
        """
        points, confidence, keep = self.label_table.lookup(
            data_samples['target_index'],
            data_samples['target_student']['warp_mat'],
            data_samples['flip_indices'],
        )
        # drawn as labels of the source are; 0 where the view leaves one out
        labels, weights = self.representation.labels(
            points.to(x_t.dtype), keep.to(x_t.dtype)
        )
        y_t, _ = self.forward_student(x_t)
        loss = self.loss_module(y_t, labels, weights)
        self.record(x_t=x_t, y_t=y_t, student_points=points, keep=keep)
        self.record(student_confidence=confidence, confidence=confidence)
        return {
            'loss_target': self.gamma * loss,
            'pseudo_kept': weights.mean(),
            'pseudo_confidence': confidence.mean(),
        }

    @torch.no_grad()
    def label(
        self, images: Tensor, warp_mat: Tensor, keys: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Pseudo-labels of target images.

        What a view shows beyond the image is black, and a heatmap that is
        warped back is 0 beyond the view; both as published.

        Args:
            images: (B, 3, H, W), colours as the preprocessor takes them.
            warp_mat: (B, 3, 3), pixels of the photograph -> of ``images``.
            keys: (B,), int64, from which the views are drawn.

        Returns:
            tuple: Points (B, K, 2), in pixels of the photograph, and
            confidences (B, K), the maxima of the mean heatmaps.
        """
        size = images.shape[-1], images.shape[-2]
        views = random_views(keys, self.views, size, self.scale, self.rotation)
        total = 0
        for view in views.unbind(1):
            seen = dict(inputs=dict(view=geometry.warp(images, view)))
            seen = self.data_preprocessor(seen)['inputs']['view']
            y = self.forward_teacher(seen)
            total = total + self.representation.align(
                y, geometry.inverse(view)
            )
        points, confidence = self.representation.peaks(
            total / self.views, self.shift
        )
        to_photograph = geometry.inverse(warp_mat)
        return geometry.transform_points(to_photograph, points), confidence
