# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Folders of images and the sizes of the images in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

import mmcv
from PIL import Image

IMAGE_EXTENSIONS = ('.jpg', '.jpeg', '.png', '.bmp', '.webp')
DATA_PAGE = 'docs/datasets.md'

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
# the last bytes of a file that is whole; of the other formats it is decoded
ENDS = {
    'JPEG': b'\xff\xd9',
    'MPO': b'\xff\xd9',
    'PNG': b'IEND\xaeB`\x82',
}


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
        return image.size, image.format, _orientation(image)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height as MMPose decodes it, as a rule from the header alone.

    OpenCV turns a photograph upright as its EXIF orientation says, and it
    fills a JPEG that is cut off with grey. So the file's end is looked at,
    and the file is decoded where that does not look as it should.

    Args:
        path (str | Path): An image file.

    Returns:
        tuple[int, int]: Width and height in pixels.

    Raises:
        ValueError: If the file is no image that Pillow can read, or cut off.
    """
    try:
        size, kind, orientation = read_header(path)
        if not _ends(path, kind):
            with Image.open(path) as image:
                image.load()
            if mmcv.imread(path) is None:
                raise OSError('OpenCV cannot decode it')
    # of a damaged file Pillow raises nearly anything: OSError, SyntaxError,
    # struct.error, its own error of an image that is too large
    except Exception as error:
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


def _orientation(image: Image.Image) -> int:
    exif = Image.Exif()
    try:
        exif.load(image.info.get('exif', b''))
        return exif.get(EXIF_ORIENTATION, 1)
    except Exception:  # damaged, and so of no meaning to OpenCV as well
        return 1


def _ends(path: str | Path, kind: str) -> bool:
    """Whether the file ends as a whole one of its format does."""
    end = ENDS.get(kind)
    if end is None:
        return False
    with open(path, 'rb') as file:
        file.seek(-len(end), 2)
        return file.read() == end


def find_broken(paths: Iterable[str | Path]) -> dict[str, str]:
    """The images that cannot be read.

    Args:
        paths (Iterable[str | Path]): Files; each is looked at once.

    Returns:
        dict[str, str]: What is wrong, by the path.
    """
    broken = {}
    for path in dict.fromkeys(map(str, paths)):
        try:
            image_size(path)
        except ValueError as error:
            broken[path] = str(error)
    return broken


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
        # a link to nothing is an image that cannot be read
        if path.suffix.lower() in extensions and not path.is_dir()
    )
    if not files:
        raise ValueError(
            f'No image in {folder}: none of its files ends with '
            f'{", ".join(extensions)} (in any case, in any folder below it). '
            'Name the folder that holds the images.'
        )
    return files
