# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import random
from collections import Counter

import cv2
import numpy as np
import pytest
from scipy.io import loadmat, savemat
from test_converters.kit import (
    convert,
    labels_of,
    load,
    surreal_joints,
    write_processed,
    write_surreal,
)

from mmpose_mlda.converters.surreal import Surreal

CLIP = 'train/run0/01_01/01_01_c0001'


@pytest.fixture(scope='module')
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp('surreal') / 'cmu'
    return folder, write_surreal(folder)


@pytest.fixture
def raw(release, tmp_path):
    """The release, whose files a test may replace."""
    folder = tmp_path / 'cmu'
    for path in release[0].rglob('*.*'):
        target = folder / path.relative_to(release[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    return folder


@pytest.fixture(scope='module')
def converted(release):
    out = release[0].parent / 'out'
    assert convert(Surreal, release[0], out) == 0
    return out


def centroid(image, point, reach=6):
    """Centre of what is bright around a point."""
    x, y = np.rint(point).astype(int)
    weights = image[y - reach : y + reach + 1, x - reach : x + reach + 1]
    weights = np.where(weights > 100, weights.astype(float), 0)
    ys, xs = np.mgrid[y - reach : y + reach + 1, x - reach : x + reach + 1]
    return np.array([(xs * weights).sum(), (ys * weights).sum()]) / (
        weights.sum()
    )


def test_joints_lie_on_the_pixels_of_their_discs(release, converted):
    videos = {name.split('/')[-1]: j for name, j in release[1].items()}
    errors = []
    # frames 0, 10, 20 of each
    for split, num in {'train': 5, 'val': 1, 'test': 2}.items():
        labels = labels_of(converted, f'surreal_{split}')
        assert len(labels) == num
        for name, ((joints, label),) in labels.items():
            image = cv2.imread(str(converted / 'images' / name), 0)
            assert label['bbox'] == [0, 0, *image.shape]
            assert (joints[:, 2] == 2).all()
            clip, _, number = name.split('/')[-1][:-4].rpartition('_f')
            truth = videos[clip][..., int(number)].T
            # discs that are whole in the video and in the crop
            whole = (truth > 8) & (truth < (312, 232))
            whole &= (joints[:, :2] > 8) & (joints[:, :2] < len(image) - 9)
            for point in joints[whole.all(axis=1), :2]:
                errors.append(np.abs(centroid(image, point) - point).max())
    assert len(errors) > 150
    assert max(errors) < 0.5


def test_crop_is_a_padded_square_on_whole_pixels(converted):
    labels = labels_of(converted, 'surreal_train')
    truth = surreal_joints(25).transpose(2, 1, 0)
    for number in (0, 10, 20):
        name = f'train/run0/01_01_c0001_f{number:04d}.jpg'
        joints, label = labels[name][0]
        # 152 x 100 is the box of the joints; 1.5 * 152 = 228
        assert label['bbox'] == [0, 0, 228, 228]
        corner = truth[number] - joints[:, :2]
        np.testing.assert_allclose(corner, corner[:1].repeat(24, 0))
        np.testing.assert_array_equal(corner, np.rint(corner))
        middle = joints[:, :2].min(0) + joints[:, :2].max(0)
        assert np.abs(middle / 2 - 113.5).max() <= 0.5


def test_left_and_right(converted):
    joints, _ = labels_of(converted, 'surreal_val')[
        'val/run0/01_02_c0001_f0000.jpg'
    ][0]
    (category,) = load(converted, 'surreal_val')['categories']
    x = dict(zip(category['keypoints'], joints[:, 0], strict=True))
    # names and places of the release: the person faces the camera, so what
    # SURREAL calls left is the person's right, on the left of the image
    assert x['leftFoot'] < x['rightFoot']
    assert x['leftHand'] < x['rightHand']
    assert [1, 2] in category['skeleton']
    assert len(category['skeleton']) == 23


def test_people_out_of_the_frame(converted, release, tmp_path, capsys):
    names = list(labels_of(converted, 'surreal_train'))
    assert not any(name.startswith('train/run1') for name in names)
    assert sum('c0002' in name for name in names) == 2
    assert convert(Surreal, release[0], tmp_path / 'out') == 0
    text = capsys.readouterr().out
    assert '5 images, 5 annotations, 1 with too few joints' in text


KILLED = """
import os, signal, sys
from mmpose_mlda.converters import cli, files, surreal
write, number = surreal.write_jpeg, iter(range(5))
def write_jpeg(image, path, quality):
    if next(number, None) is None:  # in the middle of a file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + '.part').write_bytes(b'half')
        os.kill(os.getpid(), signal.SIGKILL)
    write(image, path, quality)
surreal.write_jpeg = write_jpeg
surreal.Surreal.chunk = 2
cli.main(surreal.Surreal, [*sys.argv[1:], '--processes', '1'])
"""


def test_goes_on_after_sigkill(
    release, converted, tmp_path, run_python, monkeypatch
):
    out = tmp_path / 'out'
    killed = run_python('-c', KILLED, release[0], out)
    assert killed.returncode == -9, killed.stderr
    assert not list(out.glob('annotations/*'))
    first = {p: p.stat().st_mtime_ns for p in out.rglob('*.jpg')}
    monkeypatch.setattr(Surreal, 'chunk', 2)
    assert convert(Surreal, release[0], out) == 0
    for split in ('train', 'val', 'test'):
        one, two = (
            load(folder, f'surreal_{split}') for folder in (out, converted)
        )
        assert one['images'] == two['images']
        assert one['annotations'] == two['annotations']
    names = {p.name for p in out.rglob('*.*') if 'images' in p.parts}
    assert names == {
        p.name for p in converted.rglob('*.*') if 'images' in p.parts
    }
    # one chunk was finished, the two first videos: not done again
    kept = [p for p, t in first.items() if p.stat().st_mtime_ns == t]
    assert len(kept) == 5


def test_every(release, tmp_path):
    assert convert(Surreal, release[0], tmp_path / 'out', '--every', 4) == 0
    counts = Counter(
        name.split('_f')[0]
        for name in labels_of(tmp_path / 'out', 'surreal_train')
    )
    # frames 0, 4, ..., 24 and 0, 4, 8
    assert sorted(counts.values()) == [3, 7]


def test_options_that_make_no_sense(release, tmp_path):
    message = convert(Surreal, release[0], tmp_path / 'out', '--every', 0)
    assert '--every is 0, must be above 0' in message


def truncated(path):
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2])


def with_joints(change):
    def replace(path):
        path = path.with_name(f'{path.stem}_info.mat')
        joints = change(loadmat(path)['joints2D'])
        path.unlink()
        savemat(path, dict(joints2D=joints))

    return replace


def nan_in_frame_10(joints):
    joints[0, 3, 10] = np.nan
    return joints


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (truncated, '_c0001.mp4: frame 0 does not decode'),
        (
            lambda path: path.with_name(f'{path.stem}_info.mat').unlink(),
            '_c0001_info.mat is missing',
        ),
        (with_joints(lambda j: j[:, :20]), 'shape (2, 20, 25), expected'),
        (with_joints(nan_in_frame_10), 'frame 10: a joint is [nan,'),
        (
            with_joints(lambda j: np.tile(j, 3)),
            'frame 25 does not decode, the labels go to 70',
        ),
    ],
)
def test_damaged_video(release, raw, tmp_path, capfd, damage, message):
    out = tmp_path / 'out'
    damage(raw / f'{CLIP}.mp4')
    assert convert(Surreal, raw, out) == 1
    assert message in capfd.readouterr().out
    assert not list(out.glob('annotations/*'))
    # mended, the same command finishes
    for path in (raw / CLIP).parent.glob('*c0001*'):
        path.unlink()
    for suffix in ('.mp4', '_info.mat'):
        target = raw / f'{CLIP}{suffix}'
        target.unlink(missing_ok=True)
        target.symlink_to(release[0] / f'{CLIP}{suffix}')
    assert convert(Surreal, raw, out) == 0
    assert len(labels_of(out, 'surreal_train')) == 5
    assert convert(Surreal, raw, out, '--check') == 0


def test_empty_split(release, raw, tmp_path):
    for path in (raw / 'train').rglob('*c0001*'):
        path.unlink()
    for path in (raw / 'train').rglob('*c0002*'):
        path.unlink()
    folder = raw / 'train' / 'run1' / '02_03'
    for suffix in ('.mp4', '_info.mat'):
        name = f'02_03_c0001{suffix}'
        (folder / name).symlink_to(
            release[0] / 'train' / 'run1' / '02_03' / name
        )
    message = convert(Surreal, raw, tmp_path / 'out')
    assert 'no image for surreal_train.json' in message
    assert '1 with too few joints in the frame' in message
    assert not list(tmp_path.glob('out/annotations/*'))


def test_processed_copy(tmp_path):
    raw, out = tmp_path / 'raw', tmp_path / 'out'
    points = write_processed(raw)
    assert convert(Surreal, raw, out, '--processed') == 0
    for split in ('train', 'val', 'test'):
        names = [name for name in points if name.startswith(split)]
        random.seed(42)
        random.shuffle(names)
        # 20 entries, a fifth of which is 4
        expected = {'train': names[4:], 'test': names[:4], 'val': names}[split]
        labels = labels_of(out, f'surreal_{split}')
        assert set(labels) == set(expected)
        for name, ((joints, _),) in labels.items():
            assert joints[:, :2].tolist() == points[name]
            assert (out / 'images' / name).is_file()
    path = raw / 'test' / 'run1.json'
    entries = json.loads(path.read_text())
    entries[2]['keypoint2d'].pop()
    path.write_text(json.dumps(entries))
    message = convert(Surreal, raw, tmp_path / 'b', '--processed')
    assert 'run1.json: entry 2: keypoint2d has shape (23, 2)' in message
