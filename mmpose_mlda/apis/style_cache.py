# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Source images of a config in the style of its target images, as files."""

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset, ConcatDataset
from mmpose.datasets.transforms import LoadImage
from mmpose.datasets.transforms.formatting import image_to_tensor
from torch.utils.data import Dataset

from mmpose_mlda.converters.pool import run_parallel
from mmpose_mlda.datasets import DomainPairDataset, UnlabeledPoseDataset
from mmpose_mlda.datasets.domain_pair_dataset import seeded
from mmpose_mlda.datasets.stylized_files import (
    MARKER,
    cached_path,
    common_folder,
)
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.functional.random import host_random, key
from mmpose_mlda.registry import DATASETS, MODELS
from mmpose_mlda.studies.files import write_json
from mmpose_mlda.visualization import to_images

from .launch import OptionError
from .style_browser import build_style

QUALITY = 95  # of JPEG
PROBES = 8  # images whose size is looked at for the estimate of disk space

# of this process, set before workers are forked
_cache: 'StyleCache | None' = None


class StyleCache:
    """A folder of stylised images that only this class writes to.

    Style image, its view and the strength are functions of (seed, path of
    the image below the images' folder, number of the style) alone. Every
    image is stylised by itself, so that the pixels do not depend on what is
    done beside it.

    Args:
        cfg: Config of an adaptation with a style transfer.
        folder: Where the cache is or will be.
        styles: Versions of each image.
        alpha: Range of the strength; by default the config's.
        seed: Of all draws.
        device: Where to stylise.
    """

    def __init__(
        self,
        cfg: Config,
        folder: Path,
        styles: int = 1,
        alpha: Sequence[float] | None = None,
        seed: int = 0,
        device: str = 'cpu',
    ) -> None:
        if cfg.model.get('style_transfer') is None:
            raise OptionError(
                f'{cfg.filename} has no model.style_transfer; give a config '
                'that has one'
            )
        self.pair = DATASETS.build(cfg.train_dataloader.dataset)
        if not isinstance(self.pair, DomainPairDataset):
            raise OptionError(
                f'train_dataloader of {cfg.filename} has no target images; '
                'give a config of an adaptation, with a DomainPairDataset'
            )
        self.preprocessor = MODELS.build(cfg.model.data_preprocessor)
        self.style = build_style(cfg.model.style_transfer, self.preprocessor)
        self.folder, self.styles, self.seed = folder, styles, seed
        self.alpha = tuple(self.style.alpha if alpha is None else alpha)
        self.device = device
        self._load = LoadImage()
        # people who share an image share its file
        paths = image_paths(self.pair.source)
        self.images = dict(
            sorted((path, index) for index, path in enumerate(paths))
        )
        self.root = common_folder(self.images)
        self.setting = self._setting(cfg)

    def _setting(self, cfg: Config) -> dict:
        """All that the files depend on."""
        options = dict(cfg.model.style_transfer)
        for name in ('prob', 'alpha', 'encoder', 'decoder'):
            options.pop(name, None)
        dataset = cfg.train_dataloader.dataset
        views = [dataset.target.get('pipeline'), dataset.teacher_pipeline]
        setting = dict(
            style=options,
            weights=self.style.fingerprint,
            normalisation=cfg.model.data_preprocessor,
            alpha=self.alpha,
            seed=self.seed,
            styles_per_image=self.styles,
            root=self.root,
            source=_digest(list(self.images)),
            target=_digest([image_paths(self.pair.target), views]),
        )
        # as it is read again: no tuples, no classes of the config
        return json.loads(json.dumps(setting, default=dict))

    def claim(self) -> None:
        """Mark the folder as this cache's.

        Raises:
            OptionError: If it holds something else.
        """
        marker = self.folder / MARKER
        others = self.folder.is_dir() and any(
            not path.name.startswith(MARKER) for path in self.folder.iterdir()
        )
        # looked for after the rest: another shard writes it before the rest
        if marker.is_file():
            found = json.loads(marker.read_text())
            for name, value in self.setting.items():
                if found.get(name) != value:
                    raise OptionError(
                        f'{self.folder} was made with {name} '
                        f'{found.get(name)}, not {value}; name another '
                        'folder by --out, or delete this one'
                    )
            return
        if others:
            raise OptionError(
                f'{self.folder} is not empty and was not made here (no '
                f'{MARKER}); name another folder by --out'
            )
        self._mark(complete=False)

    def _mark(self, complete: bool) -> None:
        # under a name of its own until it is whole
        write_json(dict(self.setting, complete=complete), self.folder / MARKER)

    def missing(self) -> dict[str, int]:
        """Images that lack a version, and for each a sample that has it."""
        return {
            image: index
            for image, index in self.images.items()
            if not all(path.is_file() for path in self.files(image))
        }

    def files(self, image: str) -> list[Path]:
        """Files of all versions of an image."""
        return [
            cached_path(self.folder, number, image, self.root)
            for number in range(self.styles)
        ]

    def check_space(self, images: dict[str, int]) -> int:
        """Bytes that images will take, one a pixel as JPEG and three else.

        Raises:
            OptionError: If the disk has less.
        """
        step = math.ceil(len(images) / PROBES) or 1
        probes = list(images.items())[::step]
        need = sum(
            self._source(index).size // (3 if _is_jpeg(path) else 1)
            for path, index in probes
        )
        need = need * len(images) * self.styles // max(len(probes), 1)
        free = shutil.disk_usage(self.folder).free
        if need > free:
            raise OptionError(
                f'{self.folder} has {free / 1e9:.2f} GB left, but about '
                f'{need / 1e9:.2f} GB are needed for {len(images)} images in '
                f'{self.styles} styles; name a folder on another disk by '
                '--out, or take fewer --styles-per-image'
            )
        return need

    def run(
        self, processes: int = 1, rank: int = 0, world_size: int = 1
    ) -> int:
        """Make what is missing of one shard.

        Args:
            processes: Workers.
            rank: Number of this shard, from 0.
            world_size: Of how many.

        Returns:
            int: How many images of other shards are left.

        Raises:
            OptionError: If the folder or the disk does not fit.
        """
        global _cache
        _cache = self
        self.claim()
        mine = list(self.images)[rank::world_size]
        missing = self.missing()
        todo = {name: missing[name] for name in mine if name in missing}
        need = self.check_space(todo)
        print(
            f'{len(todo)} of {len(mine)} images to make, about '
            f'{need / 1e9:.2f} GB'
        )
        for _ in run_parallel(_make, list(todo.items()), processes):
            pass
        left = len(self.missing())
        if not left:
            self._mark(complete=True)
        return left

    def make(self, image: str, index: int) -> None:
        """Write the versions of an image that are not there."""
        pixels = self._source(index)
        name = Path(image).relative_to(self.root).as_posix()
        for number, path in enumerate(self.files(image)):
            if not path.is_file():
                version = self._stylise(pixels, name, number)
                AtomicLocalBackend().put(_encode(version, path), path)

    def _source(self, index: int) -> np.ndarray:
        """The whole source image of a sample, (H, W, 3), BGR."""
        return self._load(self.pair.source.get_data_info(index))['img']

    def _stylise(
        self, pixels: np.ndarray, name: str, number: int
    ) -> np.ndarray:
        rng = host_random(self.seed, name, number, 'cache')
        alpha = rng.uniform(*self.alpha)
        target = rng.randrange(len(self.pair.target))
        with seeded(key(self.seed, name, number, 'target')):
            sample = self.pair.target[target]
            view = self.pair.view_pipelines['target_teacher'](sample)
        images = dict(content=pixels, style=view['img'])
        batch = dict(
            inputs={k: image_to_tensor(v)[None] for k, v in images.items()},
            data_samples={},
        )
        self.preprocessor.to(self.device)
        self.style.to(self.device)
        inputs = self.preprocessor(batch, True)['inputs']
        result = self.style(inputs['content'], inputs['style'], alpha)
        mean, std = (
            getattr(self.preprocessor, *default)
            for default in (('mean', 0), ('std', 1))
        )
        return to_images(result, mean, std)[0][..., ::-1]


def image_paths(dataset: Dataset) -> list[str]:
    """Paths of a data set's samples, without reading or rendering them."""
    if isinstance(dataset, ConcatDataset):
        return list(chain.from_iterable(map(image_paths, dataset.datasets)))
    wrapped = getattr(dataset, 'wrapped', None)
    if isinstance(dataset, UnlabeledPoseDataset) and wrapped is not None:
        return image_paths(wrapped)
    return [
        BaseDataset.get_data_info(dataset, index)['img_path']
        for index in range(len(dataset))
    ]


def _make(task: tuple[str, int]) -> None:
    torch.set_num_threads(1)  # the sums of several have another order
    _cache.make(*task)


def _is_jpeg(path: str | Path) -> bool:
    return Path(path).suffix.lower() in ('.jpg', '.jpeg')


def _encode(image: np.ndarray, path: Path) -> bytes:
    """Bytes of an image in the format of the file's extension."""
    options = (cv2.IMWRITE_JPEG_QUALITY, QUALITY) if _is_jpeg(path) else ()
    if not cv2.haveImageWriter(path.name):
        raise OptionError(
            f'OpenCV cannot write {path.name}; convert the source images to '
            'PNG or JPEG'
        )
    return cv2.imencode(path.suffix, image, options)[1].tobytes()


def _digest(content: list) -> str:
    text = json.dumps(content, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
