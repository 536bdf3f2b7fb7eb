# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The teacher's peaks in the frames of the other networks."""

from typing import NamedTuple

from torch import Tensor

from mmpose_mlda.functional import geometry


class PseudoLabels(NamedTuple):
    """Points in two frames of the input, in pixels.

    Both in the order of joints of their own frame.
    """

    canonical: Tensor  # (B, K, 2), before the augmentation of the views
    student: Tensor  # (B, K, 2), in the student's view
    confidence: Tensor  # (B, K), in the order of the canonical frame
    student_confidence: Tensor  # (B, K), in the order of the student's view


def map_peaks(
    points: Tensor, confidence: Tensor, data_samples: dict
) -> PseudoLabels:
    """Peaks of the teacher's view, mapped by matrices.

    Args:
        points: (B, K, 2), pixels of the teacher's view.
        confidence: (B, K).
        data_samples: The matrices of the views and ``flip_indices``, see
            :class:`DomainPairDataset`.

    Returns:
        PseudoLabels: Points of the canonical frame and of the student's.
    """
    flip = data_samples['flip_indices']
    to_canonical = geometry.inverse(
        view_matrices(data_samples['target_teacher'])
    )
    canonical = geometry.transform_points(to_canonical, points)
    mirrored = geometry.is_mirrored(to_canonical)
    canonical = geometry.swap_sides(canonical, mirrored, flip)
    confidence = geometry.swap_sides(confidence, mirrored, flip)

    to_student = view_matrices(data_samples['target_student'])
    student = geometry.transform_points(to_student, canonical)
    mirrored = geometry.is_mirrored(to_student)
    return PseudoLabels(
        canonical,
        geometry.swap_sides(student, mirrored, flip),
        confidence,
        geometry.swap_sides(confidence, mirrored, flip),
    )


def view_matrices(view: dict[str, Tensor]) -> Tensor:
    """Canonical input pixels -> pixels of the view, (B, 3, 3)."""
    return view['warp_mat'] @ geometry.inverse(view['canonical_mat'])
