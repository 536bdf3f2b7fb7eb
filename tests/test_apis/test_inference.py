# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What the demos are made of, and the demos."""

import importlib
import json
import shutil

import cv2
import numpy as np
import pytest
from test_apis import export_kit as kit

from mmpose_mlda.apis import inference
from mmpose_mlda.apis.export import export_teacher
from mmpose_mlda.apis.launch import OptionError


@pytest.fixture(scope='module')
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp('model')
    cfg = kit.load('resnet')
    kit.save(kit.build(cfg, 'resnet'), 'resnet', folder / 'a.pth')
    return list(map(str, export_teacher(cfg, folder / 'a.pth', folder)))


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    """A folder with an image of 90 x 60 and, deeper, one of 50 x 80."""
    folder = tmp_path_factory.mktemp('images')
    generator = np.random.default_rng(0)
    for name, size in (('a.png', (90, 60)), ('sub/b.jpg', (50, 80))):
        (folder / name).parent.mkdir(exist_ok=True)
        small = generator.integers(0, 256, (6, 5, 3), np.uint8)
        cv2.imwrite(str(folder / name), cv2.resize(small, size))
    return folder


@pytest.fixture
def demo(monkeypatch, exported, tmp_path):
    """Runs a demo; returns its results and the folder."""
    monkeypatch.syspath_prepend(kit.ROOT / 'demo')

    def run(name, source, *flags):
        out = tmp_path / name
        argv = [source, *exported, '--out', out, '--kpt-thr', -9, *flags]
        importlib.import_module(name).main(list(map(str, argv)))
        return json.loads((out / 'results.json').read_text()), out

    return run


def test_images_of_a_folder(demo, images, exported):
    content, out = demo('image_demo', images)
    assert content['keypoints'][0] == 'right_ankle'
    assert [r['file'] for r in content['results']] == ['a.png', 'sub/b.jpg']
    instance = content['results'][0]['instances'][0]
    assert instance['bbox'] == [0, 0, 90, 60]
    model = inference.init_model(*exported, 'cpu')
    expected = inference.inference_topdown(model, str(images / 'a.png'))
    np.testing.assert_allclose(
        instance['keypoints'],
        expected[0].pred_instances.keypoints[0],
        atol=1e-3,
    )
    before = cv2.imread(str(images / 'a.png'))
    drawn = cv2.imread(str(out / 'pictures' / 'a.png'))
    assert drawn.shape == before.shape
    assert (drawn != before).any()
    assert (out / 'pictures' / 'sub' / 'b.jpg').is_file()


def test_boxes_of_a_detector(demo, images, tmp_path):
    boxes = [
        dict(image_id='a', bbox=[10, 5, 40, 50], score=0.9, category_id=1),
        dict(image_id='a', bbox=[50, 5, 30, 50], score=0.8, category_id=1),
        dict(image_id='a', bbox=[0, 0, 9, 9], score=0.1, category_id=1),
    ]
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(boxes))
    flags = ('--boxes', path, '--score-thr', 0.5, '--no-pictures')
    content, out = demo('image_demo', images, *flags)
    first, second = (r['instances'] for r in content['results'])
    assert [i['bbox'] for i in first] == [[10, 5, 50, 55], [50, 5, 80, 55]]
    assert [i['bbox_score'] for i in first] == [0.9, 0.8]
    assert second == []  # no box, no pose
    assert not (out / 'pictures').exists()


def test_boxes_of_a_coco_file(images, tmp_path):
    content = dict(
        images=[dict(id=3, file_name='sub/b.jpg', width=50, height=80)],
        annotations=[
            dict(id=1, image_id=3, category_id=1, bbox=[-5, 10, 30, 40])
        ],
    )
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(content))
    found = inference.read_boxes(path, images)
    (box,) = found[images / 'sub' / 'b.jpg']
    assert box.corners.tolist() == [0, 10, 25, 50]


@pytest.mark.parametrize('sizes', [True, False])
def test_boxes_of_other_images(demo, images, tmp_path, sizes):
    """They gave no poses, and no word of it."""
    size = dict(width=90, height=60) if sizes else {}
    content = dict(
        images=[dict(id=1, file_name='photographs/a.png', **size)],
        annotations=[dict(image_id=1, bbox=[10, 5, 40, 50])],
    )
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(content))
    with pytest.raises(SystemExit, match=r'error: .*coco\.json has no box'):
        demo('image_demo', images, '--boxes', path)
    # a box beside its image is none
    content['images'][0]['file_name'] = 'a.png'
    content['annotations'][0]['bbox'] = [90, 5, 40, 50]
    path.write_text(json.dumps(content))
    with pytest.raises(OptionError, match='no box'):
        inference.read_boxes(path, images)


def test_images_without_boxes_are_counted(demo, images, tmp_path, capsys):
    box = dict(image_id='a', bbox=[10, 5, 40, 50], score=0.9)
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps([box]))
    demo('image_demo', images, '--boxes', path, '--no-pictures')
    assert 'without boxes: 1 of 2 images' in capsys.readouterr().out


@pytest.mark.parametrize('detector', [True, False])
def test_unreadable_images(demo, images, tmp_path, detector):
    """They neither end the others nor pass for images without anybody."""
    folder = shutil.copytree(images, tmp_path / 'images')
    (folder / 'aa.png').write_bytes((folder / 'a.png').read_bytes()[:20])
    (folder / 'empty.jpg').touch()
    (folder / 'link.png').symlink_to('nothing')
    flags = ['--no-pictures']
    if detector:
        box = dict(bbox=[0, 0, 40, 50], score=0.9)
        names = ('a', 'aa', 'empty', 'sub/b.jpg')
        path = tmp_path / 'boxes.json'
        path.write_text(json.dumps([dict(box, image_id=n) for n in names]))
        flags += ['--boxes', path]
    with pytest.raises(SystemExit, match='unreadable images: 3'):
        demo('image_demo', folder, *flags)
    path = tmp_path / 'image_demo' / 'results.json'
    results = json.loads(path.read_text())['results']
    assert [(r['file'], len(r['instances'])) for r in results] == [
        ('a.png', 1),
        ('aa.png', 0),
        ('empty.jpg', 0),
        ('link.png', 0),
        ('sub/b.jpg', 1),
    ]
    for result in results:
        broken = not result['instances']
        assert (result['file'] in result.get('error', '')) == broken
    if not detector:
        with pytest.raises(SystemExit, match=r'aa\.png is no image'):
            demo('image_demo', folder / 'aa.png', *flags)


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob('*') if p.is_file()}


@pytest.mark.parametrize('kind', ['pictures', 'picture', 'link', 'boxes'])
def test_images_are_not_overwritten(demo, images, tmp_path, kind):
    out = tmp_path / 'image_demo'
    source = shutil.copytree(images, out / 'pictures')
    flags = []
    if kind == 'picture':
        source /= 'a.png'
    elif kind == 'link':
        source = shutil.move(source, tmp_path / 'photographs')
        (out / 'pictures').symlink_to(source)
    elif kind == 'boxes':
        source, flags = images, ['--boxes', out / 'results.json']
        (out / 'results.json').write_text('[]')
    before = contents(tmp_path)
    with pytest.raises(SystemExit, match=r'error: .* be overwritten'):
        demo('image_demo', source, *flags)
    assert contents(tmp_path) == before


def write_clip(path, codec='MJPG'):
    """A video of five frames of 64 x 48."""
    path.parent.mkdir(exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*codec), 10, (64, 48)
    )
    for level in range(5):
        writer.write(np.full((48, 64, 3), 40 * level, np.uint8))
    writer.release()
    return path


def test_video_is_not_overwritten(demo, tmp_path):
    path = write_clip(tmp_path / 'video_demo' / 'walk.mp4', 'mp4v')
    before = contents(tmp_path)
    with pytest.raises(SystemExit, match=r'walk\.mp4 .* be overwritten'):
        demo('video_demo', path)
    assert contents(tmp_path) == before
    demo('video_demo', path, '--max-frames', 1, '--no-pictures')
    assert contents(tmp_path)[path] == before[path]


def test_interrupted_video_does_not_get_its_name(demo, monkeypatch, tmp_path):
    path = write_clip(tmp_path / 'clip.avi')
    real = inference.predict

    def predict(model, frame, boxes):
        if frame.mean() > 60:
            raise KeyboardInterrupt
        return real(model, frame, boxes)

    monkeypatch.setattr(inference, 'predict', predict)
    with pytest.raises(KeyboardInterrupt):
        demo('video_demo', path)
    out = tmp_path / 'video_demo'
    names = {'part_clip.mp4', 'results.json'}
    assert {p.name for p in out.iterdir()} == names
    results = json.loads((out / 'results.json').read_text())['results']
    assert [r['frame'] for r in results] == [0, 1]
    assert len(list(inference.read_video(out / 'part_clip.mp4')[0])) == 2


def test_video(demo, tmp_path):
    path = write_clip(tmp_path / 'clip.avi')
    boxes = tmp_path / 'boxes.json'
    boxes.write_text(
        json.dumps([dict(image_id=1, bbox=[4, 4, 30, 40], score=0.7)])
    )
    content, out = demo(
        'video_demo', path, '--max-frames', 3, '--boxes', boxes
    )
    found = [(r['frame'], len(r['instances'])) for r in content['results']]
    assert found == [(0, 0), (1, 1), (2, 0)]
    frames, _, rate = inference.read_video(out / 'clip.mp4')
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 3
    assert rate == 10
    assert {p.name for p in out.iterdir()} == {'clip.mp4', 'results.json'}


def test_what_was_done_is_kept(demo, images, monkeypatch, tmp_path):
    real = inference.predict

    def predict(model, image, boxes):
        if image.shape[0] == 80:
            raise KeyboardInterrupt
        return real(model, image, boxes)

    monkeypatch.setattr(inference, 'predict', predict)
    with pytest.raises(KeyboardInterrupt):
        demo('image_demo', images)
    path = tmp_path / 'image_demo' / 'results.json'
    assert len(json.loads(path.read_text())['results']) == 1


def test_bad_calls(exported, tmp_path):
    adaptor = str(kit.ROOT / 'configs/demo/mlda_figures.py')
    with pytest.raises(OptionError, match='export first'):
        inference.load_model(adaptor, exported[1], 'cpu')
    with pytest.raises(FileNotFoundError, match=r'none\.pth'):
        inference.load_model(exported[0], 'none.pth', 'cpu')
    with pytest.raises(FileNotFoundError, match='nowhere'):
        inference.find_images(tmp_path / 'nowhere')
    with pytest.raises(OptionError, match='No image in'):
        inference.find_images(tmp_path)
    (tmp_path / 'a.jpg').write_bytes(b'no image')
    with pytest.raises(OptionError, match=r'a\.jpg is no image'):
        inference.read_image(tmp_path / 'a.jpg')
    with pytest.raises(OptionError, match=r'a\.jpg is no video'):
        inference.read_video(tmp_path / 'a.jpg')
    (tmp_path / 'boxes.json').write_text('[{"image_id": "b", "score": 1}]')
    with pytest.raises(OptionError, match=r"'b' is none of the"):
        inference.read_boxes(tmp_path / 'boxes.json', tmp_path)
