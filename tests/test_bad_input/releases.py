# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Releases, read by data sets and by converters."""

import json
import math

import numpy as np
import pytest
from scipy.io import savemat
from test_bad_input.kit import Table, cut
from test_converters.kit import convert, write_animalpose, write_lsp

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.errors import ConversionError
from mmpose_mlda.converters.lsp import LSP
from mmpose_mlda.converters.splits import read_indices, read_objects
from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.datasets import LSPDataset, LSPExtendedDataset

TABLE = Table('Releases, for data sets and converters')


def lsp(root, num=3, extended=False):
    """A release of LSP with ``num`` photographs."""
    points = np.full((num, 14, 2), 20.0)
    visible = np.ones((num, 14))
    return write_lsp(root / 'lsp', points, visible, [(60, 80)] * num, extended)


def stop(code):
    """What the command ended with, as it stands on the screen."""
    raise SystemExit(code)


@TABLE.refused(
    'a release that is not there',
    SystemExit,
    'error: the folder DATA/gone does not exist.',
)
def _(root):
    stop(convert(LSP, root / 'gone', root / 'out'))


@TABLE.refused(
    'a folder that is no release',
    SystemExit,
    'error: DATA/joints.mat is missing; complete the folder of the release.',
)
def _(root):
    (root / 'images').mkdir()
    stop(convert(LSP, root, root / 'out'))


@TABLE.refused(
    'an output folder with other files',
    SystemExit,
    'error: DATA/out holds thesis.txt, which was not made here (no '
    'converter.json); name another folder.',
)
def _(root):
    (root / 'out').mkdir()
    (root / 'out' / 'thesis.txt').touch()
    stop(convert(LSP, lsp(root), root / 'out'))


@TABLE.refused(
    'an option that makes no sense',
    SystemExit,
    'error: --every is -1, must be above 0.',
)
def _(root):
    stop(convert(Surreal, root, root / 'out', '--every', '-1'))


@TABLE.taken(
    'a photograph of a release that is cut off',
    'All else is done; the command tells which, and to mend it or to add '
    '`--skip-broken`, which leaves it out and lists it.',
)
def _(root):
    raw = lsp(root)
    cut(raw / 'images' / 'im0002.jpg')
    assert convert(LSP, raw, root / 'out') == 1
    assert convert(LSP, raw, root / 'out', '--skip-broken') == 0
    text = (root / 'out' / 'annotations' / 'lsp_all.json').read_text()
    names = [image['file_name'] for image in json.loads(text)['images']]
    assert names == ['im0001.jpg', 'im0003.jpg']


@TABLE.refused(
    "LSP Extended's labels as LSP",
    ValueError,
    'DATA/lsp/joints.mat: the array joints has shape (14, 3, 3), LSPDataset '
    "expects (3, 14, N). This is LSP Extended's file, use LSPExtendedDataset",
)
def _(root):
    LSPDataset(data_root=str(lsp(root, extended=True)))


@TABLE.refused(
    "LSP's labels with a flag that is none",
    ValueError,
    'DATA/lsp/joints.mat: a flag is 7.0, expected 0 or 1. Use the joints.mat '
    'of the release.',
)
def _(root):
    folder = lsp(root)
    savemat(folder / 'joints.mat', dict(joints=np.full((3, 14, 3), 7.0)))
    LSPDataset(data_root=str(folder))


@TABLE.refused(
    "LSP's label file, cut off",
    ValueError,
    'DATA/lsp/joints.mat is not a MATLAB file that can be read (...); '
    'download it again.',
)
def _(root):
    folder = lsp(root)
    cut(folder / 'joints.mat', 0.3)
    LSPDataset(data_root=str(folder))


@TABLE.refused(
    'a photograph of LSP that is cut off',
    ValueError,
    'Cannot read the image DATA/lsp/images/im0002.jpg: ...Replace it or',
)
def _(root):
    folder = lsp(root)
    cut(folder / 'images' / 'im0002.jpg')
    LSPDataset(data_root=str(folder))


@TABLE.refused(
    'photographs of LSP that are not in the folder',
    FileNotFoundError,
    '1 of 3 photographs are not in DATA/lsp/images; the first is im00002.jpg.'
    ' Complete the folder, select others by `indices`, or set '
    "`missing='skip'`",
)
def _(root):
    folder = lsp(root, extended=True)
    (folder / 'images' / 'im00002.jpg').unlink()
    LSPExtendedDataset(data_root=str(folder))


@TABLE.refused(
    'photographs of LSP beyond its end',
    IndexError,
    'indices has 9, but there are 3 photographs in DATA/lsp/images: use 0 to '
    '2.',
)
def _(root):
    LSPDataset(data_root=str(lsp(root)), indices=[0, 9])


def animalpose(root, change):
    """Convert a release whose first label was changed."""
    raw = write_animalpose(root / 'raw', 4)
    path = raw / 'keypoints.json'
    content = json.loads(path.read_text())
    change(content['annotations'][0])
    path.write_text(json.dumps(content))
    stop(convert(AnimalPose, raw, root / 'out', '--animals', 'dog'))


@TABLE.refused(
    'a label of AnimalPose without its image',
    SystemExit,
    "error: DATA/raw/keypoints.json: KeyError('image_id'); expected the "
    "release's images {id: file} and annotations with image_id and",
)
def _(root):
    animalpose(root, lambda label: label.pop('image_id'))


@TABLE.taken(
    'a label of AnimalPose with NaN, or with too few joints',
    'The command tells the file, the image and what was expected, and ends '
    'with 1.',
)
def _(root):
    found = [[[math.nan, 5, 1]] * 20, [[1, 2, 1]]]
    for number, joints in enumerate(found):
        folder = root / str(number)
        folder.mkdir()
        with pytest.raises(SystemExit) as end:
            animalpose(folder, lambda x, j=joints: x.update(keypoints=j))
        assert end.value.code == 1


@TABLE.refused(
    'an index file with an image that the release lacks',
    ConversionError,
    'DATA/train.npy has index 9, but the release here has 3 entries; '
    'complete the release.',
)
def _(root):
    np.save(root / 'train.npy', np.array([0, 9]))
    read_indices(root / 'train.npy', 3)


@TABLE.refused(
    "the papers' arrays with code in them",
    ConversionError,
    'DATA/train_anno.npy is no array of annotations (it refers to ...exec).',
)
def _(root):
    mark = root / 'it_ran'

    class Code:
        def __reduce__(self):
            return exec, (f'open({str(mark)!r}, "w")',)

    labels = np.array([Code()], object)
    np.save(root / 'train_anno.npy', labels, allow_pickle=True)
    try:
        read_objects(root / 'train_anno.npy')
    finally:
        assert not mark.exists()
