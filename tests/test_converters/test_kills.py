# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""SIGKILL at random wall times of a conversion, on AnimalPose's release."""

import multiprocessing
import os
import random
import signal
import time

from test_converters.kit import convert, write_animalpose

from mmpose_mlda.converters import animalpose
from mmpose_mlda.converters.animalpose import AnimalPose

KILLS = int(os.environ.get('KILLS', '5'))
OPTIONS = ('--animals', 'dog', 'sheep')


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.glob('annotations/*')}


def test_kills(tmp_path, monkeypatch):
    """Each start goes on; in the end the files of an undisturbed one."""

    def slow_size(path):
        time.sleep(0.02)
        return 40, 30

    monkeypatch.setattr(AnimalPose, 'chunk', 2)
    monkeypatch.setattr(animalpose, 'image_size', slow_size)
    raw = write_animalpose(tmp_path / 'raw')
    whole, out = tmp_path / 'whole', tmp_path / 'out'
    begin = time.monotonic()
    assert convert(AnimalPose, raw, whole, *OPTIONS) == 0
    limit = time.monotonic() - begin

    rng = random.Random(0)
    context = multiprocessing.get_context('fork')
    arguments = (AnimalPose, raw, out, *OPTIONS)
    for _ in range(KILLS):
        process = context.Process(target=convert, args=arguments)
        process.start()
        # a third: so that kills reach every part of the work
        time.sleep(limit * rng.random() / 3)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    assert files_of(out) == files_of(whole)
    assert not (out / 'parts').exists()
