# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Shards that begin or end together."""

import json
from multiprocessing import get_context

import pytest

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.apis.style_cache import StyleCache

FORK = get_context('fork')


def cache_of(folder, **setting):
    """A cache that is only claimed."""
    cache = object.__new__(StyleCache)
    cache.folder, cache.setting = folder, setting
    return cache


def marker(folder):
    return json.loads((folder / 'cache.json').read_text())


def test_a_start_that_was_killed_goes_on(tmp_path):
    (tmp_path / 'cache.json.123.part').write_text('{"se')
    cache_of(tmp_path, seed=1).claim()
    assert marker(tmp_path) == dict(seed=1, complete=False)


def test_another_folder_is_not_claimed(tmp_path):
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(OptionError, match='was not made here'):
        cache_of(tmp_path, seed=1).claim()


def _shard(folder, name, barrier):
    cache = cache_of(folder, seed=1)
    barrier.wait()
    cache.claim()
    (folder / name).touch()
    barrier.wait()
    cache._mark(complete=True)


def test_shards_that_begin_and_end_together(tmp_path):
    for number in range(20):
        folder = tmp_path / str(number)
        barrier = FORK.Barrier(3)
        shards = [
            FORK.Process(target=_shard, args=(folder, name, barrier))
            for name in 'abc'
        ]
        for shard in shards:
            shard.start()
        for shard in shards:
            shard.join(60)
        assert [shard.exitcode for shard in shards] == [0, 0, 0]
        assert marker(folder)['complete']
        assert len(list(folder.iterdir())) == 4
