# Copyright (c) mmpose_mlda contributors. All rights reserved.
import itertools
from types import SimpleNamespace

import pytest

from mmpose_mlda.datasets import DomainPairSampler

MODULE = 'mmpose_mlda.datasets.domain_pair_sampler'
SOURCES, TARGETS = 7, 5


def pairs(sources=SOURCES, targets=TARGETS, **others):
    parts = dict(source=range(sources), target=range(targets), **others)
    return SimpleNamespace(parts=parts)


def slots(count, sources=SOURCES, targets=TARGETS, first=None, seed=3):
    sampler = DomainPairSampler(pairs(sources, targets), seed=seed)
    if first is not None:
        sampler.begin_at(first, seed)
    return list(itertools.islice(sampler, count))


@pytest.fixture
def as_rank(monkeypatch):
    def pretend(rank, world_size):
        monkeypatch.setattr(
            f'{MODULE}.get_dist_info', lambda: (rank, world_size)
        )

    return pretend


def test_every_round_is_a_permutation():
    stream = slots(4 * 35)
    for column, length in ((0, SOURCES), (1, TARGETS)):
        indices = [slot[column] for slot in stream]
        rounds = [
            tuple(indices[i : i + length])
            for i in range(0, len(indices), length)
        ]
        assert all(sorted(r) == list(range(length)) for r in rounds)
        assert len(set(rounds)) > len(rounds) / 2
    # the two domains are shuffled differently, also if they are equally long
    stream = slots(40, sources=40, targets=40)
    assert [s[0] for s in stream] != [s[1] for s in stream]


def test_seeds_are_the_slots_own():
    stream = slots(300)
    seeds = [seed for _, _, seed in stream]
    assert len(set(seeds)) == 300
    assert all(0 <= seed < 2**63 for seed in seeds)
    # where the samples come from does not matter
    assert seeds == [s[2] for s in slots(300, sources=11, targets=3)]


def test_the_stream_is_a_function_of_the_seed():
    assert slots(50) == slots(50)
    other = slots(50, seed=4)
    for column in range(3):
        assert [s[column] for s in slots(50)] != [s[column] for s in other]


def test_processes_share_out_the_slots(as_rank):
    whole = slots(60)
    shares = []
    for rank in range(3):
        as_rank(rank, 3)
        shares.append(slots(20))
    assert [s for step in zip(*shares, strict=True) for s in step] == whole


def test_two_halves_see_what_one_sees(as_rank):
    """Step by step: one process of 8 or two processes of 4."""
    whole = slots(80)
    halves = []
    for rank in range(2):
        as_rank(rank, 2)
        halves.append(slots(40))
    for step in range(10):
        one = whole[8 * step : 8 * step + 8]
        two = [s for half in halves for s in half[4 * step : 4 * step + 4]]
        assert sorted(one) == sorted(two)


@pytest.mark.parametrize('world_size', [1, 2])
@pytest.mark.parametrize('first', [0, 1, 4, 33])
def test_beginning_later_is_skipping(as_rank, world_size, first):
    for rank in range(world_size):
        as_rank(rank, world_size)
        assert slots(20, first=first) == slots(20 + first)[first:]


def test_begin_at_takes_the_seed_of_the_run():
    dataset = pairs()
    sampler = DomainPairSampler(dataset, seed=8)
    sampler.begin_at(6, 3)
    assert list(itertools.islice(sampler, 20)) == slots(26)[6:]


def test_a_seed_that_is_not_given_is_drawn():
    dataset = pairs()
    sampler = DomainPairSampler(dataset)
    first, second = (list(itertools.islice(sampler, 9)) for _ in range(2))
    assert first == second
    assert first == slots(9, seed=sampler.seed)


@pytest.mark.parametrize('world_size', [1, 2, 3])
def test_one_pass(as_rank, world_size):
    """The beginning of the endless stream, equally much for all processes."""
    dataset = pairs()
    parts = []
    for rank in range(world_size):
        as_rank(rank, world_size)
        parts.append(list(DomainPairSampler(dataset, 3, endless=False)))
    as_rank(0, 1)
    together = [slot for turn in zip(*parts, strict=True) for slot in turn]
    assert together == slots(len(together))
    assert SOURCES <= len(together) < SOURCES + world_size


def test_length_is_one_pass_over_the_source(as_rank):
    dataset = pairs()
    assert len(DomainPairSampler(dataset, seed=0)) == 7
    as_rank(0, 2)
    sampler = DomainPairSampler(dataset, seed=0)
    assert len(sampler) == 4
    sampler.set_epoch(3)  # MMEngine calls it


def test_labelled_target_images_are_a_stream_of_their_own():
    """Every round is a permutation; nothing else of a slot changes."""
    sampler = DomainPairSampler(pairs(target_labeled=range(3)), seed=3)
    stream = list(itertools.islice(sampler, 30))
    assert [slot[:3] for slot in stream] == slots(30)
    labeled = [slot[3] for slot in stream]
    rounds = [tuple(labeled[i : i + 3]) for i in range(0, 30, 3)]
    assert {tuple(sorted(r)) for r in rounds} == {(0, 1, 2)}
    assert len(set(rounds)) > 1
    sampler.begin_at(17, 3)
    assert list(itertools.islice(sampler, 13)) == stream[17:]
