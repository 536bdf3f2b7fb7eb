# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a step does between its networks, without the networks."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mmpose_mlda.functional.geometry import view_matrix
from mmpose_mlda.functional.random import generator, host_random, key
from mmpose_mlda.models import MLDA

from .published import View, align_step

PROB, THRESHOLD, SHARE = 0.5, 0.9, 0.5  # of the paper's config
SIGMA = 2.0


@dataclass(frozen=True)
class Sizes:
    """Of a batch."""

    batch: int = 32
    joints: int = 16
    image: int = 256
    heatmap: int = 64

    @property
    def occlusion(self) -> int:
        """Side of the square: 20 of 256 pixels."""
        return max(20 * self.image // 256, 1)


@dataclass(frozen=True)
class Batch:
    """Views, and heatmaps in place of what networks would say."""

    images: Tensor  # (B, 3, H, W)
    teacher: Tensor  # (B, K, h, w)
    student: Tensor  # (B, K, h, w), with gradient
    teacher_views: list[View]
    student_views: list[View]


def make_batch(sizes: Sizes, device: str = 'cpu', seed: int = 0) -> Batch:
    """Heatmaps with peaks around the occlusion's threshold; random views."""
    rng = generator(seed, 'benchmark')
    shape = (sizes.batch, sizes.joints, sizes.heatmap, sizes.heatmap)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=rng)

    images = uniform(sizes.batch, 3, sizes.image, sizes.image)
    teacher = uniform(*shape) * (0.5 + 0.5 * uniform(*shape[:2], 1, 1))
    return Batch(
        images.to(device),
        teacher.to(device),
        uniform(*shape).to(device).requires_grad_(),
        _views(sizes, seed, 'teacher'),
        _views(sizes, seed, 'student'),
    )


def _views(sizes: Sizes, seed: int, name: str) -> list[View]:
    """In the ranges of the paper's config."""
    rng = host_random(seed, name)
    reach = 0.05 * sizes.image

    def draw() -> View:
        return View(
            rotation=rng.uniform(-60, 60),
            translation=(
                rng.uniform(-reach, reach),
                rng.uniform(-reach, reach),
            ),
            shear=rng.uniform(-30, 30),
            scale=rng.uniform(0.6, 1.3),
        )

    return [draw() for _ in range(sizes.batch)]


class AlignmentOnly(MLDA):
    """MLDA whose networks answer the heatmaps of a batch."""

    def __init__(self, sizes: Sizes, batch: Batch, frame: str) -> None:
        super().__init__(
            _student(sizes),
            consistency=dict(
                type='mmpose_mlda.HeatmapConsistency',
                frame=frame,
                share=SHARE,
            ),
            occlusion=dict(
                type='mmpose_mlda.KeypointOcclusion',
                prob=PROB,
                threshold=THRESHOLD,
                size=sizes.occlusion,
            ),
        )
        self.batch = batch
        self.begin_step(0, 0, 0)

    def forward_teacher(self, images: Tensor) -> Tensor:
        """Heatmaps of the teacher's view."""
        return self.batch.teacher

    def forward_student(self, images: Tensor) -> tuple[Tensor, None]:
        """Heatmaps of the student's view, without features."""
        return self.batch.student, None


def _student(sizes: Sizes) -> dict:
    """An estimator that is never asked."""
    codec = dict(
        type='MSRAHeatmap',
        input_size=(sizes.image,) * 2,
        heatmap_size=(sizes.heatmap,) * 2,
        sigma=SIGMA,
    )
    return dict(
        type='TopdownPoseEstimator',
        backbone=dict(
            type='ResNet', depth=18, base_channels=8, stem_channels=8
        ),
        head=dict(
            type='HeatmapHead',
            in_channels=64,
            out_channels=sizes.joints,
            deconv_out_channels=(8,),
            deconv_kernel_sizes=(4,),
            decoder=codec,
        ),
    )


def functions(
    sizes: Sizes, device: str = 'cpu'
) -> dict[str, Callable[[], Tensor]]:
    """``'published'``, ``'canonical'`` and ``'student'``, to be called.

    Each gives the consistency loss and leaves its gradient at the student's
    heatmaps, :attr:`Batch.student`.
    """
    batch = make_batch(sizes, device)
    losses = dict(
        published=published(sizes, batch),
        canonical=ours(sizes, batch, 'canonical'),
        student=ours(sizes, batch, 'student'),
    )
    return {
        name: lambda loss=loss: _with_gradient(loss, batch.student)
        for name, loss in losses.items()
    }


def _with_gradient(loss: Callable[[], Tensor], student: Tensor) -> Tensor:
    student.grad = None
    value = loss()
    value.backward()
    return value.detach()


def ours(sizes: Sizes, batch: Batch, frame: str) -> Callable[[], Tensor]:
    """The alignment of :class:`MLDA`, to be called; gives the loss."""
    model = AlignmentOnly(sizes, batch, frame).to(batch.images.device)
    samples = collated_views(sizes, batch)
    inputs = dict(target_teacher=batch.images, target_student=batch.images)
    return lambda: model.loss_alignment(inputs, samples, None)[
        'loss_consistency'
    ]


def collated_views(sizes: Sizes, batch: Batch) -> dict:
    """What a step is told of the target's views."""
    device = batch.images.device
    keys = [key(0, slot) for slot in range(sizes.batch)]
    joints = torch.arange(sizes.joints, device=device)
    return dict(
        target_teacher=_matrices(batch.teacher_views, sizes, device),
        target_student=_matrices(batch.student_views, sizes, device),
        flip_indices=joints.expand(sizes.batch, -1),
        seed=torch.tensor(keys, device=device),
    )


def _matrices(views: list[View], sizes: Sizes, device) -> dict[str, Tensor]:
    matrices = torch.stack(
        [
            view_matrix(
                (sizes.image,) * 2,
                view.rotation,
                view.shear,
                view.scale,
                view.translation,
            )
            for view in views
        ]
    )
    identity = torch.eye(3, dtype=matrices.dtype).expand_as(matrices)
    return dict(
        warp_mat=matrices.to(device), canonical_mat=identity.to(device)
    )


def published(sizes: Sizes, batch: Batch) -> Callable[[], Tensor]:
    """The same, one sample after the other, to be called; gives the loss."""
    return lambda: align_step(
        batch.images,
        batch.teacher,
        batch.student,
        batch.teacher_views,
        batch.student_views,
        SIGMA,
        SHARE,
        PROB,
        THRESHOLD,
        sizes.occlusion,
    )[1]


class CountOperators(TorchDispatchMode):
    """Counts the calls of torch's operators."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))


def count_operators(function: Callable) -> int:
    """Calls of torch's operators in a call of a function."""
    with CountOperators() as counter:
        function()
    return counter.count
