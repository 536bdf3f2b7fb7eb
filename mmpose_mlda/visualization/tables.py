# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Tables of PCK for the terminal."""

from collections.abc import Mapping


def pck_table(rows: Mapping[str, Mapping[str, float]], threshold: str) -> str:
    """Lay out PCK by joint group.

    Args:
        rows: {name of the row: metrics of :class:`PCK` without prefix, per
            cent}.
        threshold: Key of the mean, e.g. ``'PCK@0.05'``; its groups are the
            keys ``'PCK@0.05/...'``. A group that could not be scored is
            a dash.

    Returns:
        str: Several lines of text.
    """
    start = f'{threshold}/'
    groups = [
        key.removeprefix(start)
        for key in max(rows.values(), key=len)
        if key.startswith(start) and 'joint/' not in key
    ]
    keys = [f'{start}{group}' for group in groups] + [threshold]
    names = max(len(threshold), *(len(name) for name in rows))
    lines = [
        threshold.ljust(names)
        + ''.join(f'{title:>8}' for title in [*groups, 'All'])
    ]
    lines.append('-' * len(lines[0]))
    lines += [
        name.ljust(names)
        + ''.join(
            f'{row[key]:8.1f}' if key in row else f'{"-":>8}' for key in keys
        )
        for name, row in rows.items()
    ]
    return '\n'.join(lines)
