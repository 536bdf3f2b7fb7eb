# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Values as lines of text."""

from collections.abc import Sequence

import numpy as np


def layout_rows(rows: dict[str, dict[str, float]]) -> str:
    """Lay out a row of values by line.

    Args:
        rows (dict[str, dict[str, float]]): {head: {column: value}}, the same
            columns in all of them; NaN becomes a dash.

    Returns:
        str: The columns' names, and a line for each row.
    """
    columns = list(next(iter(rows.values())))
    widths = [max(len(name), 5) + 2 for name in columns]
    head_width = max(9, *(len(head) + 2 for head in rows))

    def line(head: str, cells: Sequence[str]) -> str:
        cells = (c.rjust(w) for c, w in zip(cells, widths, strict=True))
        return head.ljust(head_width) + ''.join(cells)

    lines = [line('', columns)]
    for head, row in rows.items():
        cells = ['-' if np.isnan(v) else f'{v:.2f}' for v in row.values()]
        lines.append(line(head, cells))
    return '\n'.join(lines)
