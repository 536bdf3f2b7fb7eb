# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What holds for every converter when something goes wrong: a message that
names the file, no file of a split that is not whole, and the same command
finishes the work as if nothing had happened."""

import errno
import json
import os
import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from test_converters.kit import (
    convert,
    write_animalpose,
    write_lsp,
    write_processed,
    write_surreal,
    write_synanimal,
    write_tigdog,
)

from mmpose_mlda.converters import coco, files
from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.lsp import LSP, LSPExtended
from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.converters.surreal_processed import SurrealProcessed
from mmpose_mlda.converters.synanimal import SynAnimal
from mmpose_mlda.converters.tigdog import TigDog


class Release(NamedTuple):
    """A converter, its flags, and the files of its release."""

    converter: type
    flags: tuple
    write: callable
    labels: str  # one file of labels
    image: str | None  # one image


def lsp(extended):
    def write(root):
        points = np.random.default_rng(0).uniform(1, 29, (6, 14, 2))
        write_lsp(root, points, np.ones((6, 14)), [(40, 30)] * 6, extended)

    return write


RELEASES = {
    'surreal': Release(
        Surreal,
        (),
        write_surreal,
        'val/run0/01_02/01_02_c0001_info.mat',
        None,
    ),
    'processed': Release(
        Surreal,
        ('--processed',),
        write_processed,
        'val/run1.json',
        'val/run1/2.jpg',
    ),
    'lsp': Release(LSP, (), lsp(False), 'joints.mat', 'images/im0002.jpg'),
    'lspet': Release(
        LSPExtended, (), lsp(True), 'joints.mat', 'images/im00002.jpg'
    ),
    'synanimal': Release(
        SynAnimal,
        ('--animals', 'horse'),
        lambda root: write_synanimal(root, 'horse', 12),
        'horse_combineds5r5_texture/3_kpts.npy',
        'horse_combineds5r5_texture/3_img.png',
    ),
    'tigdog': Release(
        TigDog,
        ('--animals', 'horse'),
        lambda root: write_tigdog(
            root, 'horse', dict.fromkeys(range(1, 13), (1, True))
        ),
        'ranges/horse/ranges.mat',
        'horse/00000003.jpg',
    ),
    'animalpose': Release(
        AnimalPose,
        ('--animals', 'dog'),
        write_animalpose,
        'keypoints.json',
        'images/2008_000003.jpg',
    ),
}


class World:
    """A release in a folder, and the files that its conversion gives."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release, self.raw = release, folder / 'raw'
        release.write(self.raw)
        assert self.convert(folder / 'whole') == 0
        self.whole = contents(folder / 'whole')

    def convert(self, out, *flags):
        return convert(
            self.release.converter, self.raw, out, *self.release.flags, *flags
        )

    def finishes(self, out):
        assert self.convert(out) == 0
        assert contents(out) == self.whole
        assert not list(out.rglob('*.part'))
        assert not (out / 'parts').exists()


def contents(out):
    return {p.name: p.read_bytes() for p in out.glob('annotations/*')}


@pytest.fixture(scope='module', params=RELEASES)
def world(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for kind in (RELEASES[request.param].converter, SurrealProcessed):
            patch.setattr(kind, 'chunk', 2)  # several parts of few items
        folder = tmp_path_factory.mktemp(request.param)
        yield World(RELEASES[request.param], folder)


def run_to_its_death(world, out, owner, name, calls):
    """Convert in a process that kills itself in the middle of a call."""
    pid = os.fork()
    if not pid:
        function, left = getattr(owner, name), iter(range(calls))

        def killed(*args):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args)

        try:
            setattr(owner, name, killed)
            world.convert(out)
        finally:
            os._exit(0)  # not reached by who was killed
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


@pytest.mark.parametrize(
    ('owner', 'name', 'calls'),
    [(coco, 'category', 0), (coco.SplitWriter, 'add', 3), (os, 'fsync', 2)],
    ids=['before', 'merging', 'writing'],
)
def test_sigkill(world, tmp_path, owner, name, calls):
    out = tmp_path / 'out'
    if name == 'category':
        owner, name, calls = world.release.converter, 'convert', 2
        if '--processed' in world.release.flags:
            owner = SurrealProcessed
    run_to_its_death(world, out, owner, name, calls)
    for path in out.glob('annotations/*.json'):
        assert path.read_bytes() == world.whole[path.name]
    world.finishes(out)


@pytest.mark.parametrize('call', [0, 1, -1], ids=['marker', 'part', 'split'])
def test_full_disk(world, tmp_path, monkeypatch, call):
    """``fsync`` is the last of a write; each file has one."""
    calls, out = [], tmp_path / 'out'

    def fsync(number):
        path = os.readlink(f'/proc/self/fd/{number}')
        is_split = 'annotations' in path
        calls.append(path)
        if is_split if call < 0 else len(calls) - 1 == call:
            raise OSError(errno.ENOSPC, 'No space left on device', path)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, 'fsync', fsync)
        message = world.convert(out)
    assert message.startswith(f'error: no space left at {calls[-1]}')
    assert 'the same command goes on' in message
    assert not contents(out)
    world.finishes(out)


@pytest.mark.parametrize('processes', [1, 2])
def test_full_disk_at_an_image(tmp_path, monkeypatch, processes):
    """Only SURREAL's converter writes images."""
    world, out = World(RELEASES['surreal'], tmp_path), tmp_path / 'out'
    write = Path.write_bytes

    def full(path, data):
        if path.name.startswith('01_01_c0002'):
            write(path, data[:100])
            raise OSError(errno.ENOSPC, 'No space left on device', str(path))
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, 'write_bytes', full)
        message = world.convert(out, '--processes', processes)
    assert message.startswith(f'error: no space left at {out}')
    assert not contents(out)
    world.finishes(out)


def test_image_that_does_not_decode(world, tmp_path, capsys):
    if world.release.image is None:
        pytest.skip('SURREAL is made of videos, see test_surreal.py')
    out, path = tmp_path / 'out', world.raw / world.release.image
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        assert world.convert(out) == 1
    finally:
        path.write_bytes(whole)
    assert f'broken: {path} does not decode' in capsys.readouterr().out
    assert not contents(out)
    world.finishes(out)


@pytest.mark.parametrize('left', [None, 0, 5, 0.5])
def test_damaged_labels(world, tmp_path, capsys, left):
    """The file is missing, empty, or cut off."""
    out, path = tmp_path / 'out', world.raw / world.release.labels
    whole = path.read_bytes()
    if left is None:
        path.unlink()
    else:
        size = left if isinstance(left, int) else int(left * len(whole))
        path.write_bytes(whole[:size])
    try:
        code = world.convert(out)
    finally:
        path.write_bytes(whole)
    text = code if isinstance(code, str) else capsys.readouterr().out
    assert code
    assert str(path) in text
    assert 'download it again' in text or 'is missing' in text
    assert not contents(out)
    world.finishes(out)


@pytest.mark.parametrize('name', ['lsp', 'lspet', 'processed'])
def test_labels_that_are_not_finite(tmp_path, capsys, name):
    """Of the others see their own tests."""
    world, out = World(RELEASES[name], tmp_path), tmp_path / 'out'
    path = world.raw / world.release.labels
    if name == 'processed':
        entries = json.loads(path.read_text())
        entries[3]['keypoint2d'][7][0] = float('nan')
        path.write_text(json.dumps(entries))
        where = 'val, entry val/run1/3.jpg'
    else:
        joints = loadmat(path)['joints']
        joints[(0, 7, 3) if name == 'lsp' else (7, 0, 3)] = np.nan
        savemat(path, dict(joints=joints))
        where = f'{path}, photograph 4'
    assert world.convert(out) == 1
    assert f'{where}: a joint is [nan, ' in capsys.readouterr().out
    assert not contents(out)


@pytest.mark.parametrize('name', ['lsp', 'synanimal', 'tigdog'])
def test_empty_split(tmp_path, name):
    """Of the others see their own tests."""
    release, raw = RELEASES[name], tmp_path / 'raw'
    if name == 'lsp':
        release.write(raw)
        for number in (4, 5, 6):
            (raw / f'images/im{number:04d}.jpg').unlink()
        flags, split = ('--missing', 'skip'), 'lsp_test.json'
    elif name == 'synanimal':
        write_synanimal(raw, 'horse', 1)
        flags, split = release.flags, 'synanimal_horse_t'
    else:
        write_tigdog(raw, 'horse', {1: (1, True)})
        flags, split = release.flags, 'tigdog_horse_t'
    message = convert(release.converter, raw, tmp_path / 'out', *flags)
    assert f'no image for {split}' in message
    assert not contents(tmp_path / 'out')
