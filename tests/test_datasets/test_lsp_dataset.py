# Copyright (c) mmpose_mlda contributors. All rights reserved.

import numpy as np
import pytest
from mmengine.logging import MessageHub
from PIL import Image
from scipy.io import savemat

from mmpose_mlda.datasets import LSPDataset, LSPExtendedDataset
from mmpose_mlda.registry import DATASETS

NUM = 6
SIZE = (60, 80)  # width, height
WHOLE = [[0, 0, 60, 80]]


def coordinates():
    """(N, 14, 2): joint k of photograph n at (k + 10 n + 1, 2 k + n + 2)."""
    n, k = np.mgrid[:NUM, :14]
    return np.stack([k + 10.0 * n + 1, 2.0 * k + n + 2], axis=-1)


def visibility():
    """(N, 14): wrist 6 hidden on photographs 2 and 5, head on 5."""
    visible = np.ones((NUM, 14))
    visible[[1, 4], 6] = visible[4, 13] = 0
    return visible


def write_lsp(root, present=range(1, NUM + 1)):
    """joints.mat as LSP has it, written element by element."""
    xy, visible = coordinates(), visibility()
    joints = np.zeros((3, 14, NUM))
    for n in range(NUM):
        for k in range(14):
            joints[0, k, n], joints[1, k, n] = xy[n, k]
            joints[2, k, n] = 0 if visible[n, k] else 1
    return write(root, joints, 'im%04d.jpg', present)


def write_lspet(root, present=range(1, NUM + 1)):
    """joints.mat as LSP Extended has it; junk where it is not visible."""
    xy, visible = coordinates(), visibility()
    joints = np.zeros((14, 3, NUM))
    for n in range(NUM):
        for k in range(14):
            junk = visible[n, k] == 0
            joints[k, 0, n], joints[k, 1, n] = (-250, -7) if junk else xy[n, k]
            joints[k, 2, n] = visible[n, k]
    return write(root, joints, 'im%05d.jpg', present)


def write(root, joints, file_name, present):
    (root / 'images').mkdir(parents=True)
    savemat(root / 'joints.mat', {'joints': joints})
    for n in present:
        Image.new('RGB', SIZE).save(root / 'images' / (file_name % n))
    return str(root)


RELEASES = [(LSPDataset, write_lsp), (LSPExtendedDataset, write_lspet)]
both = pytest.mark.parametrize(('dataset_class', 'writer'), RELEASES)


@both
def test_labels(dataset_class, writer, tmp_path):
    dataset = dataset_class(data_root=writer(tmp_path / 'x'))
    xy, visible = coordinates(), visibility()
    assert len(dataset) == NUM
    for n in range(NUM):
        info = dataset.get_data_info(n)
        seen = visible[n] > 0
        np.testing.assert_array_equal(info['keypoints_visible'][0], visible[n])
        np.testing.assert_array_equal(
            info['keypoints'][0, seen], xy[n, seen].astype(np.float32)
        )
        hidden = xy[n, ~seen] if dataset_class is LSPDataset else 0
        np.testing.assert_array_equal(info['keypoints'][0, ~seen], hidden)
        np.testing.assert_array_equal(info['bbox'], WHOLE)
        assert info['keypoints'].shape == (1, 14, 2)
        assert info['img_id'] == info['id'] == n + 1
        for key in ('keypoints', 'keypoints_visible', 'bbox', 'bbox_score'):
            assert info[key].dtype == np.float32
    # photograph 1: joints from (1, 2) to (14, 28), a box of 13 x 26
    assert dataset.get_data_info(0)['area'] == 13 * 26
    assert dataset.metainfo['dataset_name'] == 'lsp14'


def test_file_names(tmp_path):
    lsp = LSPDataset(data_root=write_lsp(tmp_path / 'lsp'))
    lspet = LSPExtendedDataset(data_root=write_lspet(tmp_path / 'lspet'))
    assert lsp.get_data_info(2)['img_path'].endswith('images/im0003.jpg')
    assert lspet.get_data_info(2)['img_path'].endswith('images/im00003.jpg')


@both
def test_body16(dataset_class, writer, tmp_path):
    dataset = dataset_class(data_root=writer(tmp_path / 'x'), joints='body16')
    # slot <- joint, the papers' table; -1 is never visible
    joints = np.array([0, 1, 2, 3, 4, 5, -1, -1, 12, 13, 6, 7, 8, 9, 10, 11])
    for n in (0, 1, 4):
        info = dataset.get_data_info(n)
        visible = np.where(joints < 0, 0, visibility()[n, joints])
        np.testing.assert_array_equal(info['keypoints_visible'][0], visible)
        seen = visible > 0
        np.testing.assert_array_equal(
            info['keypoints'][0, seen], coordinates()[n, joints[seen]]
        )
        assert (info['keypoints'][0, 6:8] == 0).all()
        assert info['num_keypoints'] == visibility()[n].sum()
    assert dataset.metainfo['dataset_name'] == 'body16'
    assert dataset.metainfo['num_keypoints'] == 16


@both
def test_zero_based(dataset_class, writer, tmp_path):
    dataset = dataset_class(data_root=writer(tmp_path / 'x'), zero_based=True)
    info = dataset.get_data_info(0)
    np.testing.assert_array_equal(info['keypoints'][0], coordinates()[0] - 1)
    # what is not labelled stays at 0
    if dataset_class is LSPExtendedDataset:
        assert (dataset.get_data_info(1)['keypoints'][0, 6] == 0).all()


@pytest.mark.parametrize(
    ('options', 'numbers'),
    [
        ({'indices': 2}, [1, 2]),
        ({'indices': -2}, [5, 6]),
        ({'indices': [0, 4, 2]}, [1, 5, 3]),
        ({'indices': range(3, 6)}, [4, 5, 6]),
        ({'require_all_visible': True}, [1, 3, 4, 6]),
        # counted before photographs are left out: 2 of the first 3
        ({'require_all_visible': True, 'indices': 3}, [1, 3]),
        ({'require_all_visible': True, 'indices': range(3, 6)}, [4, 6]),
        # body16 has slots without any label; the 14 joints count
        ({'require_all_visible': True, 'joints': 'body16'}, [1, 3, 4, 6]),
    ],
)
def test_selection(options, numbers, tmp_path):
    dataset = LSPDataset(data_root=write_lsp(tmp_path / 'x'), **options)
    ids = [dataset.get_data_info(i)['id'] for i in range(len(dataset))]
    assert ids == numbers


def test_subset(tmp_path):
    dataset = LSPDataset(data_root=write_lsp(tmp_path / 'x'))
    assert dataset.get_subset([5, 0]).get_data_info(0)['id'] == 6


def test_index_out_of_range(tmp_path):
    root = write_lsp(tmp_path / 'x')
    with pytest.raises(IndexError, match=r'has 6, .* 6 photographs'):
        LSPDataset(data_root=root, indices=[0, 6])


def test_missing_photographs(tmp_path):
    root = write_lspet(tmp_path / 'x', present=[1, 2, 4])
    with pytest.raises(FileNotFoundError) as error:
        LSPExtendedDataset(data_root=root)
    for part in ('3 of 6', 'im00003.jpg', "missing='skip'"):
        assert part in str(error.value)
    # those that are asked for are there
    assert len(LSPExtendedDataset(data_root=root, indices=2)) == 2
    skipped = LSPExtendedDataset(data_root=root, missing='skip')
    assert [skipped.get_data_info(i)['id'] for i in range(3)] == [1, 2, 4]
    last = LSPExtendedDataset(data_root=root, missing='skip', indices=[-1])
    assert last.get_data_info(0)['id'] == 4


def test_no_photograph_at_all(tmp_path):
    root = write_lspet(tmp_path / 'x', present=[])
    with pytest.raises(FileNotFoundError, match=r'im00001\.jpg.*docs/'):
        LSPExtendedDataset(data_root=root, missing='skip')


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        LSPDataset(data_root=str(tmp_path / 'gone'))
    for part in (str(tmp_path / 'gone'), 'data_root=', 'docs/'):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ('dataset_class', 'writer', 'remedy'),
    [
        (LSPDataset, write_lspet, "LSP Extended's file, use LSPExtended"),
        (LSPExtendedDataset, write_lsp, "LSP's file, use LSPDataset"),
    ],
)
def test_other_release(dataset_class, writer, remedy, tmp_path):
    with pytest.raises(ValueError, match=remedy) as error:
        dataset_class(data_root=writer(tmp_path / 'x'))
    assert 'joints.mat' in str(error.value)
    assert '(3, 14' in str(error.value)
    assert '(14, 3' in str(error.value)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'joints': np.zeros((2, 14, 3))}, r'\(2, 14, 3\).*expects \(3, 14'),
        ({'joints': np.zeros((3, 14))}, r'\(3, 14\)'),
        ({'joints': np.full((3, 14, 2), 2)}, 'flag is 2'),
        ({'annotations': np.zeros(3)}, "'annotations'.*'joints'"),
    ],
)
def test_wrong_content(content, message, tmp_path):
    root = write_lsp(tmp_path / 'x')
    savemat(f'{root}/joints.mat', content)
    with pytest.raises(ValueError, match=message):
        LSPDataset(data_root=root)


def test_not_a_matlab_file(tmp_path):
    root = write_lsp(tmp_path / 'x')
    with open(f'{root}/joints.mat', 'w') as file:
        file.write('{"images": []}')
    with pytest.raises(ValueError, match=r'joints\.mat is not a MATLAB'):
        LSPDataset(data_root=root)


def test_wrong_options(tmp_path):
    with pytest.raises(ValueError, match='lsp16'):
        LSPDataset(joints='lsp16')
    with pytest.raises(ValueError, match='ignore'):
        LSPDataset(missing='ignore')
    with pytest.raises(TypeError, match='bbox_file'):
        LSPDataset(bbox_file='x.json')


def test_unreadable_photograph(tmp_path):
    root = write_lsp(tmp_path / 'x')
    with open(f'{root}/images/im0002.jpg', 'w') as file:
        file.write('no image')
    with pytest.raises(ValueError, match=r'im0002\.jpg'):
        LSPDataset(data_root=root)


def test_label_file_is_not_announced_as_json(tmp_path):
    LSPDataset(data_root=write_lsp(tmp_path / 'x'), test_mode=True)
    hub = MessageHub.get_current_instance()
    assert hub.get_info('lsp14_ann_file', None) is None


def test_is_built_by_name(tmp_path):
    config = {
        'type': 'mmpose_mlda.LSPDataset',
        'data_root': write_lsp(tmp_path / 'x'),
    }
    assert isinstance(DATASETS.build(config), LSPDataset)


def test_real_lspet(shared_dir, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('the sizes are in the headers of the files')

    monkeypatch.setattr('mmcv.imread', refuse)
    dataset = LSPExtendedDataset(
        data_root=str(shared_dir / 'data/lspet'), missing='skip'
    )
    assert len(dataset) == 1000
    inside = labels = 0
    for i in range(0, 1000, 50):
        info = dataset.get_data_info(i)
        seen = info['keypoints_visible'][0] > 0
        xy, (_, _, *size) = info['keypoints'][0, seen], info['bbox'][0]
        inside += ((xy >= 0) & (xy <= size)).all(axis=1).sum()
        labels += seen.sum()
    assert inside == labels > 200


def test_real_lspet_splits(shared_dir):
    root = str(shared_dir / 'data/lspet')
    test = LSPExtendedDataset(
        data_root=root, indices=range(700, 1000), require_all_visible=True
    )
    # counted in the label file: 129 of photographs 701 to 1000
    assert len(test) == 129
    assert all(test.get_data_info(i)['id'] > 700 for i in range(129))
    with pytest.raises(FileNotFoundError, match=r'9000 of 10000.*im01001'):
        LSPExtendedDataset(data_root=root)


def test_real_lsp_labels(shared_dir, tmp_path):
    for n in range(1, 2001):
        (tmp_path / f'im{n:04d}.jpg').touch()
    Image.new('RGB', (100, 100)).save(tmp_path / 'im0001.jpg')
    dataset = LSPDataset(
        ann_file=str(shared_dir / 'data/lsp/joints.mat'),
        data_prefix={'img': str(tmp_path)},
        indices=1,
    )
    visible = dataset.get_data_info(0)['keypoints_visible']
    assert visible.mean() > 0.5  # few joints of LSP are occluded
