# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Checkpoints load without running code.

MMEngine's checkpoints hold NumPy arrays and the histories of its log beside
the weights. Since torch 2.6 its own loader refuses these (MMEngine 0.10), or
unpickles whatever the file asks for (MMEngine 0.11). Here they are loaded
with ``weights_only=True`` and a short list of classes that are safe.
"""

import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.model import is_model_wrapper
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint
from torch import nn

__all__ = [
    'UnsafeCheckpointError',
    'load_from_local',
    'load_state_dict',
    'load_url',
    'plain_checkpoint',
    'register_safe_loaders',
    'safe_classes',
]


class UnsafeCheckpointError(pickle.UnpicklingError):
    """A checkpoint asks for a class or function outside the safe list."""


def register_safe_loaders() -> None:
    """Let MMEngine load files and downloads with :func:`safe_classes` only.

    Without it ``resume``, ``load_from`` and ``mmpose.apis.init_model`` end in
    an ``UnpicklingError`` for every checkpoint that MMEngine 0.10 itself
    wrote, and downloads run the code that is pickled in them. The other
    schemes (``torchvision://``, ``open-mmlab://``, ...) lead to one of these
    two.
    """
    CheckpointLoader.register_scheme(
        prefixes='', loader=load_from_local, force=True
    )
    mmengine_checkpoint.load_url = load_url
    mmengine_checkpoint.load_state_dict = load_state_dict


_mmengine_load_state_dict = mmengine_checkpoint.load_state_dict


def load_state_dict(
    module: nn.Module, state_dict: dict[str, Any], *args, **kwargs
) -> None:
    """MMEngine's, which only warns if nothing at all is loaded.

    Raises:
        RuntimeError: If no key is one of the network's, which would go on
            with random weights.
    """
    network = module
    while is_model_wrapper(network):
        network = network.module
    own = network.state_dict().keys()
    # an adaptor takes a plain checkpoint and checks the keys itself
    checks = getattr(network, 'checks_state_dict', False)
    if own and state_dict and not checks and own.isdisjoint(state_dict):
        raise RuntimeError(
            f'The checkpoint has no weight of this {type(network).__name__}: '
            f'its keys begin with {list(state_dict)[:3]}, expected such as '
            f'{list(own)[:3]}; give a checkpoint of the same architecture'
        )
    _mmengine_load_state_dict(module, state_dict, *args, **kwargs)


def load_from_local(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Load a checkpoint file; the name is part of MMEngine's log.

    Args:
        filename (str): The file; ``~`` is expanded.
        map_location: Same as :func:`torch.load`.

    Returns:
        dict: The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        UnsafeCheckpointError: If it holds more than :func:`safe_classes`.
        RuntimeError: If it cannot be read or placed on the device.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f'checkpoint {path} does not exist; give the path of a .pth file'
        )
    try:
        with _safe_classes_only(path):
            content = torch.load(
                path, map_location=map_location, weights_only=True
            )
    except UnsafeCheckpointError:
        raise
    except Exception as error:  # whatever the parser stumbles over
        reason = str(error).strip().splitlines() or ['it ends too early']
        raise RuntimeError(
            f'{path} cannot be loaded as a checkpoint '
            f'({type(error).__name__}: {reason[0]}); if it is damaged or of '
            'another format, give another file'
        ) from error
    if not isinstance(content, dict):
        raise RuntimeError(
            f'{path} holds a {type(content).__name__}, expected a checkpoint '
            'with weights by name; give another file'
        )
    return content


def load_url(url: str, **kwargs) -> dict[str, Any]:
    """Download a checkpoint into torch's cache and load it.

    Args:
        url (str): The address.
        **kwargs: Same as :func:`torch.hub.load_state_dict_from_url`.

    Returns:
        dict: The checkpoint.

    Raises:
        UnsafeCheckpointError: If it holds more than :func:`safe_classes`.
    """
    kwargs['weights_only'] = True
    with _safe_classes_only(url):
        return torch.hub.load_state_dict_from_url(url, **kwargs)


def plain_checkpoint(
    checkpoint: dict[str, Any], network: str = 'teacher'
) -> dict[str, Any]:
    """One network of an adaptor, as a checkpoint of the plain estimator.

    Args:
        checkpoint (dict): Of an adaptor, as :func:`load_from_local` gives it.
        network (str): ``'teacher'`` or ``'student'``.

    Returns:
        dict: ``state_dict`` that fits the config of the student, and ``meta``
        with the keypoint table.

    Raises:
        ValueError: If the checkpoint has no such network.
    """
    prefix = f'{network}.'
    weights = {
        name.removeprefix(prefix): value
        for name, value in checkpoint['state_dict'].items()
        if name.startswith(prefix)
    }
    if not weights:
        raise ValueError(
            f'The checkpoint has no weights of a {network!r}; give one that '
            "an adaptor has saved, and 'teacher' or 'student'"
        )
    meta = checkpoint.get('meta', {})
    kept = {k: meta[k] for k in ('dataset_meta',) if k in meta}
    return dict(state_dict=weights, meta=kept)


@contextmanager
def _safe_classes_only(source: str | Path) -> Iterator[None]:
    try:
        with torch.serialization.safe_globals(safe_classes()):
            yield
    except pickle.UnpicklingError as error:
        refused = re.search(r'GLOBAL (\S+)|(getattr\(.*?\))', str(error))
        if refused is None:
            raise
        raise UnsafeCheckpointError(
            f'{source}: refused, since it asks for '
            f'{refused[1] or refused[2]}, which is no safe content of a '
            'checkpoint; nothing was run. If you trust its author, save its '
            'weights alone: torch.save(torch.load(FILE, weights_only=False)'
            "['state_dict'], NEW_FILE)"
        ) from None


def safe_classes() -> list[Any]:
    """What a checkpoint may hold beside tensors and plain containers.

    Returns:
        list: Entries of :class:`torch.serialization.safe_globals`: classes
        and functions, or pairs of one and its name in the file. NumPy's
        functions have one name before and one since NumPy 2.
    """
    array, scalar = (x.__reduce__()[0] for x in (np.empty(0), np.float64()))
    numpy_functions = [
        (function, f'numpy.{core}.multiarray.{name}')
        for core in ('core', '_core')
        for function, name in ((array, '_reconstruct'), (scalar, 'scalar'))
    ]
    return [
        HistoryBuffer,
        (_history_method, 'builtins.getattr'),
        (_history_method, '__builtin__.getattr'),
        *numpy_functions,
        np.ndarray,
        np.dtype,
        *(getattr(np.dtypes, name) for name in np.dtypes.__all__),
    ]


def _history_method(owner: Any, name: str) -> Callable:
    """The only ``getattr`` of a checkpoint: a statistic of HistoryBuffer."""
    statistics = ('min', 'max', 'mean', 'current')
    if owner is not HistoryBuffer or name not in statistics:
        raise pickle.UnpicklingError(f'getattr({owner!r}, {name!r})')
    return getattr(HistoryBuffer, name)
