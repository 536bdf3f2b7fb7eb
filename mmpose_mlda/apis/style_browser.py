# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Source images of a config in one or several styles, without training."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from torch import nn

from mmpose_mlda.datasets import DomainPairDataset
from mmpose_mlda.models import BaseStyleTransfer
from mmpose_mlda.registry import MODELS
from mmpose_mlda.visualization import to_images

from .browsing import build_loader
from .launch import OptionError

STYLES = {
    'statistics': 'StatisticsStyle',
    'fourier': 'FourierStyle',
    'adain': 'AdaINStyleTransfer',
}


class StylisedImage(NamedTuple):
    """A source image in several styles and strengths.

    ``content`` and ``style`` are (H, W, 3), uint8 RGB; ``stylised`` is {name
    of the style: one such image a strength}; ``points`` (K, 2), the labels
    in pixels, and ``labelled`` (K,), bool.
    """

    content: np.ndarray
    style: np.ndarray
    stylised: dict[str, list[np.ndarray]]
    points: np.ndarray
    labelled: np.ndarray


def style_configs(
    cfg: Config, names: list[str] | None = None
) -> dict[str, dict]:
    """Configs of styles by their names.

    Args:
        cfg: Config of an adaptation.
        names: Keys of ``STYLES``, or files of configs whose style is taken.
            The config's own style by default.

    Returns:
        dict: {name: config}. A name takes its options from the config, if
        that is the config's style, else the defaults.

    Raises:
        OptionError: If a name has no style.
    """
    own = cfg.model.get('style_transfer')
    own_type = own.type.rpartition('.')[2] if own else None
    if names is None:
        if own is None:
            raise OptionError(
                f'{cfg.filename} has no model.style_transfer; name a style '
                f'by --styles, one of {", ".join(STYLES)}'
            )
        short = {class_: name for name, class_ in STYLES.items()}
        return {short.get(own_type, own_type): own}
    configs = {}
    for name in names:
        if name not in STYLES:
            if not Path(name).is_file():
                raise OptionError(
                    f'--styles {name}: must be one of {", ".join(STYLES)}, '
                    'or the file of a config'
                )
            other = style_configs(Config.fromfile(name))
            configs[Path(name).stem] = next(iter(other.values()))
        elif own_type == STYLES[name]:
            configs[name] = own
        elif name == 'adain':
            raise OptionError(
                f'--styles adain: {cfg.filename} names no weights for it; '
                'give a config with an AdaINStyleTransfer instead '
                '(docs/style.md)'
            )
        else:
            configs[name] = dict(type=f'mmpose_mlda.{STYLES[name]}')
    return configs


def build_style(config: dict, preprocessor: nn.Module) -> BaseStyleTransfer:
    """A style transfer with its weights, for images of a preprocessor."""
    colours = {
        name: getattr(preprocessor, name).flatten().tolist()
        for name in ('mean', 'std')
        if hasattr(preprocessor, name)
    }
    style = MODELS.build(config, default_args=colours)
    if hasattr(style, 'init_weights'):
        style.init_weights()
    return style


class StyleBrowser:
    """Stylises the source images of a config as the training would.

    Args:
        cfg: Config of an adaptation.
        styles: Of :func:`style_configs`.
        seed: Of the order of the images and of their augmentation.
    """

    def __init__(
        self, cfg: Config, styles: dict[str, dict], seed: int = 0
    ) -> None:
        self.loader = build_loader(cfg, seed=seed, batch_size=1)
        if not isinstance(self.loader.dataset, DomainPairDataset):
            raise OptionError(
                f'train_dataloader of {cfg.filename} has no target images; '
                'give a config of an adaptation, with a DomainPairDataset'
            )
        device = get_device()
        self.preprocessor = MODELS.build(cfg.model.data_preprocessor)
        self.preprocessor.to(device)
        self.styles: dict[str, BaseStyleTransfer] = {
            name: build_style(style, self.preprocessor).to(device)
            for name, style in styles.items()
        }

    @property
    def metainfo(self) -> dict:
        """Keypoint table of the data."""
        return self.loader.dataset.metainfo

    def stylise(
        self, alphas: list[float], count: int
    ) -> Iterator[StylisedImage]:
        """The first images of the stream, in all styles and strengths."""
        for batch in islice(self.loader, count):
            batch = self.preprocessor(batch, True)
            source = batch['inputs']['source']
            target = batch['inputs']['target_teacher']
            labels = batch['data_samples']['source']
            yield StylisedImage(
                self._image(source),
                self._image(target),
                {
                    name: [
                        self._image(style(source, target, a)) for a in alphas
                    ]
                    for name, style in self.styles.items()
                },
                labels['keypoints'][0].cpu().numpy(),
                labels['keypoint_weights'][0].cpu().numpy() > 0,
            )

    def _image(self, batch: torch.Tensor) -> np.ndarray:
        mean = getattr(self.preprocessor, 'mean', 0)
        return to_images(batch, mean, getattr(self.preprocessor, 'std', 1))[0]
