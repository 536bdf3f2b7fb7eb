# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Reading files of others, with clear errors; writing files atomically."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from PIL import Image
from scipy.io import loadmat, whosmat

from .errors import BrokenItemError, ConversionError

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


@contextmanager
def whole_file(path: Path, mode: str = 'w') -> Iterator[IO]:
    """A file that takes its name when it is complete and on the disk.

    What an interrupted writer leaves is ``<name>.part``, which the next one
    replaces.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'{path.name}.part')
    try:
        with part.open(mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)


def write_json(content: Any, path: Path) -> None:
    """Write JSON without superfluous spaces."""
    with whole_file(path) as file:
        json.dump(content, file, separators=(',', ':'))


def write_jpeg(image: np.ndarray, path: Path, quality: int) -> None:
    """Write a BGR image; ``fsync`` of every one would cost too much."""
    options = (cv2.IMWRITE_JPEG_QUALITY, quality)
    _, data = cv2.imencode('.jpg', image, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'{path.name}.part')
    part.write_bytes(data)
    part.replace(path)


def read_json(path: Path) -> Any:
    """Content of a JSON file of the release."""
    require(path)
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise ConversionError(
            f'{path} is no JSON file ({error}); download it again.'
        ) from error


def read_mat(path: Path, name: str, broken: type = BrokenItemError) -> Any:
    """One array of a MATLAB file, with its axes as they are there.

    Args:
        path (Path): The file.
        name (str): Of the array.
        broken (type): Class of the error, also of a file that is not there.
            Defaults to that of one item.
    """
    require(path, broken)
    try:
        content = loadmat(path, variable_names=[name])
    # of a damaged file SciPy raises nearly anything: OSError, IndexError,
    # zlib.error, UnboundLocalError; NotImplementedError of MATLAB 7.3's HDF5
    except Exception as error:
        raise broken(
            f'{path} is not a MATLAB file that can be read ({error}); '
            'download it again.'
        ) from error
    if name not in content:
        found = [entry[0] for entry in whosmat(path)]
        raise broken(
            f"{path} holds {found}, expected an array '{name}'; use the file "
            'of the release.'
        )
    return content[name]


def require(path: Path, missing: type = ConversionError) -> Path:
    """The path, if there is something."""
    if not path.exists():
        raise missing(
            f'{path} is missing; complete the folder of the release.'
        )
    return path


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image that was decoded to its end.

    They are those that OpenCV gives, which heeds the EXIF orientation.
    OpenCV itself accepts files that are cut off.
    """
    require(path, BrokenItemError)
    try:
        with Image.open(path) as image:
            image.load()
            orientation = image.getexif().get(EXIF_ORIENTATION)
            size = image.size
    except (OSError, ValueError, SyntaxError) as error:
        raise BrokenItemError(
            f'{path} does not decode ({error}); download it again.'
        ) from error
    if orientation in SIDEWAYS:
        height, width = cv2.imread(str(path)).shape[:2]
        return width, height
    return size
