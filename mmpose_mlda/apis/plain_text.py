# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The text of a config, in the order of its dicts.

MMEngine's own sorts the keys as words: joint 10 would come before joint 2,
and MMPose takes the joints in the order in which they are written.
"""

import inspect
from textwrap import indent
from typing import Any

from mmpose_mlda.models.codecs import FlooredHeatmap

COLUMNS = 79
BRACKETS = {list: '[]', tuple: '()', dict: '{}'}


def config_text(config: dict, heading: str) -> str:
    """A config file.

    Args:
        config: Of builtin containers and values. A value that is also that
            of a former key of the config is written as the name of this key.
        heading: The docstring of the file.

    Returns:
        str: Python; it registers :class:`FlooredHeatmap` if it needs it.
    """
    needed = "'FlooredHeatmap'" in str(config['model'])
    statements, names = [], {}
    for key, value in config.items():
        statements.append(f'{key} = {literal(value, len(key) + 3, names)}\n')
        if value and isinstance(value, dict | list):
            names[id(value)] = key
    codec = _registration(FlooredHeatmap) if needed else ''
    return f'"""{heading}"""\n{codec}\n{"".join(statements)}'


def literal(value: Any, used: int, names: dict[int, str]) -> str:
    """A value as Python; one line if it fits.

    Args:
        value: Of builtin containers and values.
        used: Columns before it.
        names: Variables by the ``id`` of their value.
    """
    if id(value) in names:
        return names[id(value)]
    if type(value) not in BRACKETS:
        return repr(value)
    opening, closing = BRACKETS[type(value)]
    items = [('', item) for item in value]
    if isinstance(value, dict):
        items = [(f'{key!r}: ', item) for key, item in value.items()]
        if all(str(key).isidentifier() for key in value):
            opening, closing = 'dict(', ')'
            items = [(f'{key}=', item) for key, item in value.items()]
    parts = [key + literal(item, 0, names) for key, item in items]
    comma = ',' if isinstance(value, tuple) and len(value) == 1 else ''
    line = f'{opening}{", ".join(parts)}{comma}{closing}'
    if used + len(line) < COLUMNS and '\n' not in line:
        return line
    lines = [
        indent(key + literal(item, 5 + len(key), names), '    ')
        for key, item in items
    ]
    return '\n'.join([opening, *(f'{text},' for text in lines), closing])


def _registration(codec: type) -> str:
    """Statements that define and register a codec in MMPose.

    MMEngine takes a config that imports other packages for one of another
    style, and keeps classes as values; functions it leaves alone.
    """
    source = inspect.getsource(codec).replace(
        'register_module()', 'register_module(force=True)'
    )
    return (
        f'\n\ndef register_{codec.__name__}():\n'
        "    np = __import__('numpy')\n"
        "    mmpose = __import__('mmpose.codecs')\n"
        '    MSRAHeatmap = mmpose.codecs.MSRAHeatmap\n'
        '    KEYPOINT_CODECS = mmpose.registry.KEYPOINT_CODECS\n\n'
        f'{indent(source, "    ")}\n\n'
        f'register_{codec.__name__}()\n'
    )
