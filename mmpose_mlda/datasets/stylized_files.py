# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The folder of a cache of stylised images.

::

    cache.json                  what made it, and whether it is complete
    style_00/<path of an image> the image in a first style
    style_01/...                in a second one

Paths are those of the source images below their common folder, so that
annotation files fit each ``style_*`` as they fit that folder.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path, PurePath

MARKER = 'cache.json'
REMEDY = 'make it by tools/misc/cache_stylized.py, see docs/style.md'


def common_folder(images: Iterable[str]) -> str:
    """The deepest folder, or address, that all images are below."""
    # PurePath takes the two slashes of an address for one, here and below
    return os.path.commonpath({PurePath(path).parent for path in images})


def cached_path(cache: str | Path, number: int, image: str, root: str) -> Path:
    """Where an image lies in a cache.

    Args:
        cache (str | Path): Folder of the cache.
        number (int): Which of the styles of the image.
        image (str): Path of the source image.
        root (str): The folder that all source images are below.

    Raises:
        ValueError: If this one is not.
    """
    path, folder = PurePath(image), PurePath(root)
    below = path.is_relative_to(folder)
    name = path.relative_to(folder) if below else path
    if not below or '..' in name.parts:
        raise ValueError(
            f'{image} is not below {root}, where the images of the cache '
            f'{cache} were. If they have moved, name the folder by '
            'LoadStylized(root=...); else make another cache for them.'
        )
    return Path(cache, f'style_{number:02d}', name)


def read_marker(cache: str | Path) -> dict:
    """What made a cache.

    Raises:
        FileNotFoundError: If there is none in this folder.
        ValueError: If it is not complete.
    """
    path = Path(cache, MARKER)
    if not path.is_file():
        raise FileNotFoundError(
            f'{cache} is no cache of stylised images: {path.absolute()} does '
            f'not exist; {REMEDY}'
        )
    marker = json.loads(path.read_text())
    if not marker['complete']:
        raise ValueError(
            f'The cache {cache} is not complete; the command that began it '
            'goes on when it is given again'
        )
    return marker
