# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A better beginning for the training of an AdaIN decoder."""

from itertools import islice

import torch
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from torch import Tensor
from torch.utils.data import default_collate

from mmpose_mlda.datasets import DomainPairSampler
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import HOOKS


@HOOKS.register_module()
class InvertEncoderHook(Hook):
    """Fit the decoder to the first images by least squares, then train it.

    For :class:`AdaINDecoderTraining`. Nothing is done if the decoder comes
    from a file or a checkpoint.

    Args:
        pairs: Pairs of images to fit to. Their features are held in memory.
    """

    def __init__(self, pairs: int = 100) -> None:
        self.pairs = pairs

    def before_train(self, runner) -> None:
        """Fit on the first process, then share."""
        model = unwrap(runner.model)
        if (
            runner.iter
            or runner._load_from
            or model.files['decoder'] is not None
        ):
            return
        if is_main_process():
            model.invert_encoder(self._images(runner))
        for parameter in model.decoder.parameters():
            broadcast(parameter.data)

    @torch.no_grad()
    def _images(self, runner) -> Tensor:
        """Both images of the first pairs, (2 * pairs, 3, H, W)."""
        dataset = runner.train_dataloader.dataset
        sampler = DomainPairSampler(dataset, runner.seed)
        # the stream of all processes, however many there are
        sampler.rank, sampler.world_size = 0, 1
        slots = islice(sampler, self.pairs)
        batch = default_collate([dataset[slot] for slot in slots])
        inputs = unwrap(runner.model).data_preprocessor(batch)['inputs']
        return torch.cat([inputs['source'], inputs['target_teacher']])
