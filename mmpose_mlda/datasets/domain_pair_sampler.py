# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The order of source and target images."""

import itertools
from collections.abc import Iterator

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmpose_mlda.functional.random import generator, key
from mmpose_mlda.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class DomainPairSampler(Sampler):
    """Endless stream of (source index, target index, seed).

    With labelled target images the index of one of these comes last.

    Slot n of the stream, counted over all processes, takes the n-th image of
    an endless sequence of permutations of the source, likewise of the
    target, and a seed for the augmentation of that slot. All of them are
    functions of (seed, n) alone: process r of R takes the slots r, r + R,
    r + 2R, ..., so that one process with batches of 32 and two with batches
    of 16 see the same samples in every step, and a run can begin anywhere.

    Args:
        dataset: A :class:`DomainPairDataset`.
        seed: Drawn and shared by all processes if None.
        endless: False for an evaluation: the stream ends when every source
            image was seen once.
    """

    def __init__(
        self, dataset, seed: int | None = None, endless: bool = True
    ) -> None:
        self.rank, self.world_size = get_dist_info()
        self.lengths = {k: len(part) for k, part in dataset.parts.items()}
        self.seed = sync_random_seed() if seed is None else seed
        self.endless = endless
        self.first = 0

    def begin_at(self, first: int, seed: int) -> None:
        """Let the next iteration begin at a later sample.

        Args:
            first: Samples of this process that come before, i.e. finished
                steps times the batch size of one process.
            seed: The seed of the run, which a resumed run takes from its
                checkpoint.
        """
        self.first = first
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        streams = [
            _EndlessPermutations(length, self.seed, name)
            for name, length in self.lengths.items()
        ]
        first = self.first * self.world_size + self.rank
        # the processes see equally many, as with MMEngine's DefaultSampler
        slots = (
            itertools.count(first, self.world_size)
            if self.endless
            else range(first, len(self) * self.world_size, self.world_size)
        )
        for slot in slots:
            source, target, *labeled = (stream[slot] for stream in streams)
            seed = key(self.seed, slot, 'augmentation')
            yield (source, target, seed, *labeled)

    def __len__(self) -> int:
        """Samples of this process in one pass over the source."""
        return -(-self.lengths['source'] // self.world_size)

    def set_epoch(self, epoch: int) -> None:
        """A stream has no epochs."""


class _EndlessPermutations:
    """Sequence of indices, one random permutation after the other."""

    def __init__(self, length: int, seed: int, name: str) -> None:
        self.length, self.seed, self.name = length, seed, name
        self.round = None

    def __getitem__(self, position: int) -> int:
        round_, place = divmod(position, self.length)
        if round_ != self.round:
            rng = generator(self.seed, round_, self.name)
            self.order = torch.randperm(self.length, generator=rng).tolist()
            self.round = round_
        return self.order[place]
