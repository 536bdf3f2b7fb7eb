# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
from test_converters.kit import (
    convert,
    labels_of,
    load,
    write_image,
    write_lsp,
)

from mmpose_mlda.converters.lsp import LSP, LSPExtended
from mmpose_mlda.datasets import LSPDataset

NUM = 6
# classes of the converters, digits of file names, name of the whole set
RELEASES = [(LSP, 4, 'lsp_all'), (LSPExtended, 5, 'lspet_train')]
both = pytest.mark.parametrize(('converter', 'digits', 'name'), RELEASES)


def write_release(root, converter, digits):
    """Joint k of photograph n (from 1) at (k + 10 n, 2 k + n); joint 6 of
    photographs 2 and 5 cannot be seen. LSP keeps its place."""
    k, n = np.arange(14.0), np.arange(1.0, NUM + 1)
    visible = np.ones((14, NUM))
    visible[6, [1, 4]] = 0
    x, y = k[:, None] + 10 * n, 2 * k[:, None] + n
    if converter is LSPExtended:
        hidden = visible == 0
        x, y = np.where(hidden, -250, x), np.where(hidden, 999, y)
    points, sizes = np.stack([x.T, y.T], axis=-1), [(100, 60)] * NUM
    return write_lsp(root, points, visible.T, sizes, digits == 5)


@both
def test_joints(tmp_path, converter, digits, name):
    raw = write_release(tmp_path / 'raw', converter, digits)
    assert convert(converter, raw, tmp_path / 'out') == 0
    labels = labels_of(tmp_path / 'out', name)
    assert len(labels) == NUM
    for number, (file_name, ((joints, label),)) in enumerate(
        labels.items(), start=1
    ):
        assert file_name == f'im{number:0{digits}d}.jpg'
        expected = np.array([(k + 10 * number, 2 * k + number, 2)
                             for k in range(14)])  # fmt: skip
        if number in (2, 5):
            expected[6, 2] = 0
            if converter is LSPExtended:
                expected[6] = 0
        np.testing.assert_array_equal(joints, expected)
        assert label['bbox'] == [0, 0, 100, 60]
        assert label['num_keypoints'] == (13 if number in (2, 5) else 14)


def test_splits_of_lsp(tmp_path):
    raw, out = write_release(tmp_path / 'raw', LSP, 4), tmp_path / 'out'
    assert convert(LSP, raw, out, '--zero-based') == 0
    names = {s: list(labels_of(out, f'lsp_{s}')) for s in ('train', 'test')}
    assert names['train'] == ['im0001.jpg', 'im0002.jpg', 'im0003.jpg']
    assert names['test'] == ['im0004.jpg', 'im0005.jpg', 'im0006.jpg']
    joints, _ = labels_of(out, 'lsp_test')['im0004.jpg'][0]
    assert joints[0].tolist() == [39, 3, 2]


def test_the_class_that_reads_the_release_agrees(tmp_path):
    raw, out = write_release(tmp_path / 'raw', LSP, 4), tmp_path / 'out'
    convert(LSP, raw, out)
    dataset = LSPDataset(data_root=str(raw))
    labels = load(out, 'lsp_all')['annotations']
    for number, label in enumerate(labels):
        expected = dataset.get_data_info(number)['raw_ann_info']
        for key, value in expected.items():
            assert label[key] == value


@both
def test_missing_photographs(tmp_path, capsys, converter, digits, name):
    raw = write_release(tmp_path / 'raw', converter, digits)
    (raw / 'images' / f'im{3:0{digits}d}.jpg').unlink()
    assert convert(converter, raw, tmp_path / 'a') == 1
    assert f'im{3:0{digits}d}.jpg is missing' in capsys.readouterr().out
    assert convert(converter, raw, tmp_path / 'b', '--missing', 'skip') == 0
    assert len(labels_of(tmp_path / 'b', name)) == NUM - 1


def test_releases_are_not_mixed_up(tmp_path):
    raw = write_release(tmp_path / 'raw', LSP, 4)
    message = convert(LSPExtended, raw, tmp_path / 'out')
    assert "This is LSP's file" in message


def test_real_files(shared_dir, tmp_path):
    raw = shared_dir / 'data' / 'lspet'
    out = tmp_path / 'lspet'
    assert convert(LSPExtended, raw, out, '--missing', 'skip') == 0
    assert len(labels_of(out, 'lspet_train')) == 1000
    # LSP's labels are there without photographs
    raw = tmp_path / 'lsp'
    raw.mkdir()
    path = shared_dir / 'data' / 'lsp' / 'joints.mat'
    (raw / 'joints.mat').symlink_to(path)
    write_image(raw / 'images' / 'im0001.jpg')
    write_image(raw / 'images' / 'im2000.jpg')
    assert convert(LSP, raw, tmp_path / 'out', '--missing', 'skip') == 0
    joints, _ = labels_of(tmp_path / 'out', 'lsp_test')['im2000.jpg'][0]
    assert joints.shape == (14, 3)
