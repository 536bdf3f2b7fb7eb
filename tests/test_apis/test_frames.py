# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import cv2
import numpy as np
import pytest

from mmpose_mlda.apis import frames
from mmpose_mlda.apis.frames import Selection, extract_frames
from mmpose_mlda.apis.launch import OptionError

# grey levels of 40 frames at 10 a second: still, then brighter by 3 a frame
LEVELS = [20] * 20 + [20 + 3 * i for i in range(1, 21)]


def write_video(path, levels=LEVELS):
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 48)
    )
    for level in levels:
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return path


def names(folder):
    return sorted(path.name for path in folder.glob('*.jpg'))


@pytest.mark.parametrize(
    ('selection', 'taken'),
    [
        (Selection(0.5, min_change=0), [0, 5, 10, 15, 20, 25, 30, 35]),
        # frame 20 is 3 levels brighter than frame 0
        (Selection(0.5), [0, 20, 25, 30, 35]),
        (Selection(0.5, min_change=4), [0, 25, 30, 35]),
        (Selection(0.5, max_frames=2), [0, 20]),
        (Selection(0.25, 5, 0), [0, 2, 5, 8, 10]),  # rounded 2.5, 7.5
        (Selection(100), [0]),
    ],
)
def test_frames_that_are_taken(tmp_path, selection, taken):
    video = write_video(tmp_path / 'clip.avi')
    assert extract_frames(video, tmp_path / 'out', selection) == []
    assert names(tmp_path / 'out') == [f'clip_{i:06d}.jpg' for i in taken]
    for number in taken:
        image = cv2.imread(str(tmp_path / 'out' / f'clip_{number:06d}.jpg'))
        assert image.shape == (48, 64, 3)
        assert abs(image.mean() - LEVELS[number]) < 2


def test_interrupted_and_continued(tmp_path, monkeypatch):
    for name in ('a', 'b', 'sub/c'):
        write_video(tmp_path / 'videos' / f'{name}.avi')
    (tmp_path / 'videos' / 'broken.mp4').write_bytes(b'no video')
    written = []
    real = frames.write_picture

    def write(image, path):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path.name)
        real(image, path)

    out = tmp_path / 'out'
    arguments = tmp_path / 'videos', out, Selection(2, min_change=0)
    monkeypatch.setattr(frames, 'write_picture', write)
    with pytest.raises(KeyboardInterrupt):
        extract_frames(*arguments)
    # of b only one is there: it is not finished
    assert json.loads((out / 'frames.json').read_text())['videos'] == {
        'a': [0, 20]
    }
    monkeypatch.setattr(frames, 'write_picture', real)
    first = (out / 'a_000000.jpg').stat().st_mtime_ns
    broken = extract_frames(*arguments)
    assert len(broken) == 1
    assert 'broken.mp4: no frame' in broken[0]
    assert names(out) == [
        f'{name}_{i:06d}.jpg' for name in ('a', 'b', 'sub_c') for i in (0, 20)
    ]
    assert (out / 'a_000000.jpg').stat().st_mtime_ns == first
    # other options would mix
    with pytest.raises(OptionError, match='another folder'):
        extract_frames(tmp_path / 'videos', out, Selection(1, min_change=0))


def test_videos_of_one_name_in_two_calls(tmp_path):
    """The second would be taken for the first and left out."""
    first = write_video(tmp_path / 'cam1' / 'GX01.avi')
    second = write_video(tmp_path / 'cam2' / 'GX01.avi', LEVELS[::-1])
    out = tmp_path / 'out'
    extract_frames(first, out, Selection())
    before = {path: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OptionError, match=r'cam1/GX01\.avi.*cam2/GX01\.avi'):
        extract_frames(second, out, Selection())
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    # by another path the first is still the same, and finished
    extract_frames(second.parent / '../cam1/GX01.avi', out, Selection())
    # with their folders they have names of their own
    extract_frames(tmp_path, out, Selection())
    assert len(names(out)) == 3 * len(before) - 3


@pytest.mark.parametrize(
    ('video', 'every', 'message'),
    [('a', 1, 'another folder'), ('sub/a', 2, r'frames of .*a\.avi')],
)
def test_frames_of_an_unfinished_video_are_not_mixed(
    tmp_path, monkeypatch, video, every, message
):
    for name in ('a', 'sub/a'):
        write_video(tmp_path / f'{name}.avi')
    real = frames.write_picture

    def write(image, path):
        real(image, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(frames, 'write_picture', write)
    out = tmp_path / 'out'
    with pytest.raises(KeyboardInterrupt):
        extract_frames(tmp_path / 'a.avi', out, Selection(2, min_change=0))
    monkeypatch.setattr(frames, 'write_picture', real)
    assert names(out) == ['a_000000.jpg']
    with pytest.raises(OptionError, match=message):
        extract_frames(
            tmp_path / f'{video}.avi', out, Selection(every, min_change=0)
        )
    assert names(out) == ['a_000000.jpg']
    extract_frames(tmp_path / 'a.avi', out, Selection(2, min_change=0))
    assert names(out) == ['a_000000.jpg', 'a_000020.jpg']


def test_bad_calls(tmp_path):
    with pytest.raises(FileNotFoundError, match='none does not exist'):
        extract_frames(tmp_path / 'none', tmp_path / 'out', Selection())
    with pytest.raises(OptionError, match='No video in'):
        extract_frames(tmp_path, tmp_path / 'out', Selection())
    write_video(tmp_path / 'v' / 'a.avi')
    write_video(tmp_path / 'v' / 'a.mov')
    with pytest.raises(OptionError, match=r'a\.avi and .*a\.mov would give'):
        extract_frames(tmp_path / 'v', tmp_path / 'out', Selection())
    for options in (dict(every=0), dict(max_frames=0), dict(min_change=-1)):
        with pytest.raises(OptionError, match='--'):
            Selection(**options)
