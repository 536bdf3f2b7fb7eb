# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""SynAnimal, from its vertices or from the cleaned joints."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .base import Converter
from .coco import annotation, category, image, require_finite
from .errors import BrokenItemError, ConversionError
from .files import image_size, read_json, require
from .joints import TABLES
from .splits import own_split, read_indices

FOLDER = '{}_combineds5r5_texture'
# Vertices of the meshes that are the joints, in the order of the tables
VERTICES = {
    'horse': (
        1718, 1684, 1271, 1634, 1650, 1643, 1659, 925, 392, 564, 993, 726,
        1585, 1556, 427, 1548, 967, 877,
    ),
    'tiger': (
        2753, 2679, 2032, 1451, 1287, 3085, 1632, 229, 1441, 1280, 2201, 1662,
        266, 158, 270, 152, 219, 129,
    ),
    'hound': (
        2028, 2580, 878, 977, 1541, 1734, 799, 1575, 1446, 602, 780, 1580,
        466, 631,
    ),
    'sheep': (
        2046, 1944, 1875, 1900, 1868, 1894, 173, 1829, 1422, 821, 622, 575,
        1370, 716,
    ),
}  # fmt: skip
PARTS = {'train': 'train', 'test': 'valid'}  # name of the papers' files
NO_BOX = 'with nothing in the image'


@dataclass
class SynAnimal(Converter):
    """SynAnimal (Mu et al. 2020): rendered animals.

    RAW is synthetic_animal of the release, with
    {horse,tiger,hound,sheep}_combineds5r5_texture/*_img.png and *_kpts.npy.
    A file by animal and split, e.g. synanimal_horse_train.json: 18 joints of
    horse and tiger (TigDog's), 14 of hound and sheep (AnimalPose's). Hidden
    joints are labelled as well (flag 1), as the papers train on them. The box
    is that of all vertices in the image. Without the papers' index files
    (--index-dir) an image belongs to the test split if the SHA-1 of folder
    and file name says so, about one in five.

    With --clean FOLDER the joints, boxes and splits are those of
    keypoints_18.json and keypoints_14.json in it, as the papers used them.

    Args:
        raw (Path): ``synthetic_animal`` of the release.
        animals (tuple[str]): Which animals.
        index_dir (Path, optional): Folder with
            ``<animal>_combineds5r5_texture/{train,valid}_idxs.npy``.
        clean (Path, optional): Folder of the cleaned joints.
    """

    animals: tuple[str, ...] = tuple(VERTICES)
    index_dir: Path | None = None
    clean: Path | None = None

    name = 'synanimal'
    about = 'SynAnimal. Mu et al., CVPR 2020'
    licence = 'see the release'

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        names = list(VERTICES)
        add = parser.add_argument
        add('--animals', nargs='+', choices=names, default=names)
        add(
            '--index-dir',
            type=Path,
            help="the papers' cached_data/synthetic_animal",
        )
        add('--clean', type=Path, help="the papers' clean_data")

    def items(self) -> list[tuple[str, str]]:
        if self.clean and self.index_dir:
            raise ConversionError(
                '--clean has splits of its own; leave --index-dir out.'
            )
        return [
            (animal, name)
            for animal in self.animals
            for name in self._names[animal]
            if self._splits_of(animal, name)
        ]

    def convert(
        self, item: tuple[str, str], images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        animal, name = item
        file_name = f'{FOLDER.format(animal)}/{name}'
        splits = self._splits_of(animal, name)
        path = self.raw / file_name
        size = image_size(path)
        joints, low, high = self._labels(animal, name)
        # the pixels of the image that the box covers
        low = np.clip(low, 0, size)
        high = np.clip(high, 0, size)
        if not (high > low).all():
            yield f'{animal}_{splits[0]}', NO_BOX
            return
        label = annotation(
            joints[:, :2],
            np.where(joints[:, 2] > 0, 2, 1),
            (*low, *(high - low)),
            1,
            f'{path}, joints',
        )
        for split in splits:
            yield f'{animal}_{split}', image(file_name, size, [label])

    def categories(self, split: str) -> list[dict]:
        animal = split.rpartition('_')[0]
        table = f'animal{len(VERTICES[animal])}'
        return [category(1, animal, *TABLES[table])]

    def splits(self) -> list[str]:
        return [f'{a}_{s}' for a in self.animals for s in PARTS]

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """Names of each animal's images, in the order of the indices."""
        if self.clean:
            return {a: c['names'] for a, c in self._cleaned.items()}
        found = {}
        for animal in self.animals:
            folder = require(self.raw / FOLDER.format(animal))
            found[animal] = sorted(p.name for p in folder.glob('*img.png'))
        return found

    def _labels(
        self, animal: str, name: str
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Joints (K, 3), and the corners of the box of all vertices."""
        if self.clean:
            content = self._cleaned[animal]
            number = content['numbers'][name]
            x0, x1, y0, y1 = content['boxes'][number]
            corners = np.array((x0, y0)), np.array((x1, y1))
            return content['joints'][number], *corners
        folder = self.raw / FOLDER.format(animal)
        path = folder / f'{name.removesuffix("img.png")}kpts.npy'
        vertices = read_vertices(path, max(VERTICES[animal]))
        xy = vertices[:, :2]
        low, high = xy.min(axis=0), xy.max(axis=0)
        return vertices[list(VERTICES[animal])], low, high

    def _splits_of(self, animal: str, name: str) -> list[str]:
        if self.clean or self.index_dir:
            return [s for s in PARTS if name in self._papers[animal, s]]
        return [own_split(f'{FOLDER.format(animal)}/{name}')]

    @cached_property
    def _papers(self) -> dict[tuple[str, str], set[str]]:
        """Names in each of the papers' splits."""
        found = {}
        for animal, names in self._names.items():
            for split, part in PARTS.items():
                if self.clean:
                    indices = self._cleaned[animal][f'{part}_idxs']
                else:
                    folder = self.index_dir / FOLDER.format(animal)
                    path = folder / f'{part}_idxs.npy'
                    indices = read_indices(path, len(names))
                found[animal, split] = {names[i] for i in indices}
        return found

    @cached_property
    def _cleaned(self) -> dict[str, dict]:
        found = {}
        for animal in self.animals:
            num = len(VERTICES[animal])
            path = self.clean / f'keypoints_{num}.json'
            found[animal] = read_cleaned(path, animal, num)
        return found


def read_vertices(path: Path, most: int) -> np.ndarray:
    """Vertices (V, 3) of an image: x, y, visible.

    Args:
        path (Path): A ``_kpts.npy``.
        most (int): The largest vertex that is needed.

    Raises:
        BrokenItemError: If the file has something else.
    """
    require(path, BrokenItemError)
    try:
        vertices = np.asarray(np.load(path), float)
    except (ValueError, OSError, EOFError) as error:
        raise BrokenItemError(
            f'{path} is no array of vertices ({error}); download it again.'
        ) from error
    if vertices.ndim != 2 or vertices.shape[1] != 3 or len(vertices) <= most:
        raise BrokenItemError(
            f'{path} has shape {vertices.shape}, expected (V, 3) with more '
            f'than {most} vertices; is it of another animal?'
        )
    require_finite(vertices[:, :2], 'a vertex', str(path))
    return vertices


def read_cleaned(path: Path, animal: str, num_joints: int) -> dict:
    """Labels of an animal in ``keypoints_18.json`` or ``_14.json``."""
    content = read_json(path)
    try:
        content = content[animal]
        names = [Path(name).name for name in content['imgpath']]
        result = dict(
            names=names,
            numbers={name: number for number, name in enumerate(names)},
            joints=np.array(content['keypoints'], float),
            boxes=np.array(content['bbox'], float),
            train_idxs=content['train_idxs'],
            valid_idxs=content['valid_idxs'],
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ConversionError(
            f'{path}: {animal}: {error!r}; expected keypoints, imgpath, bbox,'
            ' train_idxs and valid_idxs of each animal.'
        ) from error
    for key, shape in (('joints', (num_joints, 3)), ('boxes', (4,))):
        expected = (len(names), *shape)
        if result[key].shape != expected:
            raise ConversionError(
                f'{path}: {animal}: {key} have shape {result[key].shape}, '
                f'expected {expected}.'
            )
    return result
