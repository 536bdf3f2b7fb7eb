# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Times of functions that are called in turns."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Timing:
    """Milliseconds of the calls of one function."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of all calls."""
        return float(np.median(self.values))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which half of the calls lie."""
        low, high = np.percentile(self.values, [25, 75])
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.quartiles
        return f'{self.median:.2f} [{low:.2f}, {high:.2f}] ms'


def measure(
    functions: Mapping[str, Callable[[], Any]],
    repeats: int = 20,
    warmup: int = 3,
    device: torch.device | str = 'cpu',
) -> dict[str, Timing]:
    """Call the functions in turns, so that all see the same machine.

    Args:
        functions: By name.
        repeats: Calls of each that count.
        warmup: Calls of each before them.
        device: Where the functions work; it is waited for.

    Returns:
        dict: :class:`Timing` by name.
    """
    values: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(warmup + repeats):
        for name, function in functions.items():
            wait(device)
            start = time.perf_counter()
            function()
            wait(device)
            if turn >= warmup:
                values[name].append(1000 * (time.perf_counter() - start))
    return {name: Timing(tuple(times)) for name, times in values.items()}


def wait(device: torch.device | str) -> None:
    """Until a device has done what it was told."""
    if torch.device(device).type == 'cuda':
        torch.cuda.synchronize(device)


def speedup(slow: Timing, fast: Timing) -> float:
    """How many times faster, by the medians."""
    return slow.median / fast.median
