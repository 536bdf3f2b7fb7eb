# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Random input: anything at all, and what is almost right."""

import copy
import os
from typing import Any

import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# the same examples in every run, and no folder of those that failed;
# EXAMPLES=1000 in the environment looks further
fast = settings(
    max_examples=int(os.environ.get('EXAMPLES', '25')),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# of all of Unicode, hypothesis keeps a table in a folder of its own
texts = st.text('a0/" \n\\é写🐎', max_size=5)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**400, -1, 1e300]),
    st.floats(),
    texts,
    st.just([]),
    st.just({}),
    st.lists(st.floats(), max_size=5),
)
any_json = st.recursive(
    junk,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def almost(draw, content: Any) -> Any:
    """JSON of which one or two places are replaced or left out."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 2))):
        if not content:
            break
        _spoil(draw, content)
    return content


def _spoil(draw, content: Any) -> None:
    while True:
        keys = list(content) if isinstance(content, dict) else None
        place = draw(st.sampled_from(keys or range(len(content))))
        inner = content[place]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            content = inner
            continue
        if draw(st.booleans()):
            del content[place]
        else:
            content[place] = draw(junk)
        return


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """A file that is cut off, or some bytes of which are others."""
    content = bytearray(content[: draw(st.integers(0, len(content)))])
    for _ in range(draw(st.integers(0, 3))):
        if content:
            place = draw(st.integers(0, len(content) - 1))
            content[place] = draw(st.integers(0, 255))
    return bytes(content)


@st.composite
def tensors(draw, *shape: int, low: float = -3.0, high: float = 3.0):
    """Normal values, constants or extremes, (…) of ``shape``, float64."""
    kind = draw(st.sampled_from(['random', 'constant', 'one', 'extreme']))
    rng = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    unit = torch.rand(shape, generator=rng, dtype=torch.float64)
    if kind == 'constant':
        unit = torch.full_like(unit, draw(st.sampled_from([0.0, 0.5, 1.0])))
    elif kind == 'one':
        unit = torch.zeros_like(unit)
        unit.view(-1)[draw(st.integers(0, unit.numel() - 1))] = 1
    elif kind == 'extreme':
        unit = unit.round()
    return low + (high - low) * unit


sizes = st.integers(2, 7)
