# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Flags of animals' joints.

The papers draw a heatmap, and so score a joint, wherever its y coordinate is
positive, whatever the flag says: also joints that are labelled and yet marked
as invisible, and never one at the border or beyond.
"""

from argparse import ArgumentParser

import numpy as np


def add_hidden_argument(parser: ArgumentParser) -> None:
    """Add ``--hidden``."""
    parser.add_argument(
        '--hidden',
        choices=('score', 'ignore'),
        default='score',
        help='joints with coordinates that are marked as invisible: score '
        'them as the papers do (flag 1), or not (flag 0)',
    )


def flags(joints: np.ndarray, hidden: str) -> np.ndarray:
    """COCO's flags of joints.

    Args:
        joints (np.ndarray): (K, 3), x, y and whether it is visible.
        hidden (str): ``'score'`` or ``'ignore'``.

    Returns:
        np.ndarray: (K,), 2 visible, 1 labelled though hidden, 0 neither.
    """
    visible = joints[:, 2] > 0
    finite = np.isfinite(joints[:, :2]).all(axis=1)
    placed = np.where(finite, joints[:, 1], 0) > 0
    # what is visible and not finite stays so: it is reported as broken
    visible_flags = np.where(placed | ~finite, 2, 0)
    hidden_flags = np.where(placed & (hidden == 'score'), 1, 0)
    return np.where(visible, visible_flags, hidden_flags)
