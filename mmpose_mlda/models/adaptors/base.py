# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What every method with a student and a teacher shares."""

from abc import ABCMeta, abstractmethod
from urllib.error import URLError

import torch
from mmengine.utils import apply_to
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_mlda.models.domain_model import BaseDomainModel
from mmpose_mlda.models.representations import (
    HeatmapRepresentation,
    build_representation,
)
from mmpose_mlda.registry import MODELS

from .features import FeatureTap
from .loading import spread_plain_checkpoint


class BaseAdaptor(BaseDomainModel, metaclass=ABCMeta):
    """A student that learns from two domains, and its averaged teacher.

    The student is any top-down estimator of MMPose, given as its config; the
    teacher is built from the same config. Training is the subclass's
    :meth:`loss`; validation and prediction are those of the estimator.

    A plain checkpoint of the estimator given to ``load_from`` is loaded in
    both networks, and the training then begins with the adaptation.

    Args:
        student: Config of a ``TopdownPoseEstimator``.
        tap: Name of the student's sub-module whose output are the features
            for the domain head.
        teacher_bn: ``'train'``: the teacher normalises by the statistics of
            its batch and collects its own running ones, as in the papers.
            ``'eval'``: by its running ones.
        predict_on: ``'teacher'`` or ``'student'``, for testing.
        labeled_target_weight: Weight of the loss of target images that have
            labels; see ``target_labeled`` of :class:`DomainPairDataset`.
        probe: Config of an :class:`AgreementProbe`, for scores without
            labels in validation and test; for heatmaps only.
        data_preprocessor: Config of a :class:`DomainDataPreprocessor`.
        init_cfg: See ``BaseModule``.
    """

    # of the student's head, with which the method can work
    representations: tuple[type, ...] = (HeatmapRepresentation,)

    def __init__(
        self,
        student: dict,
        tap: str = 'head.deconv_layers',
        teacher_bn: str = 'train',
        predict_on: str = 'teacher',
        labeled_target_weight: float = 1.0,
        probe: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if teacher_bn not in ('train', 'eval'):
            raise ValueError(
                f"teacher_bn is {teacher_bn!r}, but must be 'train' or 'eval'"
            )
        if predict_on not in ('teacher', 'student'):
            raise ValueError(
                f'predict_on is {predict_on!r}, but must be '
                "'teacher' or 'student'"
            )
        self.teacher_bn = teacher_bn
        self.predict_on = predict_on
        self.labeled_target_weight = labeled_target_weight
        self.student = MODELS.build(student)
        self.teacher = MODELS.build(student)
        self.teacher.requires_grad_(False)
        self.representation = build_representation(
            self.student.head, self.representations
        )
        is_heatmap = isinstance(self.representation, HeatmapRepresentation)
        if probe is not None and not is_heatmap:
            raise ValueError(
                'model.probe and LabelFreeScore compare heatmaps, but the '
                f'student has a {type(self.student.head).__name__}, which '
                'answers with the bins of both axes; set model.probe=None and '
                'choose the checkpoint by labels or take the last one'
            )
        self._tap = FeatureTap(self.student, tap)
        self.probe = None if probe is None else MODELS.build(probe)
        self.copy_student_to_teacher()

        self.starts_adapted = False
        self._register_load_state_dict_pre_hook(spread_plain_checkpoint, True)

    # ------------------------------------------------------- both networks
    @torch.no_grad()
    def copy_student_to_teacher(self) -> None:
        """Make parameters and buffers of the teacher those of the student."""
        for copy, original in zip(
            self.teacher.state_dict().values(),
            self.student.state_dict().values(),
            strict=True,
        ):
            copy.copy_(original)

    def train(self, mode: bool = True) -> 'BaseAdaptor':
        """Set the student's mode; the teacher's is what the config says."""
        super().train(mode)
        self.teacher.eval()
        if mode and self.teacher_bn == 'train':
            for module in self.teacher.modules():
                if isinstance(module, _BatchNorm):
                    module.train()
        return self

    def init_weights(self) -> None:
        """Initialise the student and all other parts, copy the teacher."""
        for name, child in self.named_children():
            if name == 'teacher' or not hasattr(child, 'init_weights'):
                continue
            try:
                child.init_weights()
            except URLError as error:
                raise FileNotFoundError(
                    f'The pretrained weights of {name} cannot be downloaded '
                    f'({error.reason}); give a local file by --cfg-options '
                    f'model.{name}.backbone.init_cfg.checkpoint=FILE'
                ) from error
        self.copy_student_to_teacher()
        # convolutions are fastest with weights in the layout of the images
        layout = getattr(self.data_preprocessor, 'memory_format', None)
        if layout is not None:
            self.to(memory_format=layout)

    def forward_student(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Output of the student's head and the tapped features.

        Args:
            images: (B, 3, H, W), normalised.

        Returns:
            tuple: What the head answers, e.g. heatmaps (B, K, H / s, W / s),
            and features (B, C, ...).
        """
        with self._tap as features:
            output = self.student.head(self.student.extract_feat(images))
            return output, features()

    def forward_teacher(self, images: Tensor) -> Tensor:
        """Output of the teacher's head, without gradient."""
        with torch.inference_mode():
            output = self.teacher.head(self.teacher.extract_feat(images))
        # a tensor of that mode itself may not take part in a loss
        return apply_to(output, torch.is_tensor, torch.clone)

    def stop_recording(self) -> dict[str, Tensor]:
        """See the base class; the head's output as heatmaps."""
        record = super().stop_recording()
        if 'y_t' in record:
            record['y_t'] = self.representation.maps(record['y_t'])
        return record

    # ---------------------------------------------------------------- labels
    @property
    def loss_module(self) -> nn.Module:
        """The loss of the student's head."""
        return self.student.head.loss_module

    def loss_labels(
        self, images: Tensor, keypoints: Tensor, keypoint_weights: Tensor
    ) -> Tensor:
        """Loss of the student's head on labelled images.

        Args:
            images: (B, 3, H, W), normalised.
            keypoints: (B, K, 2), input pixels.
            keypoint_weights: (B, K).

        Returns:
            Tensor: Scalar.
        """
        output, _ = self.forward_student(images)
        labels = self.representation.labels(keypoints, keypoint_weights)
        return self.loss_module(output, *labels)

    def loss_labeled_target(
        self, inputs: dict, data_samples: dict
    ) -> dict[str, Tensor]:
        """The few target images that have labels, if there are any.

        Args:
            inputs: See :meth:`loss`.
            data_samples: See :meth:`loss`.

        Returns:
            dict: ``loss_supervised_target``, weighted, or nothing.
        """
        if 'target_labeled' not in inputs or not self.labeled_target_weight:
            return {}
        loss = self.loss_labels(
            inputs['target_labeled'], **data_samples['target_labeled']
        )
        return {'loss_supervised_target': self.labeled_target_weight * loss}

    # -------------------------------------------------------- MMEngine's way
    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """Losses of both domains, or whatever the estimator answers.

        Args:
            inputs: For ``mode='loss'`` the branches of a
                :class:`DomainPairDataset`, {name: (B, 3, H, W)}; else images.
            data_samples: Collated values of the pair, or MMPose's samples.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'``.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        network: nn.Module = getattr(self, self.predict_on)
        answer = network(inputs, data_samples, mode=mode)
        if mode == 'predict' and self.probe is not None:
            other = self.student if network is self.teacher else self.teacher
            self.probe(network, other, self.representation, inputs, answer)
        return answer

    @abstractmethod
    def loss(self, inputs: dict, data_samples: dict) -> dict[str, Tensor]:
        """All terms of one step.

        Args:
            inputs: ``source``, ``target_student``, ``target_teacher``, and
                maybe ``target_labeled``, each (B, 3, H, W), normalised.
            data_samples: See :class:`DomainPairDataset`.

        Returns:
            dict: Weighted losses under ``loss_*``, and values to monitor.
        """
