# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Consistency of the student with the teacher's pseudo-labels."""

import random

import torch
import torch.nn.functional as F
from mmengine.dist import all_gather
from torch import Tensor, nn

from mmpose_mlda.functional.heatmaps import share_threshold
from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class HeatmapConsistency(nn.Module):
    r"""Squared distance to the rectified pseudo-labels (Eq. 3).

    .. math:: L_c = \frac{1}{BKHW} \sum_{bk} M_{bk} \| y_{bk} - G_{bk} \|^2

    G is a Gaussian at the teacher's peak and M keeps the peaks whose
    confidence is above a threshold. Masked joints stay in the denominator,
    as in the published code.

    Args:
        frame: Where both are compared. ``'canonical'`` is Eq. 3: the
            student's heatmaps are warped back to the frame before the
            augmentation. ``'student'`` renders the Gaussian in the student's
            view and warps nothing; it is another loss, with its sigma and
            its pixels in the student's view.
        threshold: ``'quantile'``: the confidence below which ``share`` of
            the batch lies (the published code; over all processes).
            ``'random'``: uniform in ``low`` to ``high``, once a step (the
            paper's "random threshold"). A number: that confidence. None:
            all of them.
        share: Share of the peaks that ``'quantile'`` drops.
        low, high: Range of ``'random'``. The paper gives none.
        rectify: Whether the targets are Gaussians at the teacher's peaks.
            False: the teacher's heatmaps as they are, warped to the frame.
        loss_weight: :math:`\lambda_a`, 1 in the paper.
    """

    def __init__(
        self,
        frame: str = 'canonical',
        threshold: str | float | None = 'quantile',
        share: float = 0.5,
        low: float = 0.0,
        high: float = 1.0,
        rectify: bool = True,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if frame not in ('canonical', 'student'):
            raise ValueError(
                f"frame is {frame!r}, but must be 'canonical' or 'student'"
            )
        if isinstance(threshold, str) and threshold not in (
            'quantile',
            'random',
        ):
            raise ValueError(
                f'threshold is {threshold!r}, but must be a number, '
                "'quantile', 'random' or None"
            )
        if not 0 <= share <= 1:
            raise ValueError(f'share is {share}, but must lie in [0, 1]')
        self.frame = frame
        self.threshold = threshold
        self.share = share
        self.low, self.high = low, high
        self.rectify = rectify
        self.loss_weight = loss_weight

    @torch.no_grad()
    def select(
        self, confidence: Tensor, valid: Tensor, rng: random.Random
    ) -> Tensor:
        """Mask M of the pseudo-labels to trust.

        Args:
            confidence: (B, K).
            valid: (B, K), bool, whether the peak lies in the frame; others
                are dropped and do not count in the quantile.
            rng: Draws the random threshold, the same in all processes.

        Returns:
            Tensor: (B, K), bool.
        """
        if self.threshold is None:
            return valid
        if self.threshold == 'quantile':
            threshold = share_threshold(
                torch.stack(all_gather(confidence)),
                torch.stack(all_gather(valid)),
                self.share,
            )
        elif self.threshold == 'random':
            threshold = rng.uniform(self.low, self.high)
        else:
            threshold = self.threshold
        return valid & (confidence > threshold)

    def forward(
        self,
        outputs: Tensor,
        targets: Tensor,
        keep: Tensor | None = None,
        count: int | None = None,
    ) -> Tensor:
        """Weighted loss, in fp32 at least.

        Args:
            outputs: (..., H, W), the student's heatmaps.
            targets: (..., H, W), of the teacher, in the same frame.
            keep: (...), bool, the mask M. Defaults to all.
            count: BK, if maps are left out.

        Returns:
            Tensor: Scalar.
        """
        dtype = torch.promote_types(outputs.dtype, torch.float32)
        outputs, targets = outputs.to(dtype), targets.to(dtype)
        if keep is not None:
            # not by a product: what is not finite must not spread
            dropped = ~keep[..., None, None]
            outputs = outputs.masked_fill(dropped, 0)
            targets = targets.masked_fill(dropped, 0)
        total = F.mse_loss(outputs, targets, reduction='sum')
        maps, pixels = targets.shape[:-2].numel(), targets.shape[-2:].numel()
        return self.loss_weight * total / (pixels * (count or maps))
