# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Changes of a config that can be written on the command line."""

from collections.abc import Mapping
from typing import Any

from mmengine.config import DictAction


def flatten(options: Mapping[str, Any], prefix: str = '') -> dict[str, Any]:
    """Nested dicts as dotted keys: ``{'a': {'b': 1}}`` to ``{'a.b': 1}``."""
    flat = {}
    for key, value in options.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f'{prefix}{key}.')
        else:
            flat[f'{prefix}{key}'] = value
    return flat


def layer(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Options on top of each other, the last one wins.

    A value replaces all that was set below its key; a key below an earlier
    value needs ``_delete_=True`` beside it, as in MMEngine's configs.

    Args:
        *layers: Options, nested or dotted.

    Returns:
        dict: Dotted keys.

    Raises:
        ValueError: If a key goes below an earlier value.
    """
    merged: dict[str, Any] = {}
    for upper in map(flatten, layers):
        for key in upper:
            for old in [k for k in merged if k.startswith(f'{key}.')]:
                del merged[old]
            for old in [k for k in merged if key.startswith(f'{k}.')]:
                if not upper.get(f'{old}._delete_'):
                    raise ValueError(
                        f'The option {key} goes below {old}={merged[old]}, '
                        f'which was set before; add {old}._delete_=True'
                    )
                del merged[old]
        merged |= upper
    return merged


def to_arguments(options: Mapping[str, Any]) -> list[str]:
    """``KEY=VALUE`` for ``--cfg-options``.

    Args:
        options (Mapping): Dotted keys.

    Raises:
        ValueError: If a value would be read as another one.
    """
    arguments = []
    for key, value in options.items():
        text = _text(value)
        if '=' in key or DictAction._parse_iterable(text) != value:
            raise ValueError(
                f'The option {key}={value!r} cannot be written on the command '
                'line; put it in a config file'
            )
        arguments.append(f'{key}={text}')
    return arguments


def _text(value: Any) -> str:
    if isinstance(value, list):
        return '[' + ','.join(map(_text, value)) + ']'
    if isinstance(value, tuple):
        return '(' + ','.join(map(_text, value)) + ')'
    return str(value)
