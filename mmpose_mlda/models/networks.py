# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Where a model spends its time."""

from collections.abc import Iterator

from mmengine.model import BaseModule
from mmpose.models.pose_estimators.base import BasePoseEstimator
from torch import nn

from .domain_model import BaseDomainModel
from .heads import RefineHead
from .style import BaseStyleTransfer


def networks(model: BaseDomainModel) -> Iterator[nn.Module]:
    """The sub-modules with convolutions that a training step calls.

    Each as large as possible: backbone, neck and head of the student and of
    the teacher, encoder and decoder of the style network, other heads.
    Losses, warps and random numbers lie outside.

    Args:
        model: Any model of :class:`DomainTrainLoop`.

    Yields:
        nn.Module: One of them.
    """
    for part in model.children():
        if isinstance(part, BasePoseEstimator):
            yield part.backbone
            if part.with_neck:
                yield part.neck
            yield from _of_head(part.head)
        elif isinstance(part, BaseStyleTransfer):
            yield from part.children()
        elif isinstance(part, BaseModule):
            yield part


def _of_head(head: nn.Module) -> Iterator[nn.Module]:
    if isinstance(head, RefineHead):  # its forward is for tests alone
        yield from (*head.refine_levels, head.refine_first)
        yield head.refine_second
    else:
        yield head
