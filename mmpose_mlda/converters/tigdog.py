# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""TigDog's horses and tigers."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .base import Converter
from .coco import annotation, category, image
from .errors import BrokenItemError, ConversionError
from .files import image_size, read_mat, require
from .joints import TABLES
from .labels import add_hidden_argument, flags
from .splits import own_split, read_indices

NUM_JOINTS = 18
# the release's landmark, from 1, for each joint
TIGER_ORDER = (1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 18, 13, 14, 9, 10, 11, 12)
ORDERS = {
    'horse': tuple(range(NUM_JOINTS)),
    'tiger': tuple(landmark - 1 for landmark in TIGER_ORDER),
}
PARTS = {'train': 'train', 'test': 'valid'}  # name of the papers' files
MARGIN = 15  # pixels around the joints, as in the papers
FEW_JOINTS = 'with too few visible joints'
NO_JOINTS = 'without joints'


class Shot(NamedTuple):
    """Frames start to end of a video; ``first`` of them has this index."""

    animal: str
    number: int
    start: int
    end: int
    first: int


@dataclass
class TigDog(Converter):
    """TigDog (Del Pero et al. 2015): videos of horses and tigers.

    RAW is behaviorDiscovery2.0, with {horse,tiger}/NNNNNNNN.jpg,
    ranges/ANIMAL/ranges.mat and landmarks/ANIMAL/SHOT.mat. A file by animal
    and split, e.g. tigdog_horse_test.json. The first 18 landmarks are taken;
    the tiger's are put into the order of the horse's. The box is that of the
    joints with a margin of 15 pixels, as in the papers, which so use labels
    of the target for cropping; --boxes image takes the whole image.

    With the papers' index files (--index-dir) the splits are theirs. Without
    them a video belongs to the test split if the SHA-1 of animal and shot
    says so, about one in five, and frames with less than --min-visible joints
    are left out.

    Args:
        raw (Path): ``behaviorDiscovery2.0``.
        animals (tuple[str]): Which animals.
        boxes (str): ``'labels'`` or ``'image'``.
        hidden (str): What to do about joints with coordinates that are
            marked as invisible.
        min_visible (int): Joints of a frame, for the own split.
        index_dir (Path, optional): Folder with
            ``<animal>/{train,valid}_idxs_by_video.npy``.
    """

    animals: tuple[str, ...] = tuple(ORDERS)
    boxes: str = 'labels'
    hidden: str = 'score'
    min_visible: int = 10
    index_dir: Path | None = None

    name = 'tigdog'
    about = 'TigDog. Del Pero et al., CVPR 2015'
    licence = 'see the release'
    chunk = 4

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        names = list(ORDERS)
        add = parser.add_argument
        add('--animals', nargs='+', choices=names, default=names)
        add('--boxes', choices=('labels', 'image'), default='labels')
        add_hidden_argument(parser)
        add(
            '--min-visible',
            type=int,
            default=10,
            help='joints of a frame, without --index-dir',
        )
        add(
            '--index-dir',
            type=Path,
            help="the papers' cached_data/real_animal",
        )

    def items(self) -> list[Shot]:
        shots = [shot for shots in self._shots.values() for shot in shots]
        if self.index_dir:
            shots = [shot for shot in shots if self._is_used(shot)]
        return shots

    def convert(
        self, item: Shot, images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        shot = Shot(*item)
        frames = read_landmarks(self._landmarks(shot), shot.end - shot.start)
        for offset, landmarks in enumerate(frames):
            joints = landmarks[list(ORDERS[shot.animal])]
            split = self._split_of(shot, offset)
            if split is None:
                continue
            few = (joints[:, 2] > 0).sum() < self.min_visible
            if few and not self.index_dir:
                yield split, FEW_JOINTS
                continue
            name = f'{shot.animal}/{shot.start + offset:08d}.jpg'
            size = image_size(self.raw / name)
            box = self._box(joints, size)
            if box is None:
                yield split, NO_JOINTS
                continue
            where = f'{self._landmarks(shot)}, {name}'
            visible = flags(joints, self.hidden)
            label = annotation(joints[:, :2], visible, box, 1, where)
            yield split, image(name, size, [label])

    def categories(self, split: str) -> list[dict]:
        animal = split.rpartition('_')[0]
        return [category(1, animal, *TABLES['animal18'])]

    def splits(self) -> list[str]:
        return [f'{a}_{s}' for a in self.animals for s in PARTS]

    @cached_property
    def _shots(self) -> dict[str, list[Shot]]:
        """Shots of each animal that have landmarks, in the papers' order."""
        return {animal: self._list_shots(animal) for animal in self.animals}

    def _list_shots(self, animal: str) -> list[Shot]:
        path = self.raw / 'ranges' / animal / 'ranges.mat'
        ranges = read_mat(path, 'ranges', ConversionError)
        if ranges.ndim != 2 or ranges.shape[1] != 3:
            raise ConversionError(
                f'{path}: ranges has shape {ranges.shape}, expected (N, 3): '
                'shot, first and last frame.'
            )
        require(self.raw / 'landmarks' / animal)
        shots, first = [], 0
        for number, start, end in ranges.astype(int).tolist():
            shot = Shot(animal, number, start, end, first)
            if self._landmarks(shot).exists():
                shots.append(shot)
                first += end - start + 1
        return shots

    def _landmarks(self, shot: Shot) -> Path:
        return self.raw / 'landmarks' / shot.animal / f'{shot.number}.mat'

    def _is_used(self, shot: Shot) -> bool:
        """Whether a frame of a shot is in one of the papers' splits."""
        indices = range(shot.first, shot.first + shot.end - shot.start + 1)
        return any(
            not self._papers[shot.animal, split].isdisjoint(indices)
            for split in PARTS
        )

    def _split_of(self, shot: Shot, offset: int) -> str | None:
        """Of a frame; none if the papers do not use it."""
        if not self.index_dir:
            part = own_split(f'{shot.animal}/{shot.number}')
            return f'{shot.animal}_{part}'
        for part in PARTS:
            if shot.first + offset in self._papers[shot.animal, part]:
                return f'{shot.animal}_{part}'
        return None

    @cached_property
    def _papers(self) -> dict[tuple[str, str], set[int]]:
        found = {}
        for animal, shots in self._shots.items():
            total = sum(shot.end - shot.start + 1 for shot in shots)
            for split, part in PARTS.items():
                path = self.index_dir / animal / f'{part}_idxs_by_video.npy'
                found[animal, split] = set(read_indices(path, total))
        return found

    def _box(
        self, joints: np.ndarray, size: tuple[int, int]
    ) -> tuple[float, ...] | None:
        """x, y, width, height of the animal."""
        if self.boxes == 'image':
            return 0, 0, *size
        sides = []
        for values, most in zip(joints[:, :2].T, size, strict=True):
            values = values[values > 0]
            if not len(values):
                return None
            low = max(values.min() - MARGIN, 0)
            sides.append((low, min(values.max() + MARGIN, most) - low))
        (x, width), (y, height) = sides
        return (x, y, width, height) if width > 0 and height > 0 else None


def read_landmarks(path: Path, last: int) -> np.ndarray:
    """Landmarks of a shot's frames 0 to ``last``.

    Args:
        path (Path): ``landmarks``, by frame a structure of positions (L, 2)
            and whether they are visible (L, 1).
        last (int): Offset of the last frame.

    Returns:
        np.ndarray: (T, 18, 3), x, y and visible.

    Raises:
        BrokenItemError: If they are of another shape.
    """
    cells = read_mat(path, 'landmarks').ravel()
    if len(cells) <= last:
        raise BrokenItemError(
            f'{path} has landmarks of {len(cells)} frames, ranges.mat says '
            f'{last + 1}; download both again.'
        )
    frames = []
    for number, cell in enumerate(cells[: last + 1]):
        try:
            # a cell that holds a 1 x 1 structure, or the structure itself
            record = cell.item() if isinstance(cell, np.ndarray) else cell
            positions, visible = record[0], record[1]
            visible = np.reshape(visible, (-1, 1))
            landmarks = np.hstack((positions, visible)).astype(float)
        except (IndexError, TypeError, ValueError) as error:
            raise BrokenItemError(
                f'{path}: frame {number} is not made of positions and '
                f'visibilities ({error}).'
            ) from error
        if landmarks.shape[1] != 3 or len(landmarks) < NUM_JOINTS:
            raise BrokenItemError(
                f'{path}: frame {number} has landmarks of shape '
                f'{landmarks.shape}, expected 18 or more of 3 numbers.'
            )
        frames.append(landmarks[:NUM_JOINTS])
    return np.stack(frames)
