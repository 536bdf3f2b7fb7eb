# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Domain Adaptive Pose Estimation via Multi-level Alignment (ICME 2024)."""

import torch
from torch import Tensor

from mmpose_mlda.functional import geometry
from mmpose_mlda.functional.heatmaps import peak_agreement, peak_spread
from mmpose_mlda.functional.random import host_random
from mmpose_mlda.models.representations import KNOWN
from mmpose_mlda.registry import MODELS

from .base import BaseAdaptor
from .pseudo_labels import PseudoLabels, map_peaks, view_matrices

AGREEMENT = 0.05  # of the longer side, the papers' limit of PCK


@MODELS.register_module()
class MLDA(BaseAdaptor):
    r"""Mean teacher with alignment at the image, feature and pose level.

    One step, in the words of the paper:

    .. math:: L = L_s + \lambda_a L_c + \lambda_b L_d + \lambda_c L_{im}

    Before the adaptation begins, only the stylised source is learnt. Each
    part may be left out (None, or weight or probability 0): then it is
    neither built nor computed. Without ``domain_head`` and ``im_loss`` this
    is UDAPE, without ``style_transfer`` as well a mean teacher.

    Args:
        student: Config of a ``TopdownPoseEstimator`` with a heatmap or SimCC
            head; its ``head.loss`` is the supervised loss.
        style_transfer: Config of the image level.
        target_style: dict(prob, alpha) to give the teacher's view the style
            of the source as well, by the same network (UDAPE), or None.
        consistency: Config of the :class:`HeatmapConsistency`.
        occlusion: Config of the :class:`KeypointOcclusion`.
        domain_head: Config of the :class:`DomainHead`, the feature level.
        im_loss: Config of the :class:`InformationMaximizationLoss`, the pose
            level.
        kwargs: See :class:`BaseAdaptor`.
    """

    representations = tuple(KNOWN)

    def __init__(
        self,
        student: dict,
        style_transfer: dict | None = None,
        target_style: dict | None = None,
        consistency: dict | None = None,
        occlusion: dict | None = None,
        domain_head: dict | None = None,
        im_loss: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(student, **kwargs)
        colours = {
            name: getattr(self.data_preprocessor, name).flatten().tolist()
            for name in ('mean', 'std')
            if hasattr(self.data_preprocessor, name)
        }
        if target_style is not None and target_style['prob'] == 0:
            target_style = None
        self.target_style = target_style
        if target_style is not None and style_transfer is None:
            raise ValueError(
                f'target_style is {target_style}, but there is no network '
                'for it; set style_transfer, or target_style=None'
            )
        self.style_transfer = (
            _build(style_transfer, 'prob', **colours)
            if target_style is None
            else MODELS.build(style_transfer, default_args=colours)
        )
        self.consistency = _build(consistency, 'loss_weight')
        self.occlusion = _build(occlusion, 'prob')
        self.domain_head = _build(domain_head, 'loss_weight')
        self.im_loss = _build(im_loss, 'loss_weight')
        self._frame = self.representation.frame(
            self.loss_module, self.consistency, self.im_loss
        )

    def loss(self, inputs: dict, data_samples: dict) -> dict[str, Tensor]:
        """See the base class."""
        x_s = self.stylise(inputs['source'], inputs['target_teacher'])
        y_s, f_s = self.forward_student(x_s)
        labels, weights = self.representation.labels(**data_samples['source'])
        losses = {'loss_supervised': self.loss_module(y_s, labels, weights)}
        losses |= self.loss_labeled_target(inputs, data_samples)
        self.record(source=inputs['source'], **data_samples['source'])
        self.record(x_s=x_s, y_s=y_s, labels=labels, label_weights=weights)
        if self.adaptation_step >= 0 and self._aligns:
            losses |= self.loss_alignment(inputs, data_samples, f_s)
        return losses

    @property
    def _aligns(self) -> bool:
        return any((self.consistency, self.domain_head, self.im_loss))

    def loss_alignment(
        self, inputs: dict, data_samples: dict, f_s: Tensor
    ) -> dict[str, Tensor]:
        """The terms of the adaptation, which see target images.

        Args:
            inputs: See :meth:`loss`.
            data_samples: See :meth:`loss`.
            f_s: (B, C, h, w), features of the source images.

        Returns:
            dict: Weighted losses and values to monitor.
        """
        losses = {}
        outputs, peaks, confidence = self.ask_teacher(inputs)
        pseudo = map_peaks(peaks, confidence, data_samples)
        x_t = self.occlude(inputs['target_student'], pseudo, data_samples)
        y_t, f_t = self.forward_student(x_t)
        self.record(x_t=x_t, y_t=y_t, f_s=f_s, f_t=f_t)
        self.record(
            student_points=pseudo.student,
            student_confidence=pseudo.student_confidence,
        )
        if self.domain_head is not None:
            losses |= self.domain_head.loss(f_s, f_t, self.adaptation_step)
        if self.consistency is None and self.im_loss is None:
            return losses

        points, confidence, keep = self.select(pseudo)
        y = self.common_frame(y_t, keep, data_samples)
        if self.consistency is not None:
            losses['loss_consistency'] = (
                self.representation.consistency_loss(
                    self.consistency, self.loss_module, y, points, keep
                )
                if self.consistency.rectify
                else self.consistency(
                    y, self.teacher_heatmaps(outputs, data_samples), keep
                )
            )
        if self.im_loss is not None:
            losses['loss_im'] = self.representation.information_loss(
                self.im_loss, y, keep
            )
        side = max(x_t.shape[-2:])
        losses['pseudo_kept'] = keep.float().mean()
        losses['pseudo_confidence'] = confidence.mean()
        losses['pseudo_spread'] = peak_spread(peaks) * 100 / side
        losses['pseudo_agreement'] = peak_agreement(
            self.representation.peaks(y)[0],
            points,
            keep,
            AGREEMENT * side,
        )
        self.record(y=y, points=points, confidence=confidence, keep=keep)
        return losses

    def stylise(self, images: Tensor, style: Tensor) -> Tensor:
        """Eq. 1: source images in the style of the target, by chance."""
        if self.style_transfer is None:
            return images
        rng = host_random(*self.seed_and_step, 'style')
        alpha = self.style_transfer.draw(rng)
        if alpha is None:
            return images
        return self.style_transfer(images, style, alpha)

    @torch.no_grad()
    def ask_teacher(self, inputs: dict) -> tuple[Tensor, Tensor, Tensor]:
        """What the teacher sees in its view.

        Args:
            inputs: See :meth:`loss`.

        Returns:
            tuple: Outputs of the head, e.g. heatmaps (B, K, h, w), their
            peaks (B, K, 2) in pixels of the view, and confidences (B, K).
        """
        images = self.restyle_target(inputs)
        outputs = self.forward_teacher(images)
        points, confidence = self.representation.peaks(outputs)
        self.record(
            x_teacher=images,
            teacher_points=points,
            teacher_confidence=confidence,
        )
        return outputs, points, confidence

    def restyle_target(self, inputs: dict) -> Tensor:
        """The teacher's view, in the style of the source by chance."""
        images = inputs['target_teacher']
        if self.target_style is None:
            return images
        rng = host_random(*self.seed_and_step, 'target_style')
        if rng.random() >= self.target_style['prob']:
            return images
        alpha = rng.uniform(*self.target_style['alpha'])
        return self.style_transfer(images, inputs['source'], alpha)

    def occlude(
        self, images: Tensor, pseudo: PseudoLabels, data_samples: dict
    ) -> Tensor:
        """Hide confident joints of the student's view, by chance."""
        if self.occlusion is None:
            return images
        inside = self.representation.inside(pseudo.student)
        confidence = torch.where(inside, pseudo.student_confidence, -torch.inf)
        return self.occlusion(
            images, pseudo.student, confidence, data_samples['seed']
        )

    def select(self, pseudo: PseudoLabels) -> tuple[Tensor, Tensor, Tensor]:
        """The pseudo-labels in the frame of the losses, and which to trust.

        Args:
            pseudo: The pseudo-labels.

        Returns:
            tuple: Points (B, K, 2), confidences (B, K) and the mask (B, K),
            in the order of joints of that frame.
        """
        points, confidence = (
            (pseudo.student, pseudo.student_confidence)
            if self._frame == 'student'
            else (pseudo.canonical, pseudo.confidence)
        )
        keep = self.representation.inside(points)
        if self.consistency is not None:
            rng = host_random(*self.seed_and_step, 'threshold')
            keep = self.consistency.select(confidence, keep, rng)
        return points, confidence, keep

    def common_frame(
        self, y_t: Tensor, keep: Tensor, data_samples: dict
    ) -> Tensor:
        """The student's output in the frame of the losses.

        Args:
            y_t: Of the student's view, e.g. heatmaps (B, K, H, W).
            keep: (B, K), the mask. Other joints may be zero.
            data_samples: See :meth:`loss`.

        Returns:
            Tensor: Likewise, in the order of joints of that frame.
        """
        if self._frame == 'student':
            return y_t
        if not getattr(self.im_loss, 'masked', self.im_loss is None):
            keep = None  # it looks at all joints, or does not say
        to_student = view_matrices(data_samples['target_student'])
        return self.move(y_t, geometry.inverse(to_student), data_samples, keep)

    def teacher_heatmaps(self, outputs: Tensor, data_samples: dict) -> Tensor:
        """The teacher's heatmaps where they are compared, (B, K, H, W)."""
        matrix = geometry.inverse(
            view_matrices(data_samples['target_teacher'])
        )
        if self._frame == 'student':
            matrix = view_matrices(data_samples['target_student']) @ matrix
        return self.move(outputs, matrix, data_samples)

    def move(
        self,
        heatmaps: Tensor,
        matrix: Tensor,
        data_samples: dict,
        keep: Tensor | None = None,
    ) -> Tensor:
        """Heatmaps in another frame, with its order of joints.

        Args:
            heatmaps: (B, K, H, W).
            matrix: (B, 3, 3), pixels of the input in the other frame.
            data_samples: See :meth:`loss`.
            keep: (B, K), of the other frame; other joints become zero.

        Returns:
            Tensor: (B, K, H, W).
        """
        mirrored = geometry.is_mirrored(matrix)
        heatmaps = geometry.swap_sides(
            heatmaps, mirrored, data_samples['flip_indices']
        )
        return self.representation.align(heatmaps, matrix, keep)


def _build(config: dict | None, switch: str, **defaults):
    """Build a part, unless its weight or probability is 0."""
    if config is None or config.get(switch) == 0:
        return None
    return MODELS.build(config, default_args=defaults)
