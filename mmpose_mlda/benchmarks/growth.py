# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""How the alignment's time grows with batch, joints and resolution."""

from dataclasses import replace

from mmengine.utils import ProgressBar

from . import alignment
from .alignment import Sizes
from .timing import measure

FACTORS = (0.25, 0.5, 1, 2)  # of the sizes that are given
REPEATS = 3


def growth(sizes: Sizes, device: str = 'cpu') -> dict[str, list[dict]]:
    """Medians in ms for smaller and larger sizes, one varied at a time.

    Returns:
        dict: For ``'batch'``, ``'joints'`` and ``'heatmap'`` (with the
        image) a list of dicts ``size``, ``published``, ``canonical`` and
        ``student``.
    """
    variants = {
        name: [_scaled(sizes, name, factor) for factor in FACTORS]
        for name in ('batch', 'joints', 'heatmap')
    }
    bar = ProgressBar(sum(map(len, variants.values())))
    found: dict[str, list[dict]] = {}
    for name, scaled in variants.items():
        found[name] = []
        for each in scaled:
            times = measure(
                alignment.functions(each, device), REPEATS, 1, device
            )
            medians = {key: time.median for key, time in times.items()}
            found[name].append(dict(size=getattr(each, name), **medians))
            bar.update()
    print()
    return found


def _scaled(sizes: Sizes, name: str, factor: float) -> Sizes:
    changed = {name: max(int(getattr(sizes, name) * factor), 1)}
    if name == 'heatmap':
        changed['image'] = max(int(sizes.image * factor), 1)
    return replace(sizes, **changed)
