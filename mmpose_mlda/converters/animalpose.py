# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""AnimalPose."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .base import Converter
from .coco import annotation, category, image
from .errors import BrokenItemError, ConversionError
from .files import image_size, read_json, require
from .joints import ANIMAL14_OF_20, TABLES
from .labels import add_hidden_argument, flags
from .splits import HELD_OUT, own_split, read_objects, share

CATEGORY_IDS = {'dog': 1, 'cat': 2, 'sheep': 3, 'horse': 4, 'cow': 5}
SPLITS = ('train', 'test')


@dataclass
class AnimalPose(Converter):
    """AnimalPose (Cao et al. 2019), from keypoints.json and images/.

    A file by animal and split, e.g. animalpose_dog_train.json. Boxes are
    those of the labels. Without the papers' arrays of annotations
    (--index-dir) an image belongs to the test split if the SHA-1 of its file
    name says so, by default about one in five; no image is in both splits, as
    images are in the papers' split.

    Args:
        raw (Path): Folder of the release.
        animals (tuple[str]): Which animals.
        joints (int): 14, the papers' in their order, or the release's 20.
        hidden (str): What to do about joints with coordinates that are
            marked as invisible.
        index_dir (Path, optional): Folder with
            ``<animal>/{train,test}_anno.npy``.
        held_out (float): Share of the images in the test split, without
            ``index_dir``.
    """

    animals: tuple[str, ...] = tuple(CATEGORY_IDS)
    joints: int = 14
    hidden: str = 'score'
    index_dir: Path | None = None
    held_out: float = HELD_OUT

    name = 'animalpose'
    about = 'AnimalPose. Cao et al., ICCV 2019'
    licence = 'see https://github.com/noahcao/animal-pose-dataset'

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        add = parser.add_argument
        names = list(CATEGORY_IDS)
        add('--animals', nargs='+', choices=names, default=names)
        add(
            '--joints',
            type=int,
            choices=(14, 20),
            default=14,
            help="the papers' 14, or the 20 of the release in its order",
        )
        add_hidden_argument(parser)
        add(
            '--index-dir',
            type=Path,
            help="the papers' cached_data/real_animal_pose",
        )
        add(
            '--held-out',
            type=share,
            default=HELD_OUT,
            help='share of the images in the test split, without --index-dir',
        )

    def items(self) -> list[str]:
        if self.index_dir:
            self._report_unknown()
        return sorted(self._by_image)

    def convert(
        self, item: str, images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        size = image_size(self.raw / 'images' / item)
        found: dict[str, list] = {}
        for animal, label in self._by_image[item]:
            content = self._annotation(label, animal, item)
            for split in self._splits_of(animal, label, item):
                found.setdefault(f'{animal}_{split}', []).append(content)
        for split, annotations in found.items():
            yield split, image(item, size, annotations)

    def categories(self, split: str) -> list[dict]:
        table = 'animal14' if self.joints == 14 else 'animalpose20'
        animal = split.rpartition('_')[0]
        return [category(CATEGORY_IDS[animal], animal, *TABLES[table])]

    def splits(self) -> list[str]:
        return [f'{a}_{s}' for a in self.animals for s in SPLITS]

    def linked(self) -> Path:
        return self.raw / 'images'

    @cached_property
    def _by_image(self) -> dict[str, list[tuple[str, dict]]]:
        """(Animal, label) of each image."""
        path = self.raw / 'keypoints.json'
        content = read_json(path)
        require(self.raw / 'images')
        animals = {CATEGORY_IDS[animal]: animal for animal in self.animals}
        found: dict[str, list] = {}
        try:
            names = content['images']
            for label in content['annotations']:
                if label['category_id'] in animals:
                    name = names[str(label['image_id'])]
                    if not isinstance(name, str):
                        raise TypeError(f'the file {name!r}')
                    animal = animals[label['category_id']]
                    found.setdefault(name, []).append((animal, label))
        except (KeyError, TypeError) as error:
            raise ConversionError(
                f"{path}: {error!r}; expected the release's images {{id: "
                'file} and annotations with image_id and category_id.'
            ) from error
        return found

    def _annotation(self, label: dict, animal: str, item: str) -> dict:
        where = f'{self.raw / "keypoints.json"}, {animal} on {item}'
        joints = _array(label, 'keypoints', (20, 3), where)
        x0, y0, x1, y1 = _array(label, 'bbox', (4,), where)
        if self.joints == 14:
            joints = joints[list(ANIMAL14_OF_20)]
        return annotation(
            joints[:, :2],
            flags(joints, self.hidden),
            (x0, y0, x1 - x0, y1 - y0),
            CATEGORY_IDS[animal],
            where,
        )

    def _splits_of(self, animal: str, label: dict, item: str) -> list[str]:
        if self.index_dir is None:
            return [own_split(item, self.held_out)]
        key = _key(label)
        return [s for s in SPLITS if key in self._papers[animal, s]]

    @cached_property
    def _papers(self) -> dict[tuple[str, str], set]:
        """Annotations in each of the papers' arrays."""
        found = {}
        for animal in self.animals:
            for split in SPLITS:
                path = self.index_dir / animal / f'{split}_anno.npy'
                labels = read_objects(path)
                wrong = {a['category_id'] for a in labels}
                wrong -= {CATEGORY_IDS[animal]}
                if wrong:
                    raise ConversionError(
                        f'{path} holds category {min(wrong)}, {animal} is '
                        f'{CATEGORY_IDS[animal]}. In one public copy, below '
                        'adain/, the names are mixed up: use the other.'
                    )
                found[animal, split] = set(map(_key, labels))
        return found

    def _report_unknown(self) -> None:
        """Tell how many of the papers' annotations are not here."""
        labels = [
            pair[1] for found in self._by_image.values() for pair in found
        ]
        here = set(map(_key, labels))
        for (animal, split), keys in self._papers.items():
            if keys - here:
                print(
                    f'{animal}_{split}: {len(keys - here)} of the '
                    f'{len(keys)} annotations of {self.index_dir} are not in '
                    'keypoints.json'
                )


def _key(label: dict) -> tuple:
    """Image, box and joints name an annotation: it has no number."""
    box = tuple(map(float, label['bbox']))
    joints = np.asarray(label['keypoints'], float).ravel()
    return int(label['image_id']), box, tuple(joints.tolist())


def _array(
    label: dict, name: str, shape: tuple[int, ...], where: str
) -> np.ndarray:
    try:
        array = np.array(label.get(name), float)
    except (TypeError, ValueError, OverflowError):
        array = np.empty(0)
    if array.shape != shape:
        raise BrokenItemError(
            f'{where}: {name} has shape {array.shape}, expected {shape}; '
            "use the release's file."
        )
    return array
