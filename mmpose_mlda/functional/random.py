# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Random numbers that are functions of a key.

A draw does not depend on what was drawn before it, on the process, on the
number of workers or on the device, but on its key alone: (seed, step,
component) for what a whole batch shares, (seed, slot, component) for what
belongs to one sample of the endless stream of samples.
"""

import hashlib
import random
from operator import index

import torch
from torch import Tensor

# Constants of the SplitMix64 generator (Steele, Lea, Flood 2014), as signed
# 64-bit integers.
_GAMMA = 0x9E3779B97F4A7C15 - (1 << 64)
_MIX_1 = 0xBF58476D1CE4E5B9 - (1 << 64)
_MIX_2 = 0x94D049BB133111EB - (1 << 64)


def key(*parts: int | str) -> int:
    """Hash integers and strings to a key in [0, 2^63)."""
    # numpy's integers are written otherwise than python's
    parts = tuple(p if isinstance(p, str) else index(p) for p in parts)
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, 'little') >> 1


def host_random(*parts: int | str) -> random.Random:
    """Python's generator seeded by the key of ``parts``."""
    return random.Random(key(*parts))


def generator(*parts: int | str) -> torch.Generator:
    """Torch's CPU generator seeded by the key of ``parts``."""
    return torch.Generator().manual_seed(key(*parts))


def _shift_right(bits: Tensor, count: int) -> Tensor:
    """Shift that fills with zeros, whatever the sign."""
    return (bits >> count) & ((1 << (64 - count)) - 1)


def _mix(bits: Tensor) -> Tensor:
    bits = (bits ^ _shift_right(bits, 30)) * _MIX_1
    bits = (bits ^ _shift_right(bits, 27)) * _MIX_2
    return bits ^ _shift_right(bits, 31)


def uniform(keys: Tensor, component: str, draws: int) -> Tensor:
    """Uniform numbers for a batch of keys, computed on the keys' device.

    SplitMix64 as a counter-based generator; the same bits on every device.

    Args:
        keys: (B,), int64, one key a sample.
        component: Name that separates the draws of different components.
        draws: Number D of draws a sample.

    Returns:
        Tensor: (B, D), float32, multiples of 2^-24 in [0, 1).
    """
    state = _mix(keys ^ key(component)).unsqueeze(-1)
    counter = torch.arange(1, draws + 1, device=keys.device)
    return _shift_right(_mix(state + counter * _GAMMA), 40) * 2.0**-24


def beta(
    keys: Tensor, component: str, concentration: float, tries: int = 32
) -> Tensor:
    r"""Numbers of the symmetric beta distribution for a batch of keys.

    Jöhnk's method (1964): of pairs of uniform numbers (u, v), the first with
    :math:`x + y \le 1`, where :math:`x = u^{1/a}` and :math:`y = v^{1/a}`,
    gives :math:`x / (x + y)`. Such a pair is at least every second one for
    :math:`a \le 1`; in the 2^-32 of the samples or less that find none, the
    first pair serves.

    Args:
        keys: (B,), int64, one key a sample.
        component: Name that separates the draws of different components.
        concentration: a in (0, 1].
        tries: Pairs a sample.

    Returns:
        Tensor: (B,), float32 in [0, 1].
    """
    if not 0 < concentration <= 1:
        raise ValueError(
            f'concentration is {concentration}, but must lie in (0, 1]'
        )
    # a half step up: zeros have no ratio
    draws = uniform(keys, component, 2 * tries) + 2.0**-25
    x, y = draws.pow(1 / concentration).view(-1, tries, 2).unbind(-1)
    first = (x + y <= 1).float().argmax(dim=1, keepdim=True)
    return (x / (x + y)).gather(1, first).squeeze(1)
