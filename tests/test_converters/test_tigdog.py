# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
from scipy.io import savemat
from test_converters.kit import (
    convert,
    labels_of,
    tigdog_landmarks,
    write_tigdog,
)

from mmpose_mlda.converters.tigdog import TigDog

# shot: (frames, whether there are landmarks)
SHOTS = {3: (2, True), 7: (3, False), 9: (1, True), 11: (2, True)}
HORSE, TIGER = ('--animals', 'horse'), ('--animals', 'tiger')


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / 'behaviorDiscovery2.0'
    for animal in ('horse', 'tiger'):
        write_tigdog(folder, animal, SHOTS)
    return folder


def write_indices(root, animal, train, valid):
    (root / animal).mkdir(parents=True)
    np.save(root / animal / 'train_idxs_by_video.npy', np.array(train))
    np.save(root / animal / 'valid_idxs_by_video.npy', np.array(valid))
    return root


def labels(raw, tmp_path, animal, *options):
    """All five frames with landmarks, 0 to 2 for training."""
    index = tmp_path / 'index'
    if not (index / animal).exists():
        write_indices(index, animal, [0, 1, 2], [4])
    out = tmp_path / '_'.join(('out', animal, *options))
    options = ('--animals', animal, '--index-dir', index, *options)
    assert convert(TigDog, raw, out, *options) == 0
    return [labels_of(out, f'tigdog_{animal}_{s}') for s in ('train', 'test')]


def test_frames_and_splits_of_the_papers(raw, tmp_path):
    train, test = labels(raw, tmp_path, 'horse')
    # shot 3: frames 1 and 2; shot 7 (3 to 5) has no landmarks and does not
    # count; shot 9: frame 6; shot 11: frames 7 and 8
    assert list(train) == [f'horse/0000000{n}.jpg' for n in (1, 2, 6)]
    assert list(test) == ['horse/00000008.jpg']


def test_horse_joints_and_box(raw, tmp_path):
    ((joints, label),) = labels(raw, tmp_path, 'horse')[1][
        'horse/00000008.jpg'
    ]
    expected = [[10 * n, 108, 2] for n in range(1, 19)]
    expected[4][2] = 1  # hidden, and scored by the papers
    expected[5] = [0, 0, 0]
    assert joints.tolist() == expected
    # x 10 to 180 and y 108, 15 pixels around, on an image of 200 x 160
    assert label['bbox'] == [0, 93, 195, 30]
    assert label['num_keypoints'] == 17


def test_tiger_joints_come_in_the_horses_order(raw, tmp_path):
    ((joints, _),) = labels(raw, tmp_path, 'tiger')[1]['tiger/00000008.jpg']
    # x = 10 times the landmark: 15 to 18 are the knees, 13 and 14 the
    # shoulders, 9 to 12 the elbows
    x = joints[:, 0].tolist()
    assert x[6:8] == [70, 80]
    assert x[8:12] == [150, 160, 170, 180]
    assert x[12:14] == [130, 140]
    assert x[14:] == [90, 100, 110, 120]


def test_options(raw, tmp_path):
    train, _ = labels(raw, tmp_path, 'horse', '--hidden', 'ignore')
    joints = train['horse/00000001.jpg'][0][0]
    assert joints[4].tolist() == [50, 101, 0]
    train, _ = labels(raw, tmp_path, 'horse', '--boxes', 'image')
    label = train['horse/00000001.jpg'][0][1]
    assert label['bbox'] == [0, 0, 200, 160]


def test_own_split_is_by_video(tmp_path, capsys):
    raw, out = tmp_path / 'raw', tmp_path / 'out'
    write_tigdog(raw, 'horse', dict.fromkeys(range(1, 21), (2, True)))
    # too few joints on one frame of shot 1
    cells = np.empty((2, 1), object)
    cells[:, 0] = tigdog_landmarks(1), tigdog_landmarks(2)
    cells[1, 0]['visibility'][9:] = 0
    savemat(raw / 'landmarks' / 'horse' / '1.mat', dict(landmarks=cells))
    assert convert(TigDog, raw, out, *HORSE) == 0
    shots = [
        {(int(name[6:14]) - 1) // 2 for name in labels_of(out, split)}
        for split in ('tigdog_horse_train', 'tigdog_horse_test')
    ]
    assert not shots[0] & shots[1]
    assert len(shots[0] | shots[1]) == 20
    assert '1 with too few visible joints' in capsys.readouterr().out


def test_damaged_files(raw, tmp_path, capsys):
    folder = raw / 'landmarks' / 'horse'
    cells = np.empty((1, 1), object)
    cells[0, 0] = tigdog_landmarks(1)
    savemat(folder / '3.mat', dict(landmarks=cells))
    cells[0, 0]['positions'] = cells[0, 0]['positions'][:17]
    cells[0, 0]['visibility'] = cells[0, 0]['visibility'][:17]
    savemat(folder / '9.mat', dict(landmarks=cells))
    cells = np.empty((2, 1), object)
    cells[:, 0] = tigdog_landmarks(7), tigdog_landmarks(8)
    cells[1, 0]['positions'][2, 0] = np.nan
    savemat(folder / '11.mat', dict(landmarks=cells))
    out = tmp_path / 'out'
    assert convert(TigDog, raw, out, *HORSE) == 1
    text = capsys.readouterr().out
    assert '3.mat has landmarks of 1 frames, ranges.mat says 2' in text
    assert '9.mat: frame 0 has landmarks of shape (17, 3)' in text
    assert '11.mat, horse/00000008.jpg: a joint is [nan, 108.0]' in text
    assert not list(out.glob('annotations/*'))
    path = raw / 'ranges' / 'horse' / 'ranges.mat'
    savemat(path, dict(ranges=np.ones((4, 2))))
    message = convert(TigDog, raw, tmp_path / 'b', *HORSE)
    assert 'ranges has shape (4, 2), expected (N, 3)' in message
    path.unlink()
    message = convert(TigDog, raw, tmp_path / 'b', *HORSE)
    assert 'ranges.mat is missing' in message


def test_landmarks_as_an_array_of_structures(raw, tmp_path):
    """As MATLAB writes ``struct`` arrays, which are no cells."""
    kind = [('positions', object), ('visibility', object)]
    array = np.empty((1, 1), kind)
    content = tigdog_landmarks(6)
    array[0, 0] = content['positions'], content['visibility']
    path = raw / 'landmarks' / 'horse' / '9.mat'
    savemat(path, dict(landmarks=array))
    train, _ = labels(raw, tmp_path, 'horse')
    joints = train['horse/00000006.jpg'][0][0]
    assert joints[0].tolist() == [10, 106, 2]
