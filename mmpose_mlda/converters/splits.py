# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Who is in which split: the papers' index files, or a split of our own."""

import hashlib
import io
import pickle
from argparse import ArgumentTypeError
from pathlib import Path

import numpy as np

from .errors import ConversionError
from .files import require

HELD_OUT = 0.2
# what a pickled array of labels is made of
HARMLESS = {
    (module, name)
    for core in ('numpy.core', 'numpy._core')
    for module, name in (
        (f'{core}.multiarray', '_reconstruct'),
        (f'{core}.multiarray', 'scalar'),
    )
} | {('numpy', 'ndarray'), ('numpy', 'dtype'), ('_codecs', 'encode')}


def own_split(key: str, held_out: float = HELD_OUT) -> str:
    """``'train'`` or ``'test'`` of an image or video by its name alone.

    About that share of all names is held out, whatever else is there: those
    whose SHA-1 as a fraction of its range is below it.
    """
    digest = hashlib.sha1(key.encode()).digest()
    fraction = int.from_bytes(digest[:8], 'big') / 2**64
    return 'test' if fraction < held_out else 'train'


def share(text: str) -> float:
    """A share of the images, as an argument of the command line."""
    value = float(text)
    if not 0 < value < 1:
        raise ArgumentTypeError(f'{text} is not between 0 and 1')
    return value


def read_indices(path: Path, length: int) -> list[int]:
    """An index file of the papers.

    Args:
        path (Path): ``.npy`` with whole numbers.
        length (int): Of the list that they index.

    Raises:
        ConversionError: If the file does not fit the list.
    """
    require(path)
    try:
        indices = np.load(path)
    except (ValueError, OSError, EOFError) as error:
        raise ConversionError(
            f'{path} is no array of indices ({error}).'
        ) from error
    indices = indices.ravel()
    if indices.dtype.kind not in 'iu':
        raise ConversionError(
            f'{path} holds {indices.dtype}, expected whole numbers.'
        )
    if len(indices) and not 0 <= indices.min() <= indices.max() < length:
        raise ConversionError(
            f'{path} has index {indices.max()}, but the release here has '
            f'{length} entries; complete the release.'
        )
    return indices.tolist()


def read_objects(path: Path) -> list:
    """A pickled array of objects that may hold data only, no code.

    Raises:
        ConversionError: If it is none.
    """
    data = io.BytesIO(require(path).read_bytes())
    try:
        version = np.lib.format.read_magic(data)
        read_header = getattr(
            np.lib.format, f'read_array_header_{version[0]}_{version[1]}'
        )
        read_header(data)
        return _DataUnpickler(data, encoding='latin1').load().tolist()
    except (
        ValueError,
        EOFError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise ConversionError(
            f'{path} is no array of annotations ({error}).'
        ) from error


class _DataUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str):
        if (module, name) not in HARMLESS:
            raise pickle.UnpicklingError(f'it refers to {module}.{name}')
        return super().find_class(module, name)
