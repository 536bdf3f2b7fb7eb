# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import numpy as np
import pytest
from mmengine.logging import MessageHub
from PIL import Image

from mmpose_mlda.datasets import UnlabeledPoseDataset
from mmpose_mlda.registry import DATASETS

LABEL = 1234.5  # stands in every label; must stand in no sample


def write_images(root, names, size=(60, 80)):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', size).save(root / name)
    return str(root)


def write_json(path, content):
    path.write_text(json.dumps(content))
    return str(path)


def folder_dataset(root, **options):
    return UnlabeledPoseDataset(
        **{'metainfo': 'lsp14', 'data_root': root, **options}
    )


def samples(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def assert_unlabelled(info, num_keypoints):
    assert not info['keypoints'].any()
    assert not info['keypoints_visible'].any()
    assert info['keypoints'].shape == (1, num_keypoints, 2)
    assert info['keypoints_visible'].shape == (1, num_keypoints)
    for key in ('num_keypoints', 'area', 'segmentation', 'raw_ann_info'):
        assert key not in info
    assert str(LABEL) not in repr(info)


# (a) a folder


def test_folder(tmp_path):
    root = write_images(tmp_path, ['b.png', 'sub/a.JPG', 'a.webp'])
    infos = samples(folder_dataset(root))
    names = [info['img_path'].removeprefix(root + '/') for info in infos]
    assert names == ['a.webp', 'b.png', 'sub/a.JPG']
    for info in infos:
        np.testing.assert_array_equal(info['bbox'], [[0, 0, 60, 80]])
        np.testing.assert_array_equal(info['bbox_score'], [1])
        assert_unlabelled(info, 14)


def test_folder_by_prefix(tmp_path):
    root = write_images(tmp_path, ['photos/a.png', 'other/b.png'])
    dataset = folder_dataset(root, data_prefix={'img': 'photos'})
    assert len(dataset) == 1


@pytest.mark.parametrize(
    ('indices', 'names'), [(2, 'ab'), (-1, 'd'), ([3, 1], 'db')]
)
def test_indices(tmp_path, indices, names):
    root = write_images(tmp_path, [f'{name}.png' for name in 'abcd'])
    infos = samples(folder_dataset(root, indices=indices))
    assert ''.join(info['img_path'][-5] for info in infos) == names


def test_unreadable_image(tmp_path):
    root = write_images(tmp_path, ['a.png'])
    (tmp_path / 'broken.png').write_text('no image')
    with pytest.raises(ValueError, match=r'broken\.png'):
        folder_dataset(root)


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match='No image in'):
        folder_dataset(str(tmp_path))


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        folder_dataset(str(tmp_path / 'gone'))
    for part in (
        str(tmp_path / 'gone'),
        '--cfg-options',
        'data_root',
        'docs/',
    ):
        assert part in str(error.value)


def test_lazy_init(tmp_path):
    dataset = folder_dataset(str(tmp_path / 'gone'), lazy_init=True)
    assert dataset.metainfo['num_keypoints'] == 14
    with pytest.raises(FileNotFoundError):
        dataset.full_init()


def test_table(tmp_path):
    root = write_images(tmp_path, ['a.png'])
    for table, num, name in [
        ('body16', 16, 'body16'),
        ({'from_file': 'configs/_base_/datasets/coco.py'}, 17, 'coco'),
    ]:
        dataset = folder_dataset(root, metainfo=table)
        assert dataset.metainfo['dataset_name'] == name
        assert_unlabelled(dataset.get_data_info(0), num)


# (b) a COCO file


def coco_content(**changes):
    box = {
        'category_id': 1,
        'iscrowd': 0,
        'keypoints': [LABEL] * 42,
        'num_keypoints': 14,
        'area': LABEL,
        'segmentation': [[LABEL] * 6],
    }
    return {
        'images': [
            {'id': 5, 'file_name': 'a.png', 'width': 60, 'height': 80},
            {'id': 9, 'file_name': 'b.png'},
        ],
        'annotations': [
            {'id': 1, 'image_id': 9, 'bbox': [10, 20, 30, 40], **box},
            {'id': 2, 'image_id': 5, 'bbox': [-5, 10, 100, 20], **box},
            {'id': 3, 'image_id': 5, 'bbox': [5, 5, 0, 9], **box},
            {'id': 4, 'image_id': 5, 'bbox': [1, 2, 3, 4], **box,
             'iscrowd': 1},
            {'id': 5, 'image_id': 5, 'bbox': [1, 2, 3, 4], **box,
             'category_id': 3},
        ],
        **changes,
    }  # fmt: skip


def coco_dataset(tmp_path, content, **options):
    write_images(tmp_path / 'images', ['a.png', 'b.png', 'unlisted.png'])
    write_json(tmp_path / 'ann.json', content)
    options.setdefault('data_prefix', {'img': 'images'})
    return folder_dataset(str(tmp_path), ann_file='ann.json', **options)


def test_coco_boxes(tmp_path):
    first, second = samples(coco_dataset(tmp_path, coco_content()))
    assert first['img_path'].endswith('images/b.png')
    assert first['img_id'] == 9
    np.testing.assert_array_equal(first['bbox'], [[10, 20, 40, 60]])
    # clipped to the last pixel, as MMPose does
    np.testing.assert_array_equal(second['bbox'], [[0, 10, 59, 30]])
    for info in (first, second):
        assert_unlabelled(info, 14)


def test_coco_boxes_only(tmp_path):
    annotations = [{'id': 1, 'image_id': 5, 'bbox': [1, 2, 3, 4]}]
    content = coco_content(annotations=annotations)
    (info,) = samples(coco_dataset(tmp_path, content))
    np.testing.assert_array_equal(info['bbox'], [[1, 2, 4, 6]])
    assert_unlabelled(info, 14)


@pytest.mark.parametrize('annotations', [[], None])
def test_coco_without_annotations_lists_images(tmp_path, annotations):
    content = coco_content(annotations=annotations)
    infos = samples(coco_dataset(tmp_path, content))
    assert [info['img_id'] for info in infos] == [5, 9]
    for info in infos:
        np.testing.assert_array_equal(info['bbox'], [[0, 0, 60, 80]])


def test_coco_categories(tmp_path):
    (animal,) = samples(coco_dataset(tmp_path, coco_content(), category_id=3))
    np.testing.assert_array_equal(animal['bbox'], [[1, 2, 4, 6]])
    assert len(coco_dataset(tmp_path, coco_content(), category_id=None)) == 3
    with pytest.raises(ValueError, match=r'category 7, only of \[1, 3\]'):
        coco_dataset(tmp_path, coco_content(), category_id=7)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([{'image_id': 1}], r'ann\.json.*bbox_file'),
        ({'annotations': []}, "'images'"),
        (coco_content(annotations=[{'id': 8, 'image_id': 5}]), '8 .*no bbox'),
        (
            coco_content(
                annotations=[{'id': 8, 'image_id': 6, 'bbox': [0, 0, 2, 2]}]
            ),
            r'image_id 6 .* \(5, 9',
        ),
        (
            coco_content(
                annotations=[{'id': 8, 'image_id': 5, 'bbox': [0, 0, 0, 2]}]
            ),
            r'No box left in .*ann\.json',
        ),
    ],
)
def test_coco_errors(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        coco_dataset(tmp_path, content)


def test_coco_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'gone\.json.*ann_file'):
        folder_dataset(str(tmp_path), ann_file='gone.json')


# (c) a detector's boxes


def detection(image, score, **changes):
    return {
        'image_id': image,
        'category_id': 1,
        'bbox': [1, 2, 30, 40],
        'score': score,
        **changes,
    }


def test_detections_of_a_coco_file(tmp_path):
    found = [
        detection(9, 0.9),
        detection(5, 0.2),
        detection(5, 0.5, bbox=[0, 0, 5, 6]),
        detection(9, 0.9, category_id=2),
    ]
    bbox_file = write_json(tmp_path / 'det.json', found)
    dataset = coco_dataset(
        tmp_path, coco_content(), bbox_file=bbox_file, bbox_thr=0.5
    )
    first, second = samples(dataset)
    np.testing.assert_array_equal(first['bbox'], [[1, 2, 31, 42]])
    np.testing.assert_allclose(first['bbox_score'], [0.9])
    assert first['img_path'].endswith('b.png')
    np.testing.assert_array_equal(second['bbox'], [[0, 0, 5, 6]])
    assert second['img_id'] == 5
    assert_unlabelled(first, 14)


def test_detections_of_a_folder(tmp_path):
    names = ['x/0017.png', 'x/cat.png', 'y/cat.png', 'y/dog.png']
    root = write_images(tmp_path / 'images', names)
    found = [
        detection('x/cat.png', 0.9),
        detection('dog', 0.8),
        detection(17, 0.7),
    ]
    bbox_file = write_json(tmp_path / 'det.json', found)
    infos = samples(folder_dataset(root, bbox_file=bbox_file))
    paths = [info['img_path'].removeprefix(root + '/') for info in infos]
    assert paths == ['x/cat.png', 'y/dog.png', 'x/0017.png']


@pytest.mark.parametrize(
    ('found', 'message'),
    [
        # two images are called cat
        ([detection('cat', 0.9)], "image_id 'cat' is none"),
        ({'images': []}, 'ann_file'),
        ([detection('x/cat.png', 0.1)], 'bbox_thr=0.3'),
        ([], 'No box left'),
    ],
)
def test_detection_errors(tmp_path, found, message):
    root = write_images(tmp_path / 'images', ['x/cat.png', 'y/cat.png'])
    bbox_file = write_json(tmp_path / 'det.json', found)
    with pytest.raises(ValueError, match=message):
        folder_dataset(root, bbox_file=bbox_file, bbox_thr=0.3)


def test_detections_missing_file(tmp_path):
    root = write_images(tmp_path, ['a.png'])
    with pytest.raises(FileNotFoundError, match=r'gone\.json.*bbox_file'):
        folder_dataset(root, bbox_file='gone.json')


# (d) another data set


def labelled(tmp_path, **options):
    """Config of a labelled MMPose data set."""
    write_images(tmp_path / 'images', ['a.png', 'b.png'])
    content = coco_content(categories=[{'id': 1, 'name': 'person'}])
    content['images'][1].update(width=60, height=80)
    for annotation in content['annotations']:
        annotation['keypoints'] = [LABEL] * 51
    write_json(tmp_path / 'ann.json', content)
    return {
        'type': 'CocoDataset',
        'data_root': str(tmp_path),
        'ann_file': 'ann.json',
        'data_prefix': {'img': 'images/'},
        'metainfo': {'from_file': 'configs/_base_/datasets/coco.py'},
        **options,
    }


def test_wrapped(tmp_path):
    config = labelled(tmp_path)
    inner = DATASETS.build(config)
    dataset = UnlabeledPoseDataset(dataset=config)
    assert len(dataset) == len(inner) > 1
    assert str(LABEL) in repr(inner.get_data_info(0))
    for i, info in enumerate(samples(dataset)):
        assert_unlabelled(info, 17)
        for key in ('bbox', 'img_path', 'img_id', 'id', 'flip_indices'):
            expected = inner.get_data_info(i)[key]
            np.testing.assert_array_equal(info[key], expected)
    assert dataset.metainfo['dataset_name'] == 'coco'


def test_wrapped_with_another_table(tmp_path):
    dataset = UnlabeledPoseDataset(
        dataset=labelled(tmp_path), metainfo='lsp14'
    )
    assert_unlabelled(dataset.get_data_info(0), 14)
    assert dataset.get_data_info(0)['dataset_name'] == 'lsp14'


def test_wrapped_indices(tmp_path):
    inner = DATASETS.build(labelled(tmp_path))
    dataset = UnlabeledPoseDataset(dataset=labelled(tmp_path), indices=[1])
    (info,) = samples(dataset)
    assert info['id'] == inner.get_data_info(1)['id']


def test_source_is_given_once(tmp_path):
    with pytest.raises(ValueError, match='needs images'):
        UnlabeledPoseDataset(metainfo='lsp14')
    with pytest.raises(ValueError, match='not both'):
        UnlabeledPoseDataset(dataset=labelled(tmp_path), data_root='x')
    with pytest.raises(ValueError, match='metainfo'):
        UnlabeledPoseDataset(data_root='x')
    with pytest.raises(TypeError, match='data_mode'):
        folder_dataset('x', data_mode='bottomup')


# all of them


PIPELINE = [
    {'type': 'mmpose.LoadImage'},
    {'type': 'mmpose.GetBBoxCenterScale', 'padding': 1.0},
    {'type': 'mmpose.RandomFlip'},
    {'type': 'mmpose.RandomHalfBody'},
    {'type': 'mmpose.RandomBBoxTransform'},
    {'type': 'mmpose.TopdownAffine', 'input_size': (32, 32)},
    {'type': 'mmpose.PackPoseInputs'},
]


@pytest.mark.parametrize('kind', ['folder', 'boxes', 'wrapped'])
def test_pipeline_of_mmpose(tmp_path, kind):
    if kind == 'wrapped':
        dataset = UnlabeledPoseDataset(
            dataset=labelled(tmp_path), pipeline=PIPELINE
        )
    elif kind == 'boxes':
        dataset = coco_dataset(tmp_path, coco_content(), pipeline=PIPELINE)
    else:
        root = write_images(tmp_path, ['a.png'])
        dataset = folder_dataset(root, pipeline=PIPELINE, test_mode=True)
    packed = dataset[0]
    assert packed['inputs'].shape == (3, 32, 32)
    assert not packed['data_samples'].gt_instances.keypoints_visible.any()
    assert str(LABEL) not in repr(packed['data_samples'].to_dict())


def test_nothing_is_announced_to_coco_metric(tmp_path):
    folder_dataset(write_images(tmp_path, ['a.png']), test_mode=True)
    hub = MessageHub.get_current_instance()
    assert hub.get_info('lsp14_ann_file', None) is None


def test_real_photographs(shared_dir):
    dataset = folder_dataset(str(shared_dir / 'data/lspet'), indices=10)
    assert len(dataset) == 10
    assert dataset.get_data_info(0)['img_path'].endswith('im00001.jpg')


@pytest.mark.parametrize('bbox_file', [None, 'test_coco_det_AP_H_56.json'])
def test_real_coco(shared_dir, bbox_file):
    root = shared_dir / 'data/coco'
    dataset = folder_dataset(
        str(root),
        ann_file='test_coco.json',
        bbox_file=bbox_file and str(root / bbox_file),
    )
    assert len(dataset) > 3
    for info in samples(dataset):
        assert_unlabelled(info, 14)
