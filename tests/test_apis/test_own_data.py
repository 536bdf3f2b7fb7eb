# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Wrong calls of the adaptation, and the config of right ones."""

import json

import own_data_kit as kit
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmpose_mlda.apis import own_config
from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.apis.own_config import make_config
from mmpose_mlda.apis.own_data import OwnData, check_files, whole_images
from mmpose_mlda.registry import DATASETS


@pytest.fixture
def pair(tmp_path):
    return kit.write_pair(tmp_path)


def refused(match, error=OptionError, **options):
    with pytest.raises(error, match=f'(?s){match}'):
        check_files(OwnData(**options))


def test_the_table_is_that_of_the_file(pair):
    table = check_files(OwnData(**pair))
    info = table['keypoint_info']
    assert [joint['name'] for joint in info.values()] == kit.JOINTS
    assert info[1]['swap'] == 'right_paw'


def test_missing_paths(pair, tmp_path):
    absent = tmp_path / 'none'
    for option in ('source_images', 'target_images', 'target_val', 'weights'):
        name = option.replace('_', '-')
        refused(
            f'--{name} .*none: there is no such',
            FileNotFoundError,
            **pair | {option: absent},
        )
    refused(
        '--source .*none', FileNotFoundError, **pair | {'source': [absent]}
    )


def test_swapped_folders(pair):
    swapped = pair | dict(
        source_images=pair['target_images'],
        target_images=pair['source_images'],
    )
    refused('--source-images and --target-images are swapped', **swapped)


def test_images_that_are_not_there(pair):
    (pair['source_images'] / 's03.png').unlink()
    refused(r'1 of 12 images .* the first is s03.png. Complete', **pair)


def test_source_without_labels(pair):
    content = json.loads(pair['source'][0].read_text())
    for label in content['annotations']:
        label['keypoints'] = [0] * 12
    kit.write_json(pair['source'][0], content)
    refused('has no labelled keypoint', **pair)
    del content['annotations']
    kit.write_json(pair['source'][0], content)
    refused('has no labelled keypoint', **pair)


def test_a_list_or_text_as_source(pair):
    kit.write_json(pair['source'][0], [])
    refused('is no COCO file', **pair)
    pair['source'][0].write_text('keypoints')
    refused('is no JSON', **pair)


def test_empty_target(pair, tmp_path):
    empty = tmp_path / 'empty'
    empty.mkdir()
    refused('--target-images: No image in', **pair | {'target_images': empty})


def test_another_skeleton(pair, tmp_path):
    names = ['v00.png']
    val = kit.write_json(tmp_path / 'other.json', kit.coco(names, ['nose']))
    refused("--target-val .* keypoints \\['nose'\\]", **pair, target_val=val)
    sources = [*pair['source'], val]
    refused('--source .*convert them', **pair | {'source': sources})


def test_boxes_become_images():
    content = whole_images(kit.coco(['a.png']))
    label = content['annotations'][0]
    assert label['bbox'] == [0, 0, 96, 80]
    assert label['area'] == 96 * 80


def test_a_config_that_reads_itself(pair, tmp_path):
    data = OwnData(**pair, max_iters=40, seed=3)
    cfg = make_config(data, check_files(data), tmp_path / 'out')
    cfg.dump(tmp_path / 'config.py')
    again = Config.fromfile(tmp_path / 'config.py')
    assert again.to_dict() == cfg.to_dict()
    assert cfg.model.student.head.out_channels == len(kit.JOINTS)
    assert cfg.train_cfg.max_iters == cfg.param_scheduler[1].end == 40
    assert cfg.test_dataloader is None
    target = cfg.train_dataloader.dataset.target
    assert target.pipeline[1].padding == 1  # a photograph is one box


def test_the_order_of_many_joints_is_kept(tmp_path):
    """MMEngine writes joint 10 before joint 2."""
    joints = [f'{side}_{i}' for i in range(7) for side in ('left', 'right')]
    pair = kit.write_pair(tmp_path, joints=joints)
    data, out = OwnData(**pair), tmp_path / 'out'
    make_config(data, check_files(data), out).dump(tmp_path / 'config.py')
    cfg = Config.fromfile(tmp_path / 'config.py')
    dataset = dict(cfg.train_dataloader.dataset.target, pipeline=[])
    with DefaultScope.overwrite_default_scope('mmpose'):
        meta = DATASETS.build(dataset).metainfo
    assert [meta['keypoint_id2name'][i] for i in range(14)] == joints
    mirrored = [meta['flip_indices'][i] for i in range(14)]
    assert mirrored == [i + 1 if i % 2 == 0 else i - 1 for i in range(14)]


def test_an_own_estimator(pair, tmp_path):
    head = dict(
        type='HeatmapHead',
        in_channels=64,
        out_channels=17,
        deconv_out_channels=None,
        decoder=dict(
            type='UDPHeatmap',
            input_size=(96, 128),
            heatmap_size=(24, 32),
            sigma=2,
        ),
    )
    model = dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(
            type='PoseDataPreprocessor', mean=[1, 2, 3], std=[4, 5, 6]
        ),
        backbone=dict(type='ResNet', depth=18, out_indices=(0,)),
        head=head,
        test_cfg=dict(flip_test=True),
    )
    path = tmp_path / 'model.py'
    Config(dict(model=model)).dump(path)
    weights = tmp_path / 'weights.pth'
    torch.save(dict(state_dict={}), weights)
    data = OwnData(**pair, model=path, weights=weights)
    cfg = make_config(data, check_files(data), tmp_path)
    assert cfg.model.student.backbone.type == 'ResNet'
    assert cfg.model.student.head.out_channels == 4
    assert cfg.model.tap == 'backbone'
    assert cfg.model.domain_head.in_channels == 64
    assert cfg.model.data_preprocessor.mean == [1, 2, 3]
    assert cfg.train_cfg.pretrain_iters == 0
    view = cfg.train_dataloader.dataset.student_pipeline[0]
    assert view.input_size == (96, 128)
    assert view.use_udp
    crop = cfg.train_dataloader.dataset.target.pipeline[-1]
    assert crop.aspect_ratio == 96 / 128


@pytest.mark.parametrize(
    ('content', 'match'),
    [
        ("model = dict(type='BottomupPoseEstimator')", 'TopdownPoseEstimator'),
        ('model = dict(', 'no Python that can be read'),
        (
            "model = dict(type='TopdownPoseEstimator', "
            "backbone=dict(type='ResNet', depth=18), head=dict("
            "type='RegressionHead', in_channels=512, num_joints=4, "
            "decoder=dict(type='RegressionLabel', input_size=(64, 64))))",
            'A RegressionHead .* cannot be adapted; use a HeatmapHead',
        ),
    ],
)
def test_an_estimator_that_does_not_fit(pair, tmp_path, content, match):
    path = tmp_path / 'model.py'
    path.write_text(content)
    data = OwnData(**pair, model=path)
    with pytest.raises(OptionError, match=f'(?s){match}'):
        make_config(data, check_files(data), tmp_path)


@pytest.mark.parametrize(
    ('width', 'tap', 'channels'),
    [((24, 40), 'head.deconv_layers', 40), (None, 'backbone', 512)],
)
def test_features_of_an_own_estimator(pair, tmp_path, width, tap, channels):
    """The domain head takes what is there, whatever the head is called."""
    head = dict(
        type='ViPNASHead' if width else 'HeatmapHead',
        in_channels=512,
        out_channels=17,
        deconv_out_channels=width,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(64, 64),
            heatmap_size=(8, 8) if width else (2, 2),
            sigma=1,
        ),
    )
    if width:
        head |= dict(deconv_kernel_sizes=(4, 4), deconv_num_groups=(4, 4))
    backbone = dict(type='ResNet', depth=18)
    model = dict(type='TopdownPoseEstimator', backbone=backbone, head=head)
    path = tmp_path / 'model.py'
    Config(dict(model=model)).dump(path)
    data = OwnData(**pair, model=path)
    cfg = make_config(data, check_files(data), tmp_path)
    assert cfg.model.tap == tap
    assert cfg.model.domain_head.in_channels == channels


def test_a_file_that_is_no_checkpoint(pair):
    path = pair['source'][0]
    refused('--weights .*source.json cannot be loaded', **pair, weights=path)


def test_labels_without_boxes_or_names(pair):
    path = pair['source'][0]
    content = json.loads(path.read_text())
    del content['annotations'][3]['bbox']
    kit.write_json(path, content)
    refused('--source .*item 3 of image 3 has no bbox', **pair)
    del content['images'][5]['file_name']
    kit.write_json(path, content)
    refused('--source .*entry 5 .*no valid file_name', **pair)


def test_several_bodies_in_an_image_to_evaluate_on(pair, tmp_path):
    content = kit.coco(['v00.png', 'v01.png'])
    content['annotations'][1] |= dict(image_id=0)
    path = kit.write_json(tmp_path / 'two.json', content)
    options = pair | dict(target_val=path)
    refused('several labelled bodies in 1 of 1 images', **options)
    boxes = kit.write_json(tmp_path / 'boxes.json', kit.coco(['t00.png']))
    check_files(OwnData(**options, target_boxes=boxes))


def test_boxes_of_a_detector(pair, tmp_path):
    """One category, and scores that mean something."""
    found = [
        dict(image_id=f't{i:02d}', bbox=[2, 2, 60, 60], **box)
        for i in range(12)
        for box in (
            dict(category_id=17, score=0.9),
            dict(category_id=17, score=0.1),
            dict(category_id=3, score=0.31),
        )
    ]
    path = kit.write_json(tmp_path / 'found.json', found)
    refused(
        r'2 categories .* 0\.3 .*: 17 \(12\), 3 \(12\)',
        **pair,
        target_boxes=path,
    )
    for options in (dict(target_category=17), dict(target_score=0.5)):
        data = OwnData(**pair, target_boxes=path, **options)
        cfg = make_config(data, check_files(data), tmp_path)
        target = cfg.train_dataloader.dataset.target
        with DefaultScope.overwrite_default_scope('mmpose'):
            assert len(DATASETS.build(dict(target, pipeline=[]))) == 12


def test_validation_from_beginning_to_end(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(own_config, 'LOOKED_AT', 5)
    data = OwnData(**pair)
    cfg = make_config(data, check_files(data), tmp_path)
    assert cfg.val_dataloader.dataset.indices == [0, 2, 4, 7, 9]
