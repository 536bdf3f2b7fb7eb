# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Grey textures of mean 128: noise, clouds and the patterns of cloth.

Tiles are made once per process from a fixed seed; pictures take windows of
them at random places.
"""

from functools import lru_cache

import cv2
import numpy as np

from .dice import Dice

GREY = 128
_TILE = 640


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _pyramid(tile: np.ndarray) -> tuple[np.ndarray, ...]:
    levels = [tile]
    while len(levels[-1]) > 80:
        half = len(levels[-1]) // 2
        levels.append(
            cv2.resize(levels[-1], (half, half), interpolation=cv2.INTER_AREA)
        )
    return tuple(levels)


@lru_cache(maxsize=1)
def grain() -> tuple[np.ndarray, ...]:
    """White noise of deviation 32, uint8 (640, 640, 3), and its halvings.

    A sum of four uniform numbers stands for a Gaussian one.
    """
    sums = Dice(20_250_001).array(4, _TILE, _TILE, 3).sum(axis=0) - 2.0
    noise = sums * (32.0 / np.sqrt(4.0 / 12.0))
    return _pyramid(_bytes(noise + GREY))


@lru_cache(maxsize=1)
def clouds() -> tuple[np.ndarray, ...]:
    """Noise of many scales, uint8 (640, 640), and its halvings."""
    dice = Dice(20_250_002)
    total = np.zeros((_TILE, _TILE), np.float32)
    cells, weight = 4, 1.0
    while cells <= _TILE // 4:
        coarse = dice.array(cells, cells).astype(np.float32)
        total += weight * cv2.resize(
            coarse, (_TILE, _TILE), interpolation=cv2.INTER_CUBIC
        )
        cells, weight = cells * 2, weight * 0.62
    total = (total - total.mean()) * (52.0 / total.std())
    return _pyramid(_bytes(total + GREY))


def window(
    dice: Dice, tiles: tuple[np.ndarray, ...], size: int, zoom: float
) -> np.ndarray:
    """A random square of a tile.

    Args:
        dice (Dice): The source of chance.
        tiles (tuple[ndarray]): (T, T) or (T, T, C), and its halvings.
        size (int): Side of the result in pixels.
        zoom (float): Share of the tile's side to take; 0 means pixel by
            pixel, where the tile is large enough.

    Returns:
        ndarray: (size, size) or (size, size, C). May be a view.
    """
    across, down = dice.uniform(), dice.uniform()
    level = 0
    if zoom:  # the smallest level that still has enough pixels
        while level + 1 < len(tiles) and len(tiles[level + 1]) * zoom >= size:
            level += 1
    tile = tiles[level]
    side = len(tile)
    take = min(side, max(2, round(side * zoom) if zoom else size))
    x, y = int(across * (side - take)), int(down * (side - take))
    cut = tile[y : y + take, x : x + take]
    if take == size:
        return cut
    return cv2.resize(cut, (size, size), interpolation=cv2.INTER_LINEAR)


@lru_cache(maxsize=16)
def _ramp(size: int) -> np.ndarray:
    return (np.arange(size, dtype=np.float32) + 0.5) / size


def _waves(
    dice: Dice, size: int, across: float, down: float, bend: float
) -> np.ndarray:
    """Phases of plane waves, bent by clouds: uint8 (size, size), 256 a turn.

    Args:
        across, down (float): Waves per picture in x and in y.
        bend (float): How far the clouds shift them, in turns.
    """
    ramp = _ramp(size) * 256.0
    phase = np.add.outer(ramp * down, ramp * across)
    phase += window(dice, clouds(), size, 0.4) * np.float32(bend)
    return phase.astype(np.int32).astype(np.uint8)


def bars(dice: Dice, size: int) -> np.ndarray:
    """Narrow dark gaps in one direction: uint8 (size, size)."""
    number, share = dice.uniform(4.0, 22.0), dice.uniform(0.05, 0.5)
    table = np.full(256, GREY, np.uint8)
    table[: int(256 * share)] = int(GREY * dice.uniform(0.55, 0.95))
    slope = dice.normal(0.0, 0.03)
    turns = (number, number * slope)
    across, down = turns if dice.chance(0.6) else turns[::-1]
    return cv2.LUT(_waves(dice, size, across, down, 0.08), table)


def cloth(dice: Dice, size: int, patterned: float) -> np.ndarray:
    """A garment's surface: uint8 (size, size), mean about 128.

    Args:
        dice (Dice): The source of chance.
        size (int): Side in pixels.
        patterned (float): Probability of stripes, checks or spots; else there
            are folds only.
    """
    contrast = dice.uniform(12.0, 55.0)
    folds = window(dice, clouds(), size, dice.uniform(0.35, 0.8))
    if not dice.chance(patterned):
        return cv2.addWeighted(folds, 0.6, folds, 0.0, 0.4 * GREY)
    kind = dice.weighted({'stripes': 4, 'check': 2, 'camouflage': 1})
    if kind == 'camouflage':
        spots = window(dice, clouds(), size, dice.uniform(0.5, 1.0))
        edges = np.where(np.arange(256) < 128, -contrast, contrast) + GREY
        pattern = cv2.LUT(spots, edges.astype(np.uint8))
    else:
        turn = np.float32(dice.uniform(12.0, 34.0))
        tilt = dice.uniform(-0.35, 0.35)
        share = dice.uniform(0.2, 0.8) * 256.0
        bars = np.where(np.arange(256) < share, contrast, -contrast) + GREY
        table = bars.astype(np.uint8)
        first, second = (turn, turn * tilt), (turn * -tilt, turn)
        if dice.chance(0.5):
            first, second = second, first
        pattern = cv2.LUT(_waves(dice, size, *first, 0.7), table)
        if kind == 'check':
            other = cv2.LUT(_waves(dice, size, *second, 0.7), table)
            pattern = cv2.addWeighted(pattern, 0.5, other, 0.5, 0.0)
    return cv2.addWeighted(pattern, 1.0, folds, 0.4, -0.4 * GREY)
