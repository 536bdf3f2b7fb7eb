# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Folders of images and the sizes of the images in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import mmcv
from PIL import Image, UnidentifiedImageError

IMAGE_EXTENSIONS = ('.jpg', '.jpeg', '.png', '.bmp', '.webp')
DATA_PAGE = 'docs/datasets.md'

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


def require_path(
    path: str | Path, what: str, option: str, page: str = DATA_PAGE
) -> Path:
    """The path, if there is something.

    Args:
        path (str | Path): A file or a folder.
        what (str): What it holds, for the error message.
        option (str): The config's option that names it.
        page (str): The page that tells how to get it.
            Defaults to :data:`DATA_PAGE`.

    Returns:
        Path: ``path``.

    Raises:
        FileNotFoundError: With the path, the option to change, and the page
            that tells how to get the data.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f'{what} not found: {path} (looked for in {Path.cwd()}). Get the '
            f'data as {page} tells, or name the place where it is: '
            f'{option} of this data set in the config, e.g. '
            f'`--cfg-options <...>.dataset.{option}=/path/to/it`.'
        )
    return path


def read_header(
    file: str | Path | IO[bytes],
) -> tuple[tuple[int, int], str, int]:
    """What the header of an image says.

    Args:
        file (str | Path | IO[bytes]): An image file, or its bytes.

    Returns:
        tuple: Width and height as they are stored, Pillow's name of the
        format, and the EXIF orientation, 1 if there is none.
    """
    with Image.open(file) as image:
        exif = Image.Exif()
        exif.load(image.info.get('exif', b''))
        return image.size, image.format, exif.get(EXIF_ORIENTATION, 1)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height as MMPose decodes it, as a rule from the header alone.

    OpenCV turns a photograph upright as its EXIF orientation says.

    Args:
        path (str | Path): An image file.

    Returns:
        tuple[int, int]: Width and height in pixels.

    Raises:
        ValueError: If the file is no image that Pillow can read.
    """
    try:
        size, kind, orientation = read_header(path)
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(
            f'Cannot read the image {path}: {error}. Replace it or take it '
            'out of the folder.'
        ) from error
    if orientation in SIDEWAYS:
        if kind in ('JPEG', 'MPO'):
            return size[::-1]
        # whether OpenCV heeds the orientation of a PNG or WebP depends on
        # its version; such files are rare enough to decode them
        height, width = mmcv.imread(path).shape[:2]
        return width, height
    return size


def list_images(
    folder: str | Path, extensions: Sequence[str] = IMAGE_EXTENSIONS
) -> list[Path]:
    """All images of a folder and of the folders in it.

    Args:
        folder (str | Path): Where to look.
        extensions (Sequence[str]): Lower-case file name extensions; upper
            case counts as well.

    Returns:
        list[Path]: Paths that begin with ``folder``, sorted by their parts.

    Raises:
        ValueError: If there is none.
    """
    folder = Path(folder)
    files = sorted(
        path
        for path in folder.rglob('*')
        if path.suffix.lower() in extensions and path.is_file()
    )
    if not files:
        raise ValueError(
            f'No image in {folder}: none of its files ends with '
            f'{", ".join(extensions)} (in any case, in any folder below it). '
            'Name the folder that holds the images.'
        )
    return files
