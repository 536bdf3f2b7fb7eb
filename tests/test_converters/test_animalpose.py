# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import pickle

import numpy as np
import pytest
from test_converters.kit import (
    animalpose_label,
    convert,
    labels_of,
    load,
    write_animalpose,
)

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.labels import flags

TWO = ('--animals', 'dog', 'sheep')


@pytest.fixture
def raw(tmp_path):
    return write_animalpose(tmp_path / 'raw')


def test_labels_in_the_papers_order(raw, tmp_path):
    out = tmp_path / 'out'
    assert convert(AnimalPose, raw, out, *TWO) == 0
    dogs = labels_of(out, 'animalpose_dog_train')
    dogs |= labels_of(out, 'animalpose_dog_test')
    assert len(dogs) == 20
    (first, label), (second, _) = dogs['2008_000004.jpg']
    # eyes, paws, knees, elbows of the release's 20 joints, at (k + 4, 2 k + 1)
    order = (0, 1, 13, 14, 15, 16, 9, 10, 11, 12, 5, 6, 7, 8)
    assert first.tolist() == [[k + 4, 2 * k + 1, 2] for k in order]
    assert second[0].tolist() == [9, 1, 2]
    assert label['bbox'] == [1, 2, 30, 20]
    assert (label['area'], label['iscrowd']) == (600, 0)
    assert (label['num_keypoints'], label['category_id']) == (14, 1)
    content = load(out, 'animalpose_sheep_train')
    (category,) = content['categories']
    assert (category['id'], category['name']) == (3, 'sheep')
    assert category['keypoints'][2] == 'left_front_paw'
    assert category['keypoints'][13] == 'right_back_elbow'
    links = np.array(category['skeleton'])
    assert links.min() == 1
    assert links.max() == 14
    for image in content['images']:
        assert (out / 'images' / image['file_name']).is_file()
        assert (image['width'], image['height']) == (40, 30)


@pytest.mark.parametrize(('hidden', 'flag'), [('score', 1), ('ignore', 0)])
def test_all_joints_and_hidden_ones(raw, tmp_path, hidden, flag):
    options = ('--joints', 20, '--hidden', hidden, *TWO)
    assert convert(AnimalPose, raw, tmp_path / 'out', *options) == 0
    for labels in labels_of(tmp_path / 'out', 'animalpose_dog_train').values():
        for joints, label in labels:
            assert joints[3, 1:].tolist() == [7, flag]
            assert joints[4].tolist() == [0, 0, 0]
            assert label['num_keypoints'] == 18 + flag


def test_flags():
    joints = np.array(
        [
            [5, 7, 1],
            [5, 7, 0],
            [0, 0, 0],
            [5, 0, 1],  # visible, but the papers do not score y = 0
            [-1, 7, 1],
            [np.nan, 7, 0],
            [np.nan, 7, 1],  # kept, so that it is refused
        ]
    )
    assert flags(joints, 'score').tolist() == [2, 1, 0, 0, 2, 0, 2]
    assert flags(joints, 'ignore').tolist() == [2, 0, 0, 0, 2, 0, 2]


def test_own_split_is_by_image_and_stable(raw, tmp_path):
    convert(AnimalPose, raw, tmp_path / 'out', *TWO)
    split = {
        name: set(labels_of(tmp_path / 'out', f'animalpose_{name}'))
        for name in ('dog_train', 'dog_test', 'sheep_train', 'sheep_test')
    }
    assert not split['dog_train'] & split['dog_test']
    # sha1sum of the name begins with 4b: 75 / 256 is not below a fifth
    assert '2008_000000.jpg' in split['dog_train']
    # an image with two animals is on the same side for both
    assert split['sheep_test'] <= split['dog_test']
    assert split['sheep_train'] <= split['dog_train']


def test_share_of_the_own_split(raw, tmp_path, capsys):
    convert(AnimalPose, raw, tmp_path / 'out', *TWO, '--held-out', '0.5')
    # see above: 75 / 256 is below a half
    assert '2008_000000.jpg' in labels_of(
        tmp_path / 'out', 'animalpose_dog_test'
    )
    assert convert(AnimalPose, raw, tmp_path, *TWO, '--held-out', '1') == 2
    assert '1 is not between 0 and 1' in capsys.readouterr().err


def write_papers(folder, raw):
    """Dog 1 of photograph 0 in train, dog 2 in test, the rest in train."""
    labels = json.loads((raw / 'keypoints.json').read_text())['annotations']
    for animal, number in (('dog', 1), ('sheep', 3)):
        own = [a for a in labels if a['category_id'] == number]
        (folder / animal).mkdir(parents=True)
        for name, part in (('train', own[:1] + own[2:]), ('test', own[1:2])):
            array = np.empty(len(part), object)
            array[:] = part
            np.save(folder / animal / f'{name}_anno.npy', array)
    return folder


def test_papers_split_is_by_instance(raw, tmp_path):
    index = write_papers(tmp_path / 'index', raw)
    out = tmp_path / 'out'
    assert convert(AnimalPose, raw, out, *TWO, '--index-dir', index) == 0
    test = labels_of(out, 'animalpose_dog_test')
    assert list(test) == ['2008_000000.jpg']
    assert test['2008_000000.jpg'][0][0][0, 0] == 5
    train = labels_of(out, 'animalpose_dog_train')
    assert len(train) == 20
    assert train['2008_000000.jpg'][0][0][0, 0] == 0
    assert sum(map(len, train.values())) == 24


def test_annotations_of_the_papers_that_are_not_here(raw, tmp_path, capsys):
    index = write_papers(tmp_path / 'index', raw)
    path = raw / 'keypoints.json'
    content = json.loads(path.read_text())
    del content['annotations'][-3:]  # of the photographs 17 to 19
    path.write_text(json.dumps(content))
    options = (*TWO, '--index-dir', index)
    assert convert(AnimalPose, raw, tmp_path / 'out', *options) == 0
    text = capsys.readouterr().out
    assert f'dog_train: 3 of the 24 annotations of {index}' in text


def test_arrays_cannot_run_code(raw, tmp_path):
    index = write_papers(tmp_path / 'index', raw)
    path = index / 'dog' / 'train_anno.npy'

    class Code:
        def __reduce__(self):
            return eval, ('1',)

    with path.open('wb') as file:
        header = dict(descr='|O', fortran_order=False, shape=(1,))
        np.lib.format.write_array_header_1_0(file, header)
        pickle.dump(np.array([Code()], object), file)
    message = convert(
        AnimalPose, raw, tmp_path / 'out', *TWO, '--index-dir', index
    )
    assert 'builtins.eval' in message
    assert str(path) in message


def test_permuted_copy_of_the_arrays_is_refused(raw, tmp_path):
    index = write_papers(tmp_path / 'index', raw)
    (index / 'dog').rename(index / 'x')
    (index / 'sheep').rename(index / 'dog')
    (index / 'x').rename(index / 'sheep')
    message = convert(
        AnimalPose, raw, tmp_path / 'out', *TWO, '--index-dir', index
    )
    assert 'category 3, dog is 1' in message


def test_wrong_files(raw, tmp_path, capsys):
    path = raw / 'keypoints.json'
    content = json.loads(path.read_text())

    def message(**changes):
        path.write_text(json.dumps(content | changes))
        code = convert(AnimalPose, raw, tmp_path / 'out', *TWO)
        assert not list(tmp_path.glob('out/annotations/*.json'))
        return code if isinstance(code, str) else capsys.readouterr().out

    wrong = animalpose_label(0, 'dog', 0)
    wrong['keypoints'] = wrong['keypoints'][:14]
    assert 'keypoints has shape (14, 3)' in message(annotations=[wrong])
    assert 'dog on 2008_000000.jpg' in message(annotations=[wrong])
    del content['annotations'][0]['category_id']
    assert 'category_id' in message()
    path.write_text('{"images"')
    assert 'no JSON file' in convert(AnimalPose, raw, tmp_path / 'out')
    path.unlink()
    assert 'is missing' in convert(AnimalPose, raw, tmp_path / 'out')


def test_real_files(shared_dir, tmp_path):
    raw = shared_dir / 'data' / 'animalpose'
    out = tmp_path / 'out'
    assert convert(AnimalPose, raw, out) == 0
    assert convert(AnimalPose, raw, out, '--check') == 0
    labels = images = 0
    for path in (out / 'annotations').iterdir():
        content = load(out, path.stem)
        labels += len(content['annotations'])
        images += len(content['images'])
    assert labels == 558
    assert images >= 450
