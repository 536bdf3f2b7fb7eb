# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A whole training step against its networks alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mmpose_mlda.models.networks import networks
from mmpose_mlda.registry import MODELS, OPTIM_WRAPPERS
from mmpose_mlda.studies.fixtures import write_style_weights

from .alignment import (
    PROB,
    SHARE,
    SIGMA,
    THRESHOLD,
    Sizes,
    collated_views,
    make_batch,
)

# by what --amp says, as tools/train.py takes them
WRAPPERS = {
    None: 'OptimWrapper',
    'float16': 'AmpOptimWrapper',
    'bfloat16': 'mmpose_mlda.BFloat16OptimWrapper',
}
FEATURES = {18: 512, 34: 512, 50: 2048, 101: 2048, 152: 2048}


@dataclass(frozen=True)
class Setting:
    """How the networks are run; the same for both sides."""

    depth: int = 101
    layer: str = 'relu4_1'  # of the style network
    frame: str = 'canonical'
    amp: str | None = None  # 'float16' or 'bfloat16'
    channels_last: bool = False
    compile: bool = False


class StepBenchmark:
    """A model with random weights, its optimiser and one batch.

    Args:
        sizes: Of the batch.
        setting: Of the networks.
        folder: For the style network's weights.
        device: Where it is.
    """

    def __init__(
        self,
        sizes: Sizes,
        setting: Setting,
        folder: Path,
        device: str = 'cpu',
    ) -> None:
        self.setting, self.device = setting, torch.device(device)
        self.model = MODELS.build(_config(sizes, setting, folder))
        self.model.init_weights()
        self.model.to(device).train()
        self.model.begin_step(0, 0, 0)
        if setting.compile:
            for network in networks(self.model):
                network.compile()
        optimizer = torch.optim.Adam(
            [p for p in self.model.parameters() if p.requires_grad], lr=1e-4
        )
        self.optim_wrapper = OPTIM_WRAPPERS.build(
            dict(type=WRAPPERS[setting.amp], optimizer=optimizer)
        )
        self.batch = _pair_batch(sizes, device)
        self._gradients: list[Tensor] = []

    def whole(self, stylised: bool) -> Callable[[], object]:
        """The training step, to be called.

        Args:
            stylised: Whether the coin of the image level falls that way.
        """

        def step() -> None:
            self.model.style_transfer.prob = float(stylised)
            self.model.train_step(self.batch, self.optim_wrapper)

        return step

    def networks(self, stylised: bool) -> Callable[[], object]:
        """Forward and backward passes and the update alone, to be called."""
        data = self.model.data_preprocessor(self.batch, True)['inputs']

        def step() -> None:
            with self.optim_wrapper.optim_context(self.model):
                if stylised:
                    self._style(data['source'], data['target_teacher'])
                self.model.forward_teacher(data['target_teacher'])
                outputs = [
                    output
                    for branch in ('source', 'target_student')
                    for output in self._answers(data[branch])
                ]
            torch.autograd.backward(outputs, self._gradients_of(outputs))
            optimizer = self.optim_wrapper.optimizer
            optimizer.step()
            optimizer.zero_grad()

        return step

    def _answers(self, images: Tensor) -> tuple[Tensor, Tensor]:
        heatmaps, features = self.model.forward_student(images)
        return heatmaps, self.model.domain_head(features)

    @torch.no_grad()
    def _style(self, content: Tensor, style: Tensor) -> None:
        """Two encodings and a decoding."""
        network = self.model.style_transfer
        features = network.encoder(content)
        network.encoder(style)
        network.decoder(features)

    def _gradients_of(self, outputs: list[Tensor]) -> list[Tensor]:
        """Small numbers, drawn once."""
        if not self._gradients:
            self._gradients = [1e-6 * torch.randn_like(o) for o in outputs]
        return self._gradients


def _config(sizes: Sizes, setting: Setting, folder: Path) -> dict:
    """The paper's, with all parts."""
    return dict(
        type='mmpose_mlda.MLDA',
        student=dict(
            type='TopdownPoseEstimator',
            backbone=dict(type='ResNet', depth=setting.depth),
            head=dict(
                type='HeatmapHead',
                in_channels=FEATURES[setting.depth],
                out_channels=sizes.joints,
                loss=dict(type='KeypointMSELoss', use_target_weight=True),
                decoder=dict(
                    type='MSRAHeatmap',
                    input_size=(sizes.image,) * 2,
                    heatmap_size=(sizes.heatmap,) * 2,
                    sigma=SIGMA,
                ),
            ),
        ),
        data_preprocessor=dict(
            type='mmpose_mlda.DomainDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            bgr_to_rgb=True,
            channels_last=setting.channels_last,
        ),
        style_transfer=dict(
            type='mmpose_mlda.AdaINStyleTransfer',
            layer=setting.layer,
            prob=0.5,
            **write_style_weights(folder, setting.layer),
        ),
        consistency=dict(
            type='mmpose_mlda.HeatmapConsistency',
            frame=setting.frame,
            share=SHARE,
        ),
        occlusion=dict(
            type='mmpose_mlda.KeypointOcclusion',
            prob=PROB,
            threshold=THRESHOLD,
            size=sizes.occlusion,
        ),
        domain_head=dict(type='mmpose_mlda.DomainHead', in_channels=256),
        im_loss=dict(type='mmpose_mlda.InformationMaximizationLoss'),
    )


def _pair_batch(sizes: Sizes, device: str) -> dict:
    """As the collated batch of a data loader, on the device."""
    batch = make_batch(sizes, device)
    images = (255 * batch.images).byte()
    keypoints = torch.rand(sizes.batch, sizes.joints, 2) * sizes.image
    source = dict(
        keypoints=keypoints.to(device),
        keypoint_weights=torch.ones(keypoints.shape[:2], device=device),
    )
    return dict(
        inputs=dict(
            source=images, target_student=images, target_teacher=images
        ),
        data_samples=dict(collated_views(sizes, batch), source=source),
    )
