# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from test_apis import export_kit as kit

from mmpose_mlda.apis import inference
from mmpose_mlda.apis.export import ExportError, export_teacher
from mmpose_mlda.apis.plain_config import raw_table
from mmpose_mlda.apis.plain_parts import plain, qualified
from mmpose_mlda.datasets.metainfo import TABLES

BOXES = [[10.0, 20.0, 150.0, 140.0], [60.0, 5.0, 110.0, 180.0]]
BOX_SIDE = 140.0  # the longer side of the first box


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    """Two images with some structure."""
    folder = tmp_path_factory.mktemp('data') / 'images'
    folder.mkdir()
    generator = np.random.default_rng(0)
    paths = []
    for number in range(2):
        small = generator.integers(0, 256, (10, 11, 3), np.uint8)
        paths.append(folder / f'{number}.png')
        cv2.imwrite(str(paths[-1]), cv2.resize(small, (220, 200)))
    return paths


@pytest.fixture(scope='module')
def models(tmp_path_factory, images):
    """By name: adaptor, config, exported files, the teacher's keypoints."""
    found = {}
    for name in kit.ADAPTORS:
        folder = tmp_path_factory.mktemp(name)
        cfg = kit.load(name)
        adaptor = kit.build(cfg, name)
        meta = kit.save(adaptor, name, folder / 'iter_7.pth')
        exported = export_teacher(cfg, folder / 'iter_7.pth', folder / 'out')
        points = kit.teacher_keypoints(adaptor, cfg, meta, images, BOXES)
        found[name] = adaptor, cfg, exported, points
    return found


def write_labels(points, folder):
    """A COCO file of the first box of each image; half the joints are where
    ``points`` says, the others 0.2 of the box away."""
    labels = []
    for number in range(2):
        joints = points[2 * number].copy()
        joints[7:, 0] += 0.2 * BOX_SIDE
        x1, y1, x2, y2 = BOXES[0]
        keypoints = np.concatenate([joints, np.full((14, 1), 2)], axis=1)
        labels.append(
            dict(
                id=number,
                image_id=number,
                category_id=1,
                iscrowd=0,
                num_keypoints=14,
                area=1.0,
                bbox=[x1, y1, x2 - x1, y2 - y1],
                keypoints=keypoints.ravel().tolist(),
            )
        )
    content = dict(
        images=[
            dict(id=i, file_name=f'{i}.png', width=220, height=200)
            for i in range(2)
        ],
        annotations=labels,
        categories=[dict(id=1, name='person')],
    )
    (folder / 'annotations.json').write_text(json.dumps(content))


@pytest.fixture(scope='module')
def answers(models, images, run_python, tmp_path_factory):
    """What a process without mmpose_mlda says."""
    folder = tmp_path_factory.mktemp('process')
    paths = list(map(str, images))
    write_labels(models['resnet'][3], images[0].parents[1])
    files = {
        name: dict(config=str(e.config), checkpoint=str(e.checkpoint))
        for name, (_, _, e, _) in models.items()
    }
    jobs = [
        dict(run='keypoints', images=paths, boxes=BOXES, **files[name])
        for name in models
    ]
    jobs.append(dict(run='inferencer', images=paths, **files['floored']))
    jobs.append(
        dict(
            run='test_tool',
            root=str(images[0].parents[1]),
            work_dir=str(folder / 'work'),
            **files['resnet'],
        )
    )
    (folder / 'jobs.json').write_text(json.dumps(jobs))
    script = Path(__file__).parent / 'plain' / 'run_plain.py'
    done = run_python(script, folder / 'jobs.json', folder / 'results.json')
    assert done.returncode == 0, done.stderr[-3000:]
    results = json.loads((folder / 'results.json').read_text())
    return dict(zip([*models, 'inferencer', 'tool'], results, strict=True))


@pytest.mark.parametrize('name', kit.ADAPTORS)
def test_same_keypoints(name, models, images):
    _, _, exported, expected = models[name]
    model = inference.init_model(*map(str, exported), 'cpu')
    found = [
        sample.pred_instances.keypoints[0]
        for image in images
        for sample in inference.inference_topdown(model, str(image), BOXES)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize('name', kit.ADAPTORS)
def test_same_keypoints_without_this_package(name, models, answers):
    expected = models[name][3]
    assert len(np.unique(expected[..., 0].round(3))) > 10  # peaks lie apart
    np.testing.assert_allclose(answers[name], expected, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_inferencer_runs_without_this_package(models, images, answers):
    adaptor, cfg, exported, _ = models['floored']
    meta = torch.load(exported.checkpoint, weights_only=True)['meta']
    expected = kit.teacher_keypoints(
        adaptor, cfg, meta['dataset_meta'], images, [[0, 0, 220, 200]]
    )
    np.testing.assert_allclose(
        answers['inferencer'], expected, rtol=0, atol=1e-4
    )


@pytest.mark.slow
def test_test_tool_of_mmpose(answers):
    # half the joints are 0.2 of the box away from the prediction
    assert answers['tool'] == {
        'thr_0.05/PCK': 0.5,
        'thr_0.1/PCK': 0.5,
    }


def test_checkpoint(models):
    adaptor, _, exported, _ = models['resnet']
    content = torch.load(exported.checkpoint, weights_only=True)
    assert content.keys() == {'state_dict', 'meta'}
    teacher = adaptor.teacher.state_dict()
    assert content['state_dict'].keys() == teacher.keys()
    for key, value in content['state_dict'].items():
        assert torch.equal(value, teacher[key]), key  # BN's buffers included
    assert any(key.endswith('running_var') for key in teacher)
    meta = content['meta']
    assert (meta['network'], meta['source_iter']) == ('teacher', 7)
    assert re.fullmatch('[0-9a-f]{64}', meta['source_sha256'])
    assert meta['dataset_meta']['keypoint_id2name'][13] == 'head_top'
    assert re.fullmatch(
        r'mlda_figures_teacher-[0-9a-f]{8}\.pth', exported.checkpoint.name
    )


def test_gates_of_lite0_are_open(models):
    """The B0 that stands for the Lite0 answers the same to the bit."""
    adaptor, _, exported, _ = models['lite0']
    model = inference.init_model(
        str(exported.config), str(exported.checkpoint), 'cpu'
    )
    images = torch.randn(2, 3, 128, 128)
    with torch.no_grad():
        expected = adaptor.teacher.head(adaptor.teacher.extract_feat(images))
        found = model.head(model.extract_feat(images))
    assert torch.equal(found, expected)


@pytest.mark.parametrize('name', ['lite0', 'floored'])
def test_config_needs_nothing_of_this_package(name, models):
    text = models[name][2].config.read_text()
    assert 'mmpose_mlda.' not in text
    assert '_base_' not in text
    cfg = Config.fromfile(models[name][2].config)
    assert not {'train_dataloader', 'optim_wrapper', 'custom_hooks'} & {*cfg}
    if name == 'floored':  # horse and tiger are COCO files
        assert cfg.test_dataloader.dataset.type == 'CombinedDataset'
        parts = cfg.test_dataloader.dataset.datasets
        assert [part.type for part in parts] == ['CocoDataset'] * 2
        assert parts[1].ann_file == 'annotations/tigdog_tiger_test.json'
        assert parts[1].data_prefix == dict(img='images/')


@pytest.mark.parametrize('name', TABLES)
def test_table_survives(name):
    parsed = parse_pose_metainfo(TABLES[name])
    again = parse_pose_metainfo(raw_table(parsed))
    assert parsed.keys() == again.keys()
    for key, value in parsed.items():
        np.testing.assert_equal(again[key], value)


def test_same_export_has_the_same_files(models, tmp_path):
    _, cfg, exported, _ = models['resnet']
    source = exported.checkpoint.parents[1] / 'iter_7.pth'
    again = export_teacher(cfg, source, tmp_path)
    for first, second in zip(exported, again, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes()
    student = export_teacher(cfg, source, tmp_path, network='student')
    assert student.config.name == 'mlda_figures_student.py'
    assert student.checkpoint.name != again.checkpoint.name
    # nothing half-written is left
    assert len(list(tmp_path.iterdir())) == 4


def test_scopes_of_bases():
    """A base of this package gives its scope to all that it has."""
    part = dict(
        _scope_='mmpose_mlda',
        type='TopdownAffineWithMatrix',
        nested=[dict(type='TopdownAffine'), dict(type='mmdet.RandomOrder')],
    )
    found = qualified(part)
    assert found['type'] == 'mmpose_mlda.TopdownAffineWithMatrix'
    assert '_scope_' not in found
    assert [x['type'] for x in found['nested']] == [
        'TopdownAffine',
        'mmdet.RandomOrder',
    ]
    assert qualified(dict(_scope_='mmpretrain', type='X')) == dict(
        type='mmpretrain.X'
    )


# ----------------------------------------------------------------- bad calls
def refuse(models, change, match, **kwargs):
    _, cfg, exported, _ = models['resnet']
    cfg = cfg.copy()
    cfg.merge_from_dict(change)
    source = exported.checkpoint.parents[1] / 'iter_7.pth'
    out = exported.checkpoint.parents[1] / 'refused'
    with pytest.raises(ExportError, match=match):
        export_teacher(cfg, source, out, **kwargs)
    assert not out.exists()


def test_all_parts_that_are_not_plain_are_named(models):
    refuse(
        models,
        {
            'model.student.head.type': 'mmpose_mlda.RefineHead',
            'test_dataloader.dataset.pipeline': [
                dict(type='LoadImage'),
                dict(
                    type='mmpose_mlda.TopdownAffineWithMatrix',
                    input_size=(128, 128),
                ),
                dict(type='mmpose_mlda.ColorJitter'),
                dict(type='PackPoseInputs'),
            ],
        },
        r'config\.model\.head: mmpose_mlda\.RefineHead.*'
        r'pipeline\[1\].*augments: rotation, shear, scale, translation.*'
        r'pipeline\[2\]: mmpose_mlda\.ColorJitter',
    )


def test_loss_of_this_package_is_left_out():
    head = dict(
        type='HeatmapHead', loss=dict(type='mmpose_mlda.SpatialDivergenceLoss')
    )
    assert plain(head, 'head') == dict(type='HeatmapHead')


@pytest.mark.parametrize(
    ('change', 'match'),
    [
        ({'model.student.head.out_channels': 16}, 'does not belong'),
        ({'model.student.backbone.depth': 34}, 'does not belong'),
        ({'test_dataloader': None, 'val_dataloader': None}, 'test_dataloader'),
        (
            {'test_dataloader.dataset.pipeline': [dict(type='LoadImage')]},
            'no TopdownAffine',
        ),
    ],
)
def test_config_that_does_not_fit(models, change, match):
    refuse(models, change, match)


def test_teacher_that_nobody_trained(models):
    change = {'model.predict_on': 'student', 'custom_hooks': []}
    refuse(models, change, '--network student')


def test_networks_and_checkpoints_that_are_not_there(models, tmp_path):
    refuse(models, {}, "'teacher' or 'student', got 'both'", network='both')
    _, cfg, exported, _ = models['resnet']
    with pytest.raises(ExportError, match=r"no weights of a 'teacher'"):
        export_teacher(cfg, exported.checkpoint, tmp_path)
    with pytest.raises(ExportError, match='needs no export'):
        export_teacher(exported.config, exported.checkpoint, tmp_path)
    with pytest.raises(FileNotFoundError, match=r'none\.pth'):
        export_teacher(cfg, tmp_path / 'none.pth', tmp_path)
    torch.save(
        dict(state_dict={'teacher.x': torch.zeros(1)}), tmp_path / 'bare.pth'
    )
    with pytest.raises(ExportError, match='dataset_meta'):
        export_teacher(cfg, tmp_path / 'bare.pth', tmp_path)


def test_mmpose_names_the_remedy():
    path = str(kit.ROOT / 'configs/demo/mlda_figures.py')
    with pytest.raises(AttributeError, match=r'tools/export_teacher\.py'):
        inference.init_model(path, None, 'cpu')
    cfg = Config.fromfile(path)
    assert not hasattr(cfg.model, 'backbone')
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        _ = cfg.model.anything
