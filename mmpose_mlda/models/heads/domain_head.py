# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Feature-level alignment: a domain discriminator."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class DomainHead(BaseModule):
    r"""Tell source from target features, and make the student confuse them.

    A stack of convolutions gives one logit D(f) a pixel, or fewer if they
    have strides. With the reversed gradient of f (Eq. 4-5), one backward lets
    the head minimise and the student maximise

    .. math:: L_d = \mathrm{BCE}(D(f_s), 0) + \mathrm{BCE}(D(f_t), 1)

    Programs that call the source 1 train the same with D's sign exchanged.

    Args:
        in_channels: Channels of the tapped features.
        channels: Output channels of the hidden convolutions. The default is
            that of the MLDA code.
        reversal: Config of the :class:`GradientReversal`.
        loss_weight: :math:`\lambda_b`, 0.1 in the paper.
        conv: Options of the hidden ``Conv2d``. Defaults to 3x3, padded.
        last: Options of the last one where they differ from ``conv``.
        slope: Negative slope of the hidden ``LeakyReLU``.
        init_cfg: See ``BaseModule``.
    """

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[int] = (256, 128, 128),
        reversal: dict | None = None,
        loss_weight: float = 0.1,
        conv: dict | None = None,
        last: dict | None = None,
        slope: float = 0.2,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        conv = dict(kernel_size=3, padding=1) | (conv or {})
        layers = []
        for out_channels in channels:
            layers += [
                nn.Conv2d(in_channels, out_channels, **conv),
                nn.LeakyReLU(slope, inplace=True),
            ]
            in_channels = out_channels
        self.layers = nn.Sequential(
            *layers, nn.Conv2d(in_channels, 1, **(conv | (last or {})))
        )
        self.reversal = MODELS.build(
            dict(type='mmpose_mlda.GradientReversal') | (reversal or {})
        )
        self.loss_weight = loss_weight

    def forward(self, features: Tensor) -> Tensor:
        """Logits of "target" (B, 1, H, W) for features (B, C, H, W)."""
        return self.layers(features)

    def loss(
        self, source: Tensor, target: Tensor, step: int = 0
    ) -> dict[str, Tensor]:
        """Adversarial loss of both domains.

        Args:
            source: (B, C, H, W), features of source images.
            target: (B', C, H, W), features of target images.
            step: Steps since the start of the adaptation, for the schedule
                of the reversal.

        Returns:
            dict: ``loss_domain``; the head's accuracy in per cent for the
            pixels of each domain, ``acc_domain_source`` and
            ``acc_domain_target``, and their mean ``acc_domain``, 50 where it
            cannot tell the domains apart.
        """
        logits_s = self(self.reversal(source, step))
        logits_t = self(self.reversal(target, step))
        dtype = torch.promote_types(logits_s.dtype, torch.float32)
        logits_s, logits_t = logits_s.to(dtype), logits_t.to(dtype)
        loss = F.binary_cross_entropy_with_logits(
            logits_s, torch.zeros_like(logits_s)
        ) + F.binary_cross_entropy_with_logits(
            logits_t, torch.ones_like(logits_t)
        )
        right_s = 100 * (logits_s < 0).float().mean()
        right_t = 100 * (logits_t > 0).float().mean()
        return dict(
            loss_domain=self.loss_weight * loss,
            acc_domain=(right_s + right_t) / 2,
            acc_domain_source=right_s,
            acc_domain_target=right_t,
        )
