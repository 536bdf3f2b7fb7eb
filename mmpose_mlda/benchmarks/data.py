# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pairs of target views against three warps a view, and the bare minimum."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from mmpose_mlda.datasets import DomainPairDataset
from mmpose_mlda.functional.random import generator, host_random
from mmpose_mlda.registry import DATASETS

PHOTOGRAPH = (480, 360)  # width and height where there are none
COLOURS = 0.25  # ranges of the paper's config
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NEAREST, BILINEAR = Image.Resampling.NEAREST, Image.Resampling.BILINEAR


@contextmanager
def one_core() -> Iterator[None]:
    """Without the threads of torch and OpenCV."""
    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    try:
        yield
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])


def write_photographs(folder: Path, number: int) -> None:
    """JPEG files with structure at all scales, for machines without any."""
    rng = generator(0, 'photographs')
    for index in range(number):
        picture = torch.zeros(1, 3, PHOTOGRAPH[1], PHOTOGRAPH[0])
        for octave in range(2, 8):
            noise = torch.randn(1, 3, 2**octave, 2**octave, generator=rng)
            picture += torch.nn.functional.interpolate(
                noise, PHOTOGRAPH[::-1], mode='bilinear'
            ) / (octave)
        picture = (128 + 40 * picture[0]).clamp(0, 255).byte()
        cv2.imwrite(
            str(folder / f'{index:05d}.jpg'), picture.permute(1, 2, 0).numpy()
        )


def photographs(dataset: DomainPairDataset) -> list[Path]:
    """Files of the target images of :func:`make_dataset`."""
    target = dataset.target
    return [
        Path(target.get_data_info(index)['img_path'])
        for index in range(len(target))
    ]


def functions(
    dataset: DomainPairDataset, size: int
) -> dict[str, Callable[[], list]]:
    """``'ours'``, ``'published'`` and ``'limit'``: views of all images.

    The published program's workers give normalised floats. Ours give bytes,
    which are normalised on the device; ``'published_bytes'`` are the
    published views before that step.

    Args:
        dataset: Of :func:`make_dataset`.
        size: Side of the views.
    """
    paths = photographs(dataset)
    slots = [(0, index, index) for index in range(len(paths))]
    return dict(
        ours=lambda: [dataset.target_views(*slot[1:]) for slot in slots],
        published=lambda: [
            [normalised(view) for view in published(path, size)]
            for path in paths
        ],
        published_bytes=lambda: [published(path, size) for path in paths],
        limit=lambda: [limit(path, size) for path in paths],
    )


def make_dataset(images: Path, size: int, number: int) -> DomainPairDataset:
    """Views in the ranges of the paper's config.

    Args:
        images: Folder of photographs.
        size: Side of the views.
        number: How many of the photographs to take, if there are as many.
    """
    load = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose_mlda.RandomBoxCrop', area=(0.6, 1.3)),
    ]
    view = [
        dict(
            type='mmpose_mlda.TopdownAffineWithMatrix', input_size=(size,) * 2
        ),
        dict(
            type='mmpose_mlda.ColorJitter',
            brightness=COLOURS,
            contrast=COLOURS,
            saturation=COLOURS,
        ),
    ]
    dataset = DATASETS.build(
        dict(
            type='mmpose_mlda.DomainPairDataset',
            source=dict(
                type='mmpose_mlda.FiguresDataset',
                style='synthetic',
                length=1,
                pipeline=[],
            ),
            target=dict(
                type='mmpose_mlda.UnlabeledPoseDataset',
                metainfo='lsp14',
                data_prefix=dict(img=str(images)),
                indices=number,
                pipeline=load,
            ),
            student_pipeline=view,
            teacher_pipeline=view,
        )
    )
    dataset.full_init()
    return dataset


def published(path: Path, size: int) -> list[Tensor]:
    """A photograph, padded, cropped, and three warps for each view."""
    rng = host_random(0, str(path.name))
    with Image.open(path) as file:
        image = file.convert('RGB')
    side = max(image.size)
    square = Image.new('RGB', (side, side))
    square.paste(
        image, ((side - image.width) // 2, (side - image.height) // 2)
    )
    crop = int(side * math.sqrt(rng.uniform(0.6, 1.0)))
    x, y = (rng.randint(0, side - crop) for _ in range(2))
    canonical = square.resize(
        (size, size), BILINEAR, (x, y, x + crop, y + crop)
    )
    return [_published_view(canonical, rng) for _ in range(2)]


def normalised(view: Tensor) -> Tensor:
    """Floats with the mean and deviation of ImageNet."""
    mean, deviation = (torch.tensor(x)[:, None, None] for x in IMAGENET)
    return view.float().div_(255).sub_(mean).div_(deviation)


def _published_view(image: Image.Image, rng) -> Tensor:
    """Rotated and scaled, sheared, shifted; brightness, contrast, colour."""
    middle = image.width / 2
    angle, scale = math.radians(rng.uniform(-60, 60)), rng.uniform(0.6, 1.3)
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    slant = math.tan(math.radians(rng.uniform(-30, 30)))
    reach = 0.05 * image.width
    for a, b, c, d, shift in (
        (cos, sin, -sin, cos, (0.0, 0.0)),
        (1.0, slant, 0.0, 1.0, (0.0, 0.0)),
        (1.0, 0.0, 0.0, 1.0, (rng.uniform(-reach, reach),) * 2),
    ):
        u = middle - a * middle - b * middle - shift[0]
        v = middle - c * middle - d * middle - shift[1]
        image = image.transform(
            image.size, Image.Transform.AFFINE, (a, b, u, c, d, v), NEAREST
        )
    for enhance in (
        ImageEnhance.Brightness,
        ImageEnhance.Contrast,
        ImageEnhance.Color,
    ):
        image = enhance(image).enhance(1 + rng.uniform(-COLOURS, COLOURS))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def limit(path: Path, size: int) -> list[np.ndarray]:
    """Decoding and two warps by OpenCV, without anything else."""
    image = cv2.imread(str(path))
    side = max(image.shape)
    centre = image.shape[1] / 2, image.shape[0] / 2
    matrix = cv2.getRotationMatrix2D(centre, 30.0, size / side)
    matrix[:, 2] += size / 2 - np.array(centre)
    return [cv2.warpAffine(image, matrix, (size, size)) for _ in range(2)]
