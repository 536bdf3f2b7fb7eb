# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A config so small that any machine runs it in seconds."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmpose_mlda.engine.loops.domain_train_loop import count_steps
from mmpose_mlda.registry import MODELS

from .fixtures import replace_dataset, write_style_weights

STEPS = 2  # one of the source, one of the adaptation
BATCH = 2
SIDE = 64  # pixels, of width and height of the input
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
CHANNELS = 16  # of the first stage of a ResNet
# sizes that follow the input's where they stand beside it
FOLLOWING_SIZES = ('heatmap_size', 'in_featuremap_size')
STYLE_NETWORKS = (
    'mmpose_mlda.AdaINStyleTransfer',
    'mmpose_mlda.AdaINDecoderTraining',
)


def shrink(cfg: Config, folder: Path) -> Config:
    """The same parts and pipelines on fixtures, for :data:`STEPS` steps.

    No data, weights or network are needed, and whatever happens by chance or
    every so often happens.

    Args:
        cfg: Any config of ``tools/train.py`` with a ``DomainTrainLoop``.
        folder: Where fixtures, logs and checkpoints go.

    Returns:
        Config: A copy.
    """
    # what was one object is two now; the formatting of a log takes seconds
    cfg = Config(cfg.to_dict(), format_python_code=False)
    shrink_loop(cfg)
    shrink_hooks(cfg)
    for name in LOADERS:
        if cfg.get(name) is not None:
            shrink_loader(cfg[name], folder)
    shrink_domain_head(cfg.model)
    shrink_sizes(cfg._cfg_dict)
    shrink_backbone(cfg.model)
    for part in nodes(cfg.model):
        if part.get('prob'):
            part.prob = 1.0
        if part.get('type') in STYLE_NETWORKS:
            files = write_style_weights(folder, part.get('layer', 'relu4_1'))
            part.update({k: v for k, v in files.items() if part.get(k)})
    for part in nodes(cfg.optim_wrapper):
        if 'weight_decay' in part:  # only a gradient moves a parameter
            part.weight_decay = 0.0
    cfg.work_dir = str(folder / 'run')
    cfg.log_level = 'ERROR'
    cfg.randomness = dict(seed=0)
    cfg.load_from, cfg.resume = None, False
    return cfg


def shrink_loop(cfg: Config) -> None:
    """One step of each stage, or two of the source if it is all there is."""
    loop = cfg.train_cfg
    if 'pretrain_iters' in loop:
        pretrain = count_steps(loop.pretrain_iters, loop.max_iters)
        only_source = pretrain == loop.max_iters
        loop.pretrain_iters = STEPS if only_source else 1
    loop.max_iters = loop.val_interval = STEPS
    loop.pop('val_begin', None)


def shrink_hooks(cfg: Config) -> None:
    """Make every hook act in every step; one checkpoint at the end."""
    for hook in (
        *cfg.default_hooks.values(),
        *(cfg.get('custom_hooks') or ()),
    ):
        if 'interval' in hook:
            hook.interval = 1
        if 'pairs' in hook:
            hook.pairs = BATCH
    if 'checkpoint' in cfg.default_hooks:
        cfg.default_hooks.checkpoint.interval = STEPS


def shrink_loader(loader: dict, folder: Path) -> None:
    """Small batches of fixtures, made in this process."""
    loader.update(batch_size=BATCH, num_workers=0, persistent_workers=False)
    for option in ('pin_memory', 'prefetch_factor'):
        loader.pop(option, None)
    loader.dataset = replace_dataset(loader.dataset, folder)


def shrink_sizes(node: Any) -> None:
    """Scale every input, and the heatmaps and features that follow it."""
    for part in nodes(node):
        before = part.get('input_size')
        if not isinstance(before, list | tuple):
            continue
        for key in ('input_size', *FOLLOWING_SIZES):
            if part.get(key) is not None:
                part[key] = tuple(
                    round(side * SIDE / whole)
                    for side, whole in zip(part[key], before, strict=True)
                )


def shrink_backbone(model: dict) -> None:
    """Take the smallest network of the family, without pretrained weights.

    A family are the depths of one class; a backbone without any stays.
    """
    for part in nodes(model):
        init = part.get('init_cfg')
        inits = init if isinstance(init, list | tuple) else [init]
        if any(i and i.get('type') == 'Pretrained' for i in inits):
            part.init_cfg = None
        if 'pretrained' in part:
            part.pretrained = None
    if 'student' not in model:
        return
    backbone = model.student.backbone
    family = getattr(MODELS.get(backbone.type), 'arch_settings', {})
    if backbone.get('depth') not in family:
        return
    backbone.depth = min(family)
    backbone.base_channels = backbone.stem_channels = CHANNELS
    before = model.student.head.in_channels
    after = MODELS.build(backbone).feat_dim
    for part in nodes(model):  # the heads that take its features
        if part.get('in_channels') == before:
            part.in_channels = after


def shrink_domain_head(model: dict) -> None:
    """Leave out as many strides as the heatmaps will be smaller."""
    head = model.get('domain_head') or {}
    stride = (head.get('conv') or {}).get('stride', 1)
    if stride > 1:
        scale = max(model.student.head.decoder.input_size) / SIDE
        levels = max(round(math.log(scale, stride)), 0)
        head.channels = head.channels[: len(head.channels) - levels]


def nodes(node: Any) -> Iterator[dict]:
    """All dicts in a part of a config, the outer ones first."""
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node
    if isinstance(node, dict | list | tuple):
        for child in list(children):
            yield from nodes(child)
