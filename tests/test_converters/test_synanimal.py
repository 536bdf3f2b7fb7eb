# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import numpy as np
import pytest
from test_converters.kit import convert, labels_of, load, write_synanimal

from mmpose_mlda.converters.synanimal import SynAnimal

HORSE = (
    1718, 1684, 1271, 1634, 1650, 1643, 1659, 925, 392, 564, 993, 726, 1585,
    1556, 427, 1548, 967, 877,
)  # fmt: skip
SHEEP = (
    2046, 1944, 1875, 1900, 1868, 1894, 173, 1829, 1422, 821, 622, 575, 1370,
    716,
)  # fmt: skip
NUM_SHEEP = 15  # the last is the first in the test split
TWO = ('--animals', 'horse', 'sheep')


@pytest.fixture
def release(tmp_path):
    raw = tmp_path / 'raw'
    return raw, {
        'horse': write_synanimal(raw, 'horse', num=12, seed=1),
        'sheep': write_synanimal(raw, 'sheep', num=NUM_SHEEP, seed=2),
    }


def all_labels(out, animal):
    labels = {}
    for split in ('train', 'test'):
        found = labels_of(out, f'synanimal_{animal}_{split}')
        assert not set(found) & set(labels)
        labels |= found
    return labels


def test_vertices(release, tmp_path):
    raw, vertices = release
    out = tmp_path / 'out'
    assert convert(SynAnimal, raw, out, *TWO) == 0
    for animal, num, table in (
        ('horse', 12, HORSE),
        ('sheep', NUM_SHEEP, SHEEP),
    ):
        labels = all_labels(out, animal)
        assert len(labels) == num
        for name, ((joints, label),) in labels.items():
            truth = vertices[animal][name.split('/')[1]]
            for joint, vertex in zip(joints, table, strict=True):
                x, y, visible = truth[vertex]
                assert abs(joint[0] - x) < 0.001
                assert abs(joint[1] - y) < 0.001
                assert joint[2] == (2 if visible else 1)
            # the box of all vertices, 0 where they leave the image
            high = truth[:, :2].max(axis=0)
            low = truth[:, :2].min(axis=0).clip(0)
            np.testing.assert_allclose(
                label['bbox'], [*low, *(high - low)], atol=0.001
            )
            assert label['bbox'][0] == 0
            assert (out / 'images' / name).is_file()
    (category,) = load(out, 'synanimal_horse_test')['categories']
    assert category['keypoints'][2] == 'chin'
    assert category['keypoints'][7] == 'hip'


def write_indices(root, animal, train, valid):
    folder = root / f'{animal}_combineds5r5_texture'
    folder.mkdir(parents=True)
    np.save(folder / 'train_idxs.npy', np.array(train))
    np.save(folder / 'valid_idxs.npy', np.array(valid))
    return root


def test_papers_split_counts_in_sorted_order(release, tmp_path):
    raw, _ = release
    index = write_indices(tmp_path / 'i', 'horse', [0, 2, 5], [3])
    options = ('--animals', 'horse', '--index-dir', index)
    assert convert(SynAnimal, raw, tmp_path / 'out', *options) == 0
    # sorted as text: 0, 10, 11, 1, 2, 3, ... ('_' comes after digits)
    folder = 'horse_combineds5r5_texture'
    train = labels_of(tmp_path / 'out', 'synanimal_horse_train')
    assert set(train) == {f'{folder}/{n}_img.png' for n in (0, 11, 3)}
    test = labels_of(tmp_path / 'out', 'synanimal_horse_test')
    assert set(test) == {f'{folder}/1_img.png'}
    write_indices(tmp_path / 'j', 'horse', [0, 12], [3])
    options = ('--animals', 'horse', '--index-dir', tmp_path / 'j')
    message = convert(SynAnimal, raw, tmp_path / 'b', *options)
    assert 'has index 12, but the release here has 12 entries' in message


def test_cleaned_joints_are_the_same(release, tmp_path):
    raw, vertices = release
    names = sorted(vertices['horse'])
    truth = np.stack([vertices['horse'][name] for name in names])
    x, y = truth[..., 0], truth[..., 1]
    boxes = np.stack([x.min(1), x.max(1), y.min(1), y.max(1)], axis=1)
    content = dict(
        keypoints=truth[:, list(HORSE)].tolist(),
        imgpath=[f'horse_combineds5r5_texture/{name}' for name in names],
        bbox=boxes.tolist(),
        train_idxs=[0, 2, 5],
        valid_idxs=[3],
    )
    clean = tmp_path / 'clean'
    clean.mkdir()
    path = clean / 'keypoints_18.json'
    path.write_text(json.dumps(dict(horse=content)))
    index = write_indices(tmp_path / 'i', 'horse', [0, 2, 5], [3])
    only = ('--animals', 'horse')
    one, two = tmp_path / 'one', tmp_path / 'two'
    assert convert(SynAnimal, raw, one, *only, '--index-dir', index) == 0
    assert convert(SynAnimal, raw, two, *only, '--clean', clean) == 0
    for name in ('synanimal_horse_train', 'synanimal_horse_test'):
        a, b = load(one, name), load(two, name)
        assert a['images'] == b['images']
        assert a['annotations'] == b['annotations']
    message = convert(SynAnimal, raw, tmp_path / 'c', *TWO, '--clean', clean)
    assert 'keypoints_14.json is missing' in message
    content['bbox'].pop()
    path.write_text(json.dumps(dict(horse=content)))
    message = convert(SynAnimal, raw, tmp_path / 'c', *only, '--clean', clean)
    assert 'boxes have shape (11, 4), expected (12, 4)' in message


def test_damaged_vertices(release, tmp_path, capsys):
    raw, vertices = release
    folder = raw / 'horse_combineds5r5_texture'
    np.save(folder / '0_kpts.npy', vertices['horse']['0_img.png'][:1718])
    (folder / '1_kpts.npy').unlink()
    (folder / '2_kpts.npy').write_bytes(b'\x93NUMPY')
    broken = vertices['horse']['3_img.png'].copy()
    broken[1718, 1] = np.inf
    np.save(folder / '3_kpts.npy', broken)
    out = tmp_path / 'out'
    assert convert(SynAnimal, raw, out, '--animals', 'horse') == 1
    text = capsys.readouterr().out
    assert '0_kpts.npy has shape (1718, 3), expected (V, 3)' in text
    assert '1_kpts.npy is missing' in text
    assert '2_kpts.npy is no array of vertices' in text
    assert '3_kpts.npy: a vertex is [' in text
    assert not list(out.glob('annotations/*'))
    skip = ('--animals', 'horse', '--skip-broken')
    assert convert(SynAnimal, raw, out, *skip) == 0
    assert len(all_labels(out, 'horse')) == 8
