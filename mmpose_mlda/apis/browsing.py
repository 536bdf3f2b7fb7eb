# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the tools that look at data share."""

from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from .launch import OptionError


def build_loader(
    cfg: Config, split: str = 'train', seed: int = 0, **options
) -> DataLoader:
    """A data loader of a config, without worker processes.

    Args:
        cfg: The config.
        split: ``'train'``, ``'val'`` or ``'test'``.
        seed: Of the sampler.
        options: Replace options of the loader, e.g. ``batch_size``.

    Raises:
        OptionError: If the config has no such loader.
    """
    loader = cfg.get(f'{split}_dataloader')
    if loader is None:
        raise OptionError(
            f'{cfg.filename} has no {split}_dataloader; name another split'
        )
    options = {
        **loader,
        'num_workers': 0,
        'persistent_workers': False,
        'pin_memory': False,
        **options,
    }
    options.pop('prefetch_factor', None)
    return Runner.build_dataloader(options, seed=seed)
