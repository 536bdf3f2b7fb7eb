# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Releases for the converters, and what metrics are given."""

import json
import math

import numpy as np
from scipy.io import savemat
from test_bad_input.kit import Table, assert_sees, cut, logged
from test_converters.kit import convert, write_animalpose, write_lsp
from test_evaluation.pck_samples import make_sample

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.errors import ConversionError
from mmpose_mlda.converters.lsp import LSP
from mmpose_mlda.converters.splits import read_indices, read_objects
from mmpose_mlda.converters.surreal import Surreal
from mmpose_mlda.datasets import LSPDataset, LSPExtendedDataset
from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.evaluation import PCK

RELEASES = Table('Releases, for data sets and converters')
METRICS = Table('Metrics')


def lsp(root, num=3, extended=False):
    """A release of LSP with ``num`` photographs."""
    points = np.full((num, 14, 2), 20.0)
    visible = np.ones((num, 14))
    return write_lsp(root / 'lsp', points, visible, [(60, 80)] * num, extended)


def stop(code):
    """What the command ended with, as it stands on the screen."""
    raise SystemExit(code)


@RELEASES.refused(
    'a release that is not there',
    SystemExit,
    'error: the folder DATA/gone does not exist.',
)
def _(root):
    stop(convert(LSP, root / 'gone', root / 'out'))


@RELEASES.refused(
    'a folder that is no release',
    SystemExit,
    'error: DATA/joints.mat is missing; complete the folder of the release.',
)
def _(root):
    (root / 'images').mkdir()
    stop(convert(LSP, root, root / 'out'))


@RELEASES.refused(
    'an output folder with other files',
    SystemExit,
    'error: DATA/out holds thesis.txt, which was not made here (no '
    'converter.json); name another folder.',
)
def _(root):
    (root / 'out').mkdir()
    (root / 'out' / 'thesis.txt').touch()
    stop(convert(LSP, lsp(root), root / 'out'))


@RELEASES.refused(
    'an option that makes no sense',
    SystemExit,
    'error: --every is -1, must be above 0.',
)
def _(root):
    stop(convert(Surreal, root, root / 'out', '--every', '-1'))


@RELEASES.taken(
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


@RELEASES.refused(
    "LSP Extended's labels as LSP",
    ValueError,
    'DATA/lsp/joints.mat: the array joints has shape (14, 3, 3), LSPDataset '
    "expects (3, 14, N). This is LSP Extended's file, use LSPExtendedDataset",
)
def _(root):
    LSPDataset(data_root=str(lsp(root, extended=True)))


@RELEASES.refused(
    "LSP's labels with a flag that is none",
    ValueError,
    'DATA/lsp/joints.mat: a flag is 7.0, expected 0 or 1. Use the joints.mat '
    'of the release.',
)
def _(root):
    folder = lsp(root)
    savemat(folder / 'joints.mat', dict(joints=np.full((3, 14, 3), 7.0)))
    LSPDataset(data_root=str(folder))


@RELEASES.refused(
    "LSP's label file, cut off",
    ValueError,
    'DATA/lsp/joints.mat is not a MATLAB file that can be read (...); '
    'download it again.',
)
def _(root):
    folder = lsp(root)
    cut(folder / 'joints.mat', 0.3)
    LSPDataset(data_root=str(folder))


@RELEASES.refused(
    'a photograph of LSP that is cut off',
    ValueError,
    'Cannot read the image DATA/lsp/images/im0002.jpg: ...Replace it or',
)
def _(root):
    folder = lsp(root)
    cut(folder / 'images' / 'im0002.jpg')
    LSPDataset(data_root=str(folder))


@RELEASES.refused(
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


@RELEASES.refused(
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


@RELEASES.refused(
    'a label of AnimalPose without its image',
    SystemExit,
    "error: DATA/raw/keypoints.json: KeyError('image_id'); expected the "
    "release's images {id: file} and annotations with image_id and",
)
def _(root):
    animalpose(root, lambda label: label.pop('image_id'))


@RELEASES.taken(
    'a label of AnimalPose with NaN, or with too few joints',
    'The command tells the file, the image and what was expected, and ends '
    'with 1.',
)
def _(root):
    for name, joints in (('nan', [[math.nan] * 3] * 20), ('few', [[1, 2, 1]])):
        (root / name).mkdir()
        try:
            animalpose(root / name, lambda x, j=joints: x.update(keypoints=j))
        except SystemExit as end:
            assert end.code == 1


@RELEASES.refused(
    'an index file with an image that the release lacks',
    ConversionError,
    'DATA/train.npy has index 9, but the release here has 3 entries; '
    'complete the release.',
)
def _(root):
    np.save(root / 'train.npy', np.array([0, 9]))
    read_indices(root / 'train.npy', 3)


@RELEASES.refused(
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


# ----------------------------------------------------------------- metrics
def score(samples, table='lsp14', **options):
    """PCK of samples, in per cent by name."""
    metric = PCK(**options)
    names = [i['name'] for i in get_table(table)['keypoint_info'].values()]
    metric.dataset_meta = dict(
        num_keypoints=len(names),
        keypoint_name2id={name: k for k, name in enumerate(names)},
        keypoint_id2name=dict(enumerate(names)),
    )
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def sample(labels, peaks=None):
    return make_sample(peaks or [(9, 9)] * len(labels), labels)


@METRICS.refused(
    'test data without a visible joint',
    ValueError,
    'PCK: none of the 1 samples has a label that can be scored. Is this data '
    'set labelled?',
)
def _(root):
    score([sample([None] * 14)])


@METRICS.taken(
    'a joint that no test image shows',
    'It is left out of the means; the log names it.',
)
def _(root):
    labels = [None, *[(9, 9)] * 13]
    values, log = logged(lambda: score([sample(labels)]))
    assert values['PCK@0.05'] == 100
    assert_sees(log, 'no label of right_ankle is scored; left out of', root)


@METRICS.taken('NaN in a label of the test data', 'It is not scored.')
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances']['keypoints'][0, 0] = math.nan
    values, log = logged(lambda: score([bad]))
    assert values['PCK@0.05'] == 100
    assert_sees(log, 'no label of right_ankle is scored', root)


@METRICS.taken('labels outside of the image', 'They are not scored.')
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances']['keypoints'][0, 0] = (-500, 9e9)
    values, _ = logged(lambda: score([bad]))
    assert values['PCK@0.05'] == 100


@METRICS.refused(
    'predictions of another number of joints than labels',
    ValueError,
    'PCK: 14 joints are predicted, 16 labelled. Give model and data set the '
    "same keypoint table, or convert the labels by MMPose's",
)
def _(root):
    bad = sample([(9, 9)] * 14)
    bad['gt_instances'] = sample([(9, 9)] * 16)['gt_instances']
    score([bad])


@METRICS.refused(
    'predictions without heatmaps',
    ValueError,
    "PCK(decode='argmax') needs the predicted heatmaps, which the model does "
    'not hand out: set model.test_cfg.output_heatmaps=True',
)
def _(root):
    bad = sample([(9, 9)] * 14)
    del bad['pred_fields']
    score([bad])


@METRICS.refused(
    'samples without the field by which to report',
    ValueError,
    "PCK(by='animal'): a sample has no 'animal'. If the data set's samples "
    'have it, add it to meta_keys of PackPoseInputs',
)
def _(root):
    score([sample([(9, 9)] * 14)], by='animal')


@METRICS.refused(
    'a group with a joint that the table lacks',
    ValueError,
    "The group 'Tail' names the joint 'tail', but the table has 14 joints: "
    'right_ankle, ...Give names or indices of these.',
)
def _(root):
    score([sample([(9, 9)] * 14)], groups=dict(Tail=['tail']))
