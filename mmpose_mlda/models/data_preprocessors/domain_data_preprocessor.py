# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""From uint8 batches to normalised tensors on the device."""

import torch
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from torch import Tensor

from mmpose_mlda.registry import MODELS


@MODELS.register_module()
class DomainDataPreprocessor(PoseDataPreprocessor):
    """Normalise every branch of a domain pair as MMPose does one image.

    Batches of a :class:`DomainPairDataset` have a dictionary of image
    tensors as inputs; all others, of validation and test, are left to
    :class:`mmpose.models.PoseDataPreprocessor`.

    Args:
        channels_last: Whether to hand out images in that memory format,
            which convolutions then keep; faster on CPUs, and on GPUs under
            AMP.
        non_blocking: Whether to go on while a batch is on its way to the
            device; needs ``pin_memory=True`` of the data loader.
        kwargs: See :class:`mmpose.models.PoseDataPreprocessor`.
    """

    def __init__(
        self,
        channels_last: bool = False,
        non_blocking: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(non_blocking=non_blocking, **kwargs)
        self.memory_format = (
            torch.channels_last if channels_last else torch.contiguous_format
        )

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch.

        Args:
            data: ``inputs`` {branch: (B, 3, H, W) uint8} and
                ``data_samples``, collated; or a batch of MMPose.
            training: See the base class.

        Returns:
            dict: The same, on the device, images as normalised float32.
        """
        if not isinstance(data['inputs'], dict):
            data = super().forward(data, training)
            data['inputs'] = self._arrange(data['inputs'])
            return data
        data = self.cast_data(data)
        data['inputs'] = {
            branch: self._normalise(images)
            for branch, images in data['inputs'].items()
        }
        return data

    def _normalise(self, images: Tensor) -> Tensor:
        if self._channel_conversion:
            images = images.flip(1)
        images = images.float()
        if self._enable_normalize:
            images = (images - self.mean) / self.std
        return self._arrange(images)

    def _arrange(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=self.memory_format)
