# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whatever stands in a file: a result, or the project's error."""

import contextlib
import io
import json

import mmcv
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat
from test_bad_input.kit import coco, write_image
from test_bad_input.strategies import almost, any_json, damaged, fast, texts
from test_converters.kit import animalpose_label

from mmpose_mlda.checkpoint import UnsafeCheckpointError, load_from_local
from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.errors import ConversionError
from mmpose_mlda.converters.labels import flags
from mmpose_mlda.converters.lsp_files import LSP, LSP_EXTENDED, read_joints
from mmpose_mlda.converters.splits import (
    own_split,
    read_indices,
    read_objects,
)
from mmpose_mlda.converters.surreal_processed import SurrealProcessed
from mmpose_mlda.datasets import LabeledPoseDataset, UnlabeledPoseDataset
from mmpose_mlda.datasets.image_files import image_size
from mmpose_mlda.datasets.labels import KEPT_KEYS, drop_labels

DETECTIONS = [
    dict(image_id=name, bbox=[1, 2, 30, 40], score=0.5, category_id=1)
    for name in ('0', 1)
]
RELEASE = dict(
    images={'0': '0.jpg', '1': '1.jpg'},
    annotations=[animalpose_label(n, 'dog', 3) for n in range(2)],
)
FRAMES = [dict(name=f'{n}.jpg', keypoint2d=[[5, 6]] * 24) for n in range(2)]


def image_bytes(kind):
    noise = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


def npy_bytes(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def checkpoint_bytes():
    file = io.BytesIO()
    torch.save(dict(state_dict=dict(a=torch.ones(2))), file)
    return file.getvalue()


def mat_bytes():
    file = io.BytesIO()
    savemat(file, dict(joints=np.ones((3, 14, 2))))
    return file.getvalue()


IMAGES = {kind: image_bytes(kind) for kind in ('JPEG', 'PNG', 'WEBP')}
ARRAY, OBJECTS = npy_bytes(np.arange(5)), npy_bytes(np.array([{'a': 1}] * 2))
CHECKPOINT, MAT = checkpoint_bytes(), mat_bytes()


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('any')
    for n in range(2):
        write_image(folder / f'{n}.jpg')
        write_image(folder / 'images' / f'{n}.jpg')
        write_image(folder / 'train' / 'run0' / f'{n}.jpg')
    return folder


def write(path, content):
    """JSON, or bytes as they are."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path


def attempt(do, *errors):
    """The result, or None after one of these errors."""
    with contextlib.suppress(*errors):
        return do()
    return None


@fast
@given(almost(coco()) | any_json | st.binary(max_size=50))
def test_labels(root, content):
    path = write(root / 'labels.json', content)
    dataset = attempt(
        lambda: LabeledPoseDataset(
            str(path), metainfo='lsp14', data_prefix=dict(img=str(root))
        ),
        ValueError,
        FileNotFoundError,
    )
    for i in range(len(dataset or ())):
        info = dataset.get_data_info(i)
        assert info['keypoints'].shape == (1, 14, 2)
        assert np.isfinite(info['keypoints']).all()


@fast
@given(almost(coco()) | any_json | st.binary(max_size=50))
def test_boxes(root, content):
    path = str(write(root / 'boxes.json', content))
    check_boxes(
        lambda: UnlabeledPoseDataset('lsp14', str(root), ann_file=path)
    )


@fast
@given(almost(DETECTIONS) | any_json | st.binary(max_size=50))
def test_detections(root, content):
    path = str(write(root / 'boxes.json', content))
    check_boxes(
        lambda: UnlabeledPoseDataset(
            'lsp14', str(root), dict(img='images'), bbox_file=path
        )
    )


def check_boxes(make):
    dataset = attempt(make, ValueError, FileNotFoundError)
    for i in range(len(dataset or ())):
        info = dataset.get_data_info(i)
        assert np.isfinite(info['bbox']).all()
        assert (info['bbox'][0, 2:] > info['bbox'][0, :2]).all()
        assert np.isfinite(info['bbox_score']).all()
        assert not info['keypoints'].any()


@fast
@given(st.one_of(*map(damaged, IMAGES.values()), st.binary(max_size=50)))
def test_image(root, content):
    path = write(root / 'image.bin', content)
    size = attempt(lambda: image_size(path), ValueError)
    assert size is None or min(size) > 0


@pytest.mark.parametrize('kind', IMAGES)
def test_every_cut_of_an_image_is_seen(root, kind):
    whole = IMAGES[kind]
    path = root / 'image.bin'
    assert image_size(write(path, whole)) == (8, 9)
    pixels = mmcv.imread(path)
    for length in range(0, len(whole) - 1, 7):
        write(path, whole[:length])
        if attempt(lambda: image_size(path), ValueError) is not None:
            # of a PNG what follows the pixels may be missing
            assert np.array_equal(mmcv.imread(path), pixels)


@fast
@given(damaged(MAT) | st.binary(max_size=50))
def test_joints_of_lsp(root, content):
    path = write(root / 'joints.mat', content)
    for release in (LSP, LSP_EXTENDED):
        found = attempt(lambda r=release: read_joints(path, r), ValueError)
        assert found is None or found[0].shape[1:] == (14, 2)


@fast
@given(damaged(ARRAY) | damaged(OBJECTS) | st.binary(max_size=50))
def test_splits(root, content):
    path = write(root / 'split.npy', content)
    indices = attempt(lambda: read_indices(path, 5), ConversionError)
    assert all(0 <= index < 5 for index in indices or ())
    attempt(lambda: read_objects(path), ConversionError)


@fast
@given(almost(RELEASE) | any_json)
def test_animalpose(root, content):
    write(root / 'keypoints.json', content)
    converter = AnimalPose(root, animals=('dog',))

    def convert():
        return [
            image['annotations']
            for item in converter.items()
            for _, image in converter.convert(item, root)
        ]

    for labels in attempt(convert, ConversionError) or ():
        for label in labels:
            assert np.isfinite(label['keypoints']).all()
            assert np.isfinite(label['bbox']).all()


@fast
@given(almost(FRAMES) | any_json)
def test_surreal_processed(root, content):
    for run in range(3):
        write(root / 'train' / f'run{run}.json', content if run else FRAMES)
    converter = SurrealProcessed(root)

    def convert():
        return [
            image
            for item in converter.items()
            for _, image in converter.convert(item, root)
        ]

    attempt(convert, ConversionError)


@fast
@given(damaged(CHECKPOINT) | st.binary(max_size=50))
def test_checkpoint(root, content):
    path = str(write(root / 'some.pth', content))
    found = attempt(
        lambda: load_from_local(path), RuntimeError, UnsafeCheckpointError
    )
    assert found is None or isinstance(found, dict)


@fast
@given(texts, st.floats(0.01, 0.99))
def test_own_split(name, held_out):
    split = own_split(name, held_out)
    assert split in ('train', 'test')
    # what is held out stays so when more is
    if split == 'test':
        assert own_split(name, held_out + 0.01) == 'test'


@fast
@given(
    st.lists(st.lists(st.floats(), min_size=3, max_size=3), min_size=1),
    st.sampled_from(['score', 'ignore']),
)
def test_flags(joints, hidden):
    found = flags(np.array(joints), hidden)
    assert set(found) <= {0, 1, 2}
    assert hidden == 'score' or 1 not in found


@fast
@given(
    st.dictionaries(texts | st.sampled_from(KEPT_KEYS), any_json),
    st.integers(1, 20),
)
def test_dropped_labels(content, num):
    kept = drop_labels(content, num)
    assert kept.keys() - {'keypoints', 'keypoints_visible'} <= set(KEPT_KEYS)
    assert not kept['keypoints'].any()
    assert kept['keypoints'].shape == (1, num, 2)
