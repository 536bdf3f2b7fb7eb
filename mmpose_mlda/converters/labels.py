# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Animals' joints that are labelled and yet marked as invisible.

The papers draw a heatmap, and so score a joint, wherever its y coordinate is
positive, whatever the flag says.
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
    placed = finite & (np.where(finite, joints[:, 1], 0) > 0)
    hidden_flag = 1 if hidden == 'score' else 0
    return np.where(visible, 2, np.where(placed, hidden_flag, 0))
