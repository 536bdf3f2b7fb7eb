# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Samples of a config as its networks see them, one picture a sample."""

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import ConcatDataset
from mmengine.device import get_device
from mmengine.runner import load_checkpoint
from torch.utils.data import DataLoader, Dataset

from mmpose_mlda.datasets import DomainPairDataset
from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.functional.random import key
from mmpose_mlda.models import BaseAdaptor
from mmpose_mlda.registry import MODELS
from mmpose_mlda.visualization import (
    branch_tiles,
    branch_titles,
    draw_pose,
    picture_table,
)
from mmpose_mlda.visualization.drawing import enlarge

from .browsing import build_loader
from .launch import OptionError


def dataset_sheets(
    cfg: Config,
    count: int,
    split: str = 'train',
    seed: int = 0,
    checkpoint: str | None = None,
) -> Iterator[np.ndarray]:
    """Pictures of the first samples.

    Of a :class:`DomainPairDataset`: the samples of the training with this
    seed. Without a checkpoint there are no pseudo-labels, and so no
    occlusion. Of any other data set: what its pipeline makes of the first
    images.

    Args:
        cfg: Config of an adaptation, or of MMPose.
        count: Number of pictures.
        split: ``'train'``, ``'val'`` or ``'test'``.
        seed: Of the order and the augmentation.
        checkpoint: Of the adaptor, or a plain one of its estimator.

    Returns:
        Iterator: (H, W, 3), uint8 RGB each.

    Raises:
        OptionError: If config and options do not fit each other.
    """
    loader = build_loader(cfg, split, seed)
    if isinstance(loader.dataset, DomainPairDataset):
        if checkpoint is None:
            size = min(count, loader.batch_size)
            loader = build_loader(cfg, split, seed, batch_size=size)
        return _BranchBrowser(cfg, loader, seed, checkpoint).sheets(count)
    if checkpoint is not None:
        raise OptionError(
            f'the {split}_dataloader of {cfg.filename} has no target views; '
            'leave the checkpoint out, or see its predictions by '
            'tools/test.py --show-dir'
        )
    return _input_sheets(loader.dataset, count, seed)


class _BranchBrowser:
    """Runs the part of a training step that makes the images.

    Every batch is stylised, at the strength that the training would draw if
    its coin asked for it.
    """

    def __init__(
        self,
        cfg: Config,
        loader: DataLoader,
        seed: int,
        checkpoint: str | None,
    ) -> None:
        self.loader, self.seed, self.trained = loader, seed, bool(checkpoint)
        self.model = None
        # other models than adaptors have nothing between loader and network
        if issubclass(MODELS.get(cfg.model.type), BaseAdaptor):
            self.model = self._build_model(cfg, checkpoint)
            self.preprocessor = self.model.data_preprocessor
        elif checkpoint is not None:
            raise OptionError(
                f'{cfg.filename} trains a {cfg.model.type}, which makes no '
                'pseudo-labels; leave the checkpoint out'
            )
        else:
            self.preprocessor = MODELS.build(cfg.model.data_preprocessor)

    @staticmethod
    def _build_model(cfg: Config, checkpoint: str | None) -> BaseAdaptor:
        model = MODELS.build(cfg.model)
        style = getattr(model, 'style_transfer', None)
        if style is not None:
            style.prob = 1.0
            if hasattr(style, 'init_weights'):
                style.init_weights()
        if getattr(model, 'target_style', None) is not None:
            model.target_style['prob'] = 1.0
        if checkpoint is not None:
            load_checkpoint(model, checkpoint, map_location='cpu')
        return model.to(get_device()).train()

    def sheets(self, count: int) -> Iterator[np.ndarray]:
        """See :func:`dataset_sheets`."""
        names = self._names(count)
        mean = getattr(self.preprocessor, 'mean', 0)
        std = getattr(self.preprocessor, 'std', 1)
        meta = self.loader.dataset.metainfo
        for step, batch in enumerate(self.loader):
            record = self._record(step, self.preprocessor(batch, True))
            for index in range(len(record['source'])):
                name = next(names, None)
                if name is None:
                    return
                tiles = branch_tiles(record, mean, std, meta, index)
                titles = branch_titles(record, tiles)
                yield picture_table([list(tiles.values())], titles, name)

    def _names(self, count: int) -> Iterator[str]:
        dataset = self.loader.dataset
        for slot in islice(self.loader.sampler, count):
            source, target = (
                PurePath(part.get_data_info(index)['img_path']).name
                for part, index in zip(
                    (dataset.source, dataset.target), slot, strict=False
                )
            )
            yield f'source {source}, target {target}'

    @torch.no_grad()
    def _record(self, step: int, batch: dict) -> dict[str, torch.Tensor]:
        """The tensors of one step that pictures are made of."""
        inputs, data_samples = batch['inputs'], batch['data_samples']
        record = dict(
            source=inputs['source'],
            **data_samples['source'],
            x_teacher=inputs['target_teacher'],
            x_t=inputs['target_student'],
        )
        if self.model is None:
            return record
        self.model.begin_step(self.seed, step, pretrain_iters=0)
        if self.trained:
            self.model.start_recording()
            # as the training loop does
            with seeded(key(self.seed, step, 0, 'step')):
                self.model.loss(inputs, data_samples)
            record |= self.model.stop_recording()
        elif hasattr(self.model, 'stylise'):
            record['x_teacher'] = self.model.restyle_target(inputs)
            record['x_s'] = self.model.stylise(
                inputs['source'], inputs['target_teacher']
            )
        if getattr(self.model, 'style_transfer', None) is None:
            record.pop('x_s', None)
        return record


def _input_sheets(
    dataset: Dataset, count: int, seed: int, side: int = 448
) -> Iterator[np.ndarray]:
    """Inputs of a network with their labels."""
    parts = (
        dataset.datasets if isinstance(dataset, ConcatDataset) else [dataset]
    )
    for part in parts:
        for transform in part.pipeline.transforms:
            if hasattr(transform, 'pack_transformed'):
                transform.pack_transformed = True
    meta = dataset.metainfo
    for index in range(min(count, len(dataset))):
        with seeded(key(seed, index, 'sample')):
            item = dataset[index]
        labels = item['data_samples'].gt_instances
        image = item['inputs'].permute(1, 2, 0).numpy()[..., ::-1]
        image, scale = enlarge(np.ascontiguousarray(image), side)
        # from pixel centre to pixel centre
        points = (labels.transformed_keypoints[0] + 0.5) * scale - 0.5
        shown = visibility(labels.keypoints_visible[0]) > 0
        image = draw_pose(image, points, meta, shown)
        name = PurePath(item['data_samples'].img_path).name
        yield picture_table([[image]], [name])


def visibility(flags: np.ndarray) -> np.ndarray:
    """Weights (K,) of joints, also of (K, 2) from a KeypointConverter."""
    return flags.prod(axis=-1) if flags.ndim == 2 else flags
