# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Random numbers of one picture.

Only ``Generator.random`` of PCG64 is used: NumPy keeps the raw stream of a bit
generator, but not its distributions, from release to release (NEP 19), and the
pictures of a version must not change with NumPy.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar('T')


class Dice:
    """Draws keyed by integers, the same in every process.

    Args:
        *key (int): Non-negative integers; different keys give independent
            streams (``numpy.random.SeedSequence``).
    """

    def __init__(self, *key: int) -> None:
        sequence = np.random.SeedSequence(key)
        self._rng = np.random.Generator(np.random.PCG64(sequence))
        self._pool: list[float] = []

    def _next(self) -> float:
        if not self._pool:  # single draws cost more than lists of them
            self._pool = self._rng.random(128).tolist()
        return self._pool.pop()

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._next()

    def normal(self, mean: float = 0.0, std: float = 1.0) -> float:
        """A Gaussian number (Box-Muller), cut at 2.5 deviations."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self._next()))
        value = radius * math.cos(2.0 * math.pi * self._next())
        return mean + std * min(max(value, -2.5), 2.5)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._next() < probability

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high)."""
        return low + int((high - low) * self._next())

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self._next() < 0.5 else -1

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(len(options) * self._next())]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, with probability proportional to its weight."""
        left = self._next() * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0.0:
                return option
        return option

    def array(self, *shape: int) -> np.ndarray:
        """An array of numbers in [0, 1)."""
        return self._rng.random(shape)
