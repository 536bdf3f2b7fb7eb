# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""SURREAL, from its videos."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .base import Converter
from .coco import annotation, category, image, require_finite
from .errors import BrokenItemError, ConversionError
from .files import read_mat, write_jpeg
from .joints import SMPL24, TABLES
from .surreal_processed import SurrealProcessed

SPLITS = ('train', 'val', 'test')
MIN_SIDE = 32  # pixels of a crop
FEW_JOINTS = 'with too few joints in the frame'
SMALL = 'too small'


@dataclass
class Surreal(Converter):
    """SURREAL (Varol et al. 2017): images of people and their 24 joints.

    RAW is data/cmu of the release, with {train,val,test}/run*/SEQUENCE/*.mp4
    and the _info.mat beside every video. Of each video the frames 0, N, 2 N,
    ... are taken (--every N). A frame is left out if too few of the joints
    lie inside of it. The crop is a square around the joints that do, 1.5
    times as large as their box, black outside of the frame; its pixels are
    those of the frame, not resampled. Joints keep SURREAL's order and names,
    whose left and right are swapped in the image. Videos are decoded by
    OpenCV.

    With --processed RAW is the copy that RegDA made: {train,val,test}/
    run{0,1,2}.json and images, which are linked; the papers' part of it is
    taken, and the other options have no meaning.

    Args:
        raw (Path): ``data/cmu`` of the release.
        every (int): Take each n-th frame, from the first.
        padding (float): Side of the crop in sides of the joints' box.
        min_joints (int): That must lie in the frame.
        quality (int): Of JPEG.
    """

    every: int = 10
    padding: float = 1.5
    min_joints: int = 12
    quality: int = 95

    name = 'surreal'
    about = 'SURREAL. Varol et al., CVPR 2017'
    licence = 'see https://www.di.ens.fr/willow/research/surreal/'
    chunk = 5

    def __post_init__(self) -> None:
        for key in ('every', 'padding', 'min_joints'):
            if (value := getattr(self, key)) <= 0:
                flag = key.replace('_', '-')
                raise ConversionError(f'--{flag} is {value}, must be above 0.')

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        add = parser.add_argument
        add('--every', type=int, default=10, help='take each n-th frame')
        add(
            '--padding',
            type=float,
            default=1.5,
            help='side of the crop in sides of the box of the joints',
        )
        add(
            '--min-joints',
            type=int,
            default=12,
            help='of 24 that must lie in the frame',
        )
        add('--quality', type=int, default=95, help='of JPEG')
        add(
            '--processed',
            action='store_true',
            help="RAW is RegDA's processed copy",
        )

    @classmethod
    def from_arguments(
        cls, raw: Path, processed: bool, **options
    ) -> Converter:
        return SurrealProcessed(raw) if processed else cls(raw, **options)

    def items(self) -> list[str]:
        return [
            path.relative_to(self.raw).as_posix()
            for split in SPLITS
            for path in sorted((self.raw / split).glob('run*/*/*.mp4'))
        ]

    def convert(
        self, item: str, images: Path
    ) -> Iterator[tuple[str, dict | str]]:
        video = self.raw / item
        split, run = item.split('/')[:2]
        joints = read_joints(video.with_name(f'{video.stem}_info.mat'))
        numbers = range(0, len(joints), self.every)
        for number, frame in read_frames(video, numbers):
            points, where = joints[number], f'{video}, frame {number}'
            require_finite(points, 'a joint', where)
            inside = _inside(points, frame)
            if inside.sum() < self.min_joints:
                yield split, FEW_JOINTS
                continue
            corner, side = square_box(points[inside], self.padding)
            if side < MIN_SIDE:
                yield split, SMALL
                continue
            name = f'{split}/{run}/{video.stem}_f{number:04d}.jpg'
            label = annotation(
                points - corner,
                np.full(len(points), 2),
                (0, 0, side, side),
                1,
                where,
            )
            write_jpeg(crop(frame, corner, side), images / name, self.quality)
            yield split, image(name, (side, side), [label])

    def categories(self, split: str) -> list[dict]:
        return [category(1, 'person', *TABLES['smpl24'])]

    def splits(self) -> list[str]:
        return [s for s in SPLITS if (self.raw / s).is_dir()]

    def linked(self) -> None:
        return None


def read_joints(path: Path) -> np.ndarray:
    """Image coordinates of a video, (T, 24, 2), with NaN as the file has it.

    Raises:
        BrokenItemError: If they are of another shape.
    """
    joints = read_mat(path, 'joints2D')
    if joints.ndim == 2:  # a single frame: MATLAB drops the last axis
        joints = joints[..., None]
    if joints.ndim != 3 or joints.shape[:2] != (2, len(SMPL24)):
        raise BrokenItemError(
            f'{path}: joints2D has shape {joints.shape}, expected (2, 24, T);'
            ' download it again.'
        )
    return joints.transpose(2, 1, 0).astype(float)


def read_frames(
    path: Path, numbers: range
) -> Iterator[tuple[int, np.ndarray]]:
    """Frames of a video, one in memory at a time.

    Args:
        path (Path): The video.
        numbers (range): Of the frames, ascending from 0.

    Yields:
        tuple[int, np.ndarray]: Number and BGR frame.

    Raises:
        BrokenItemError: If a frame does not decode.
    """
    capture = cv2.VideoCapture(str(path))
    try:
        for number in range(numbers[-1] + 1 if numbers else 0):
            good = capture.grab()
            if number in numbers:
                good, frame = capture.retrieve() if good else (False, None)
            if not good:
                raise BrokenItemError(
                    f'{path}: frame {number} does not decode, the labels go '
                    f'to {numbers[-1]} or beyond; download it again.'
                )
            if number in numbers:
                yield number, frame
    finally:
        capture.release()


def square_box(points: np.ndarray, padding: float) -> tuple[np.ndarray, int]:
    """The square around points on whole pixels.

    Args:
        points (np.ndarray): (N, 2).
        padding (float): Its side in sides of the points' box.

    Returns:
        tuple[np.ndarray, int]: x and y of its first pixel, and its side.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    side = int(np.ceil((high - low).max() * padding))
    return np.rint((low + high) / 2 - (side - 1) / 2).astype(int), side


def crop(frame: np.ndarray, corner: np.ndarray, side: int) -> np.ndarray:
    """A square of a frame, black where the frame ends."""
    result = np.zeros((side, side, 3), frame.dtype)
    height, width = frame.shape[:2]
    x0, y0 = corner
    xs = slice(max(x0, 0), max(min(x0 + side, width), 0))
    ys = slice(max(y0, 0), max(min(y0 + side, height), 0))
    result[ys.start - y0 : ys.stop - y0, xs.start - x0 : xs.stop - x0] = frame[
        ys, xs
    ]
    return result


def _inside(points: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Whether points lie in a frame."""
    last = np.array(frame.shape[1::-1]) - 0.5
    return ((points >= -0.5) & (points <= last)).all(axis=1)
