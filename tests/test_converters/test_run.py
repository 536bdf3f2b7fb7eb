# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Interruptions, broken files and ranks, on AnimalPose's small release."""

import errno
import json
import os

import pytest
from test_converters.kit import convert, load, write_animalpose

from mmpose_mlda.converters import animalpose, pool, run
from mmpose_mlda.converters.animalpose import AnimalPose

OPTIONS = ('--animals', 'dog', 'sheep')
KILLED = """
import os, signal, sys
from mmpose_mlda.converters import animalpose, cli, coco
victim = getattr(os, {who!r})
def killed(function, after):
    calls = iter(range(after))
    def call(*args):
        if next(calls, None) is None:
            os.kill(victim(), signal.SIGKILL)
        return function(*args)
    return call
{patch}
animalpose.AnimalPose.chunk = 2
cli.main(animalpose.AnimalPose, sys.argv[1:])
"""
DURING_IMAGES = 'animalpose.image_size = killed(animalpose.image_size, 5)'
DURING_MERGE = 'coco.SplitWriter.add = killed(coco.SplitWriter.add, 9)'


@pytest.fixture
def raw(tmp_path):
    return write_animalpose(tmp_path / 'raw')


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(AnimalPose, 'chunk', 2)


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.glob('annotations/*')}


def count_images(monkeypatch):
    seen = []

    def image_size(path):
        seen.append(path.name)
        return 40, 30

    monkeypatch.setattr(animalpose, 'image_size', image_size)
    return seen


@pytest.mark.parametrize(
    ('processes', 'who', 'patch', 'left'),
    [
        (1, 'getpid', DURING_IMAGES, 16),  # 2 of 10 chunks were finished
        (2, 'getppid', DURING_IMAGES, None),
        (1, 'getpid', DURING_MERGE, 0),
    ],
)
def test_goes_on_after_sigkill(
    raw,
    tmp_path,
    run_python,
    monkeypatch,
    small_chunks,
    processes,
    who,
    patch,
    left,
):
    out, whole = tmp_path / 'out', tmp_path / 'whole'
    assert convert(AnimalPose, raw, whole, *OPTIONS) == 0
    code = KILLED.format(who=who, patch=patch)
    flags = (*OPTIONS, '--processes', processes)
    killed = run_python('-c', code, raw, out, *flags)
    assert killed.returncode == -9, killed.stderr
    assert not list(out.glob('annotations/*.json'))
    # a part is complete, or it is not there
    done = [json.loads(p.read_text()) for p in out.glob('parts/*.json')]
    assert done
    seen = count_images(monkeypatch)
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    assert len(seen) == len(set(seen))
    if left is not None:
        assert len(seen) == left
    assert files_of(out) == files_of(whole)
    assert not (out / 'parts').exists()
    # nothing is left to do
    seen.clear()
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    assert not seen


def test_ranks_and_processes_give_the_same(raw, tmp_path, small_chunks):
    one, two = tmp_path / 'one', tmp_path / 'two'
    assert convert(AnimalPose, raw, one, *OPTIONS, '--processes', 2) == 0
    for rank in (1, 0, 2):
        assert not files_of(two)
        flags = ('--rank', rank, '--world-size', 3)
        assert convert(AnimalPose, raw, two, *OPTIONS, *flags) == 0
    assert files_of(one) == files_of(two)


def test_foreign_folders_and_other_options_are_refused(raw, tmp_path):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'precious.txt').write_text('x')
    message = convert(AnimalPose, raw, out, *OPTIONS)
    assert 'precious.txt, which was not made here' in message
    assert [p.name for p in out.iterdir()] == ['precious.txt']
    (out / 'precious.txt').unlink()
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    before = files_of(out)
    message = convert(AnimalPose, raw, out, *OPTIONS, '--joints', 20)
    assert "'joints': 14" in message
    content = json.loads((raw / 'keypoints.json').read_text())
    content['images']['1'] = '2008_000000.jpg'
    (raw / 'keypoints.json').write_text(json.dumps(content))
    message = convert(AnimalPose, raw, out, *OPTIONS)
    assert 'other files than the release has now' in message
    assert files_of(out) == before


def test_broken_images(raw, tmp_path, small_chunks, capsys):
    out = tmp_path / 'out'
    images = sorted((raw / 'images').iterdir())
    whole = images[3].read_bytes()
    images[3].write_bytes(whole[: len(whole) // 2])
    images[8].unlink()
    assert convert(AnimalPose, raw, out, *OPTIONS) == 1
    text = capsys.readouterr().out
    assert f'broken: {images[3]} does not decode' in text
    assert f'broken: {images[8]} is missing' in text
    assert '2 of 10 parts are not done' in text
    assert not files_of(out)
    # one is mended, the other left out
    images[3].write_bytes(whole)
    assert convert(AnimalPose, raw, out, *OPTIONS, '--skip-broken') == 0
    assert f'left out: {images[8]} is missing' in capsys.readouterr().out
    contents = [load(out, f'animalpose_dog_{s}') for s in ('train', 'test')]
    names = [i['file_name'] for c in contents for i in c['images']]
    assert len(names) == 19
    assert images[8].name not in names


def test_labels_that_are_not_finite(raw, tmp_path, capsys):
    content = json.loads((raw / 'keypoints.json').read_text())
    content['annotations'][0]['keypoints'][0][0] = float('nan')
    # without a label it does not matter
    content['annotations'][1]['keypoints'][4] = [float('nan'), 0, 0]
    (raw / 'keypoints.json').write_text(json.dumps(content))
    assert convert(AnimalPose, raw, tmp_path / 'out', *OPTIONS) == 1
    (line,) = (
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith('broken')
    )
    assert 'a joint is [nan, 1.0]' in line
    assert 'keypoints.json, dog on 2008_000000.jpg' in line


def test_empty_split(raw, tmp_path):
    message = convert(AnimalPose, raw, tmp_path / 'out', '--animals', 'cat')
    assert 'nothing of animalpose to convert' in message
    message = convert(
        AnimalPose, raw, tmp_path / 'b', '--animals', 'dog', 'cat'
    )
    assert 'no image for animalpose_cat_' in message
    assert not files_of(tmp_path / 'b')


def test_full_disk(raw, tmp_path, monkeypatch, small_chunks):
    out, write, calls = tmp_path / 'out', run.write_json, []

    def full(content, path):
        calls.append(path)
        if len(calls) == 4:
            raise OSError(errno.ENOSPC, 'No space left on device', str(path))
        write(content, path)

    with monkeypatch.context() as patched:
        patched.setattr(run, 'write_json', full)
        message = convert(AnimalPose, raw, out, *OPTIONS)
    assert message.startswith(f'error: no space left at {calls[-1]}')
    seen = count_images(monkeypatch)
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    assert len(seen) == 14


def die(task):
    os._exit(1)


def test_killed_worker():
    with pytest.raises(pool.ConversionError, match='fewer --processes'):
        list(pool.run_parallel(die, [1, 2, 3], 2))


def test_second_instance_is_kept_out(raw, tmp_path, monkeypatch):
    out = tmp_path / 'out'
    messages = []

    def nested(path):
        monkeypatch.setattr(animalpose, 'image_size', lambda path: (40, 30))
        monkeypatch.setattr('mmpose_mlda.converters.output.PATIENCE', 0)
        messages.append(convert(AnimalPose, raw, out, *OPTIONS))
        return 40, 30

    monkeypatch.setattr(animalpose, 'image_size', nested)
    assert convert(AnimalPose, raw, out, *OPTIONS) == 0
    assert 'another process does the work of rank0' in messages[0]


def test_check(raw, tmp_path, capsys):
    out = tmp_path / 'out'
    message = convert(AnimalPose, raw, raw, '--check')
    assert 'was not made by a converter' in message
    convert(AnimalPose, raw, out, *OPTIONS)
    capsys.readouterr()
    assert convert(AnimalPose, raw, out, '--check') == 0
    text = capsys.readouterr().out
    assert '20 images: 0 missing, 0 broken, 0 resized' in text
    images = sorted((raw / 'images').iterdir())
    images[0].unlink()
    images[1].write_bytes(b'\xff\xd8 no JPEG')
    images[2].write_bytes(images[3].read_bytes()[:-40])
    assert convert(AnimalPose, raw, out, '--check') == 1
    text = capsys.readouterr().out
    assert '20 images: 1 missing, 2 broken, 0 resized' in text
    assert f'missing: {out / "images" / images[0].name}' in text
