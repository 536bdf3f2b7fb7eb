# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Each fault of a made-up pair is told, and none without one."""

import json
import shutil
from itertools import combinations

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from test_apis.domain_kit import COUNT, SIDE, Pair, make_set, sides

from mmpose_mlda.apis.domain_check import _dataset_configs, check_domains
from mmpose_mlda.apis.domain_output import as_json, report_lines
from mmpose_mlda.apis.domains.duplicates import LEAK
from mmpose_mlda.apis.domains.samples import (
    image_path,
    locate,
    network_region,
    spread_indices,
)
from mmpose_mlda.apis.launch import OptionError

ROLES = ('source', 'target', 'val')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pair')
    return folder, {
        role: make_set(folder, role, seed) for seed, role in enumerate(ROLES)
    }


@pytest.fixture
def pair(made, tmp_path):
    return Pair(*made, tmp_path)


@pytest.fixture(scope='module')
def sound(made, tmp_path_factory):
    pair = Pair(*made, tmp_path_factory.mktemp('sound'))
    return check_domains(pair.config(), progress=False)


def test_nothing_is_wrong_with_a_sound_pair(sound):
    bad = [f for f in sound.findings if f.level in ('error', 'warning')]
    assert not bad
    assert sound.verdict.startswith('0 errors, 0 warnings')
    topics = {found.topic for found in sound.findings}
    assert {'keypoints', 'labels', 'left and right', 'duplicates'} <= topics


def test_numbers_are_json_and_the_same_again(sound, pair):
    again = check_domains(pair.config(), progress=False)
    assert json.loads(json.dumps(sound.statistics)) == again.statistics
    assert again.findings == sound.findings
    assert set(as_json(sound)) == {'verdict', 'findings', 'statistics'}


def test_text_is_of_80_columns_and_ends_with_the_verdict(sound):
    lines = report_lines(sound)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == sound.verdict


def _shift(pair, role, joints, by):
    labels = pair.labels(role)
    labels[:, joints, :2] += by
    pair.relabel(role, labels)


def _joints_in_units(pair):
    labels = pair.labels('source')
    labels[..., :2] /= SIDE
    pair.relabel('source', labels)


def _never_labelled(pair, role, joints):
    labels = pair.labels(role)
    labels[:, joints, 2] = 0
    pair.relabel(role, labels)


def _copied(pair):
    labels = pair.labels('source')
    labels[::2, 11] = labels[::2, 6]
    pair.relabel('source', labels)


def _corners(pair):
    for label in pair.coco['val']['annotations']:
        x, y, width, height = label['bbox']
        label['bbox'] = [x, y, x + width, y + height]


def _boxes_elsewhere(pair):
    for label in pair.coco['source']['annotations']:
        label['bbox'] = [0, 0, 12, 12]


def _flat_boxes(pair):
    for label in pair.coco['source']['annotations'][:8]:
        label['bbox'][3] = 2


def _large_input(pair):
    size = 5 * SIDE // 2, 5 * SIDE // 2
    pair.cfg['model']['student']['head']['decoder']['input_size'] = size
    for part in (pair.source, pair.target, pair.val):
        part['pipeline'][-1]['input_size'] = size


def _whole_target(pair):
    pair.coco['target']['annotations'] = []
    for label in pair.coco['source']['annotations']:
        x, y, _, height = label['bbox']
        label['bbox'] = [x, y, 24, height]


def _turned(pair):
    labels = pair.labels('val')
    labels[..., :2] = labels[..., 1::-1]
    pair.relabel('val', labels)


def _grown(pair):
    labels = pair.labels('val')
    labels[..., :2] = 32 + (labels[..., :2] - 32) / 3
    pair.relabel('val', labels)


def _own_images(pair, role):
    """A copy of a folder of images that may be changed."""
    folder = pair.folder / f'{role}_images'
    shutil.copytree(pair.images / role, folder)
    part = dict(source=pair.source, target=pair.target, val=pair.val)[role]
    part['data_prefix']['img'] = str(folder)
    return folder


def _repaint(pair, role, paint):
    for path in sorted(_own_images(pair, role).iterdir()):
        image = cv2.imread(str(path))
        cv2.imwrite(str(path), paint(image))


def _resave(pair, role, change=lambda image: image, count=3, first='source'):
    """Some images of a set are those of another."""
    folder = _own_images(pair, role)
    for number in range(count):
        image = cv2.imread(str(pair.images / first / f'{number:03d}.png'))
        cv2.imwrite(str(folder / f'{number:03d}.png'), change(image))


def _enlarged(image):
    return cv2.convertScaleAbs(
        cv2.resize(image, None, fx=1.5, fy=1.5), alpha=0.9, beta=4
    )


def _swap_in_table(pair):
    for part in (pair.source, pair.target, pair.val):
        joints = part['metainfo']['keypoint_info']
        joints[0]['swap'], joints[5]['swap'] = '', ''


def _one_way_swap(pair):
    for part in (pair.source, pair.target, pair.val):
        part['metainfo']['keypoint_info'][0]['swap'] = ''


def _odd_sigmas(pair):
    pair.source['metainfo']['sigmas'][13] = 25.0


def _renamed(pair):
    joints = pair.target['metainfo']['keypoint_info']
    joints[12]['name'] = 'throat'
    pair.target['metainfo']['skeleton_info'] = {}


def _other_order(pair):
    table = pair.target['metainfo']
    joints = table['keypoint_info']
    joints[12]['name'], joints[13]['name'] = 'head_top', 'neck'


def _unlabelled_source(pair):
    # the class refuses such a file, MMPose's own takes it
    pair.source['type'] = 'CocoDataset'
    _never_labelled(pair, 'source', slice(None))
    for label in pair.coco['source']['annotations']:
        label['num_keypoints'] = 1


def _few(pair):
    pair.coco['target']['images'] = pair.coco['target']['images'][:3]
    kept = pair.coco['target']['annotations'][:3]
    pair.coco['target']['annotations'] = kept


def _head(pair):
    pair.cfg['model']['student']['head']['out_channels'] = 16


def _other_input(pair):
    pair.val['pipeline'][-1]['input_size'] = (48, 64)


def _missing_file(pair):
    pair.source['ann_file'] = '/nowhere/source.json'


def _target_in_test_set(pair):
    for option in ('data_prefix', 'ann_file'):
        pair.val[option] = pair.target[option]


def _twins(pair):
    twin = cv2.imread(str(pair.images / 'source' / '009.png'))
    _resave(pair, 'source', lambda _: twin)


def _grey(image):
    return np.repeat(image[..., :1], 3, axis=2)


def _soft(image):
    return cv2.GaussianBlur(image, (0, 0), 2)


def _flat(image):
    return np.where(image > image.mean(), 255, 0)


EVERY_SIDE = sides('ankle', 'knee', 'hip', 'wrist', 'elbow', 'shoulder')
OTHER_ORDER = {
    'neck': 'head_top',
    'head_top': 'neck',
    'left_hip': 'left_wrist',
    'left_wrist': 'left_hip',
}
LONG_LIMB = {'left_hip': 'left_ankle', 'left_ankle': 'left_hip'}

# What is done to the pair, and what must be told of it. Faults that have
# nothing to do with each other share a run.
FAULTS = {
    'model and table': (
        [_head, _other_input, _odd_sigmas, _swap_in_table],
        [
            ('error', 'The head has 16 channels, but the source 14 joints'),
            ('error', 'makes inputs of 48 x 64'),
            ('warning', 'head_top (25)'),
            (
                'warning',
                'target, val: by their names other joints should swap',
            ),
        ],
    ),
    'names and partners': (
        [_renamed, _one_way_swap],
        [
            ('error', 'lack neck, and have throat'),
            ('error', 'source, val: the swap partners of'),
        ],
    ),
    'missing file, order of the table': (
        [_missing_file, _other_order],
        [
            ('error', 'source: the data set cannot be built'),
            ('error', 'the same in another order'),
        ],
    ),
    'no source labels': (
        [_unlabelled_source],
        [('error', 'none of 32 samples')],
    ),
    'single joints': (
        [
            lambda p: _never_labelled(p, 'source', [12]),
            lambda p: _never_labelled(p, 'val', [12]),
            _copied,
            _flat_boxes,
        ],
        [
            ('warning', 'source: never labelled in 32 samples: neck'),
            ('note', 'val: never labelled in 32 samples: neck'),
            ('warning', 'left_wrist (50 %)'),
            ('warning', '25 % of the boxes are empty'),
        ],
    ),
    'places of joints and boxes': (
        [lambda p: _shift(p, 'source', slice(0, 3), 70), _corners],
        [
            ('warning', 'lie outside their images'),
            ('warning', 'of the boxes in the file exceed'),
        ],
    ),
    'joints as shares, few images': (
        [_joints_in_units, _few],
        [
            ('error', 'divided by the size'),
            ('warning', '3 samples are less than a batch'),
        ],
    ),
    'boxes of others, arms exchanged in one set': (
        [
            _boxes_elsewhere,
            lambda p: p.permute('source', sides('wrist', 'elbow')),
        ],
        [
            ('warning', 'outside their boxes'),
            ('warning', 'source: left and right of left_elbow, left_wrist'),
        ],
    ),
    'enlarged boxes, grey target': (
        [_large_input, lambda p: _repaint(p, 'target', _grey)],
        [
            ('warning', 'source: the median box is enlarged'),
            ('note', '100 % of the target have no colours'),
        ],
    ),
    'whole target, ankles exchanged': (
        [_whole_target, lambda p: p.permute('val', sides('ankle'))],
        [
            ('warning', 'taken as whole images'),
            ('warning', 'left_ankle are exchanged between source and eval'),
        ],
    ),
    'all sides exchanged, soft target': (
        [
            lambda p: p.permute('val', EVERY_SIDE),
            lambda p: _repaint(p, 'target', _soft),
        ],
        [
            ('warning', 'left and right are probably exchanged'),
            ('note', 'The target is softer'),
        ],
    ),
    'other joint order, flat source': (
        [
            lambda p: p.permute('val', OTHER_ORDER),
            lambda p: _repaint(p, 'source', _flat),
        ],
        [
            ('warning', 'fit better if these are exchanged: neck with head_'),
            ('note', 'Constant areas cover'),
        ],
    ),
    'limb of another length, resized copies': (
        [
            lambda p: p.permute('val', LONG_LIMB),
            lambda p: _resave(p, 'target', _enlarged),
        ],
        [
            ('warning', 'not as long as that of the right'),
            ('note', '3 images of the target look the same as one of the so'),
        ],
    ),
    'turned bodies': (
        [_turned],
        [
            ('note', 'turned by more than 45 degrees'),
            ('note', '100 % of the poses of the evaluation set are farther'),
        ],
    ),
    'smaller bodies, twins': (
        [_grown, _twins],
        [
            ('note', 'The joints extend over'),
            ('note', '(6 pairs of the same pixels'),
        ],
    ),
    'target and source exchanged': (
        [lambda p: _repaint(p, 'target', lambda image: image // 4)],
        [
            ('warning', 'do not look like the target'),
            ('warning', 'but from the source in'),
        ],
    ),
    'source in test set': (
        [lambda p: _resave(p, 'val')],
        [('error', '3 images are both in the source and in the evaluation')],
    ),
    'target in test set': (
        [_target_in_test_set],
        [('warning', '32 images are both in the target and in the evalu')],
    ),
}


@pytest.mark.parametrize('name', FAULTS)
def test_faults_are_found(name, pair, sound):
    spoilers, expected = FAULTS[name]
    for spoil in spoilers:
        spoil(pair)
    check = check_domains(pair.config(), progress=False)
    for level, text in expected:
        told = [f for f in check.findings if text in f.text]
        assert [f.level for f in told] == [level], text
        assert told[0].remedy
        assert not any(text in found.text for found in sound.findings)


def test_labels_of_the_target_are_only_noted(sound):
    told = [f for f in sound.findings if 'The target has labels' in f.text]
    assert [f.level for f in told] == ['note']


def test_labels_of_the_target_change_nothing_else(pair, sound):
    pair.relabel('target', pair.labels('target') * 0)
    check = check_domains(pair.config(), progress=False)
    assert check.statistics == sound.statistics


def test_without_evaluation_set(pair):
    del pair.cfg['val_dataloader']
    check = check_domains(pair.config(), progress=False)
    assert not check.count('error')
    assert not check.count('warning')
    assert any('No evaluation set' in f.text for f in check.findings)


def test_validation_without_labels_is_no_evaluation(pair):
    """The unlabelled target itself, for scores that need no labels."""
    pair.val.clear()
    pair.val.update(pair.target)
    check = check_domains(pair.config(), progress=False)
    assert not check.count('warning')
    assert any('No evaluation set' in f.text for f in check.findings)


def test_image_that_is_gone(pair):
    folder = _own_images(pair, 'val')
    pair.val['type'] = 'CocoDataset'  # looks at no image when it is built
    (folder / '004.png').unlink()
    check = check_domains(pair.config(), progress=False)
    told = [f.text for f in check.findings if f.level == 'error']
    assert len(told) == 1
    assert '004.png' in told[0]


def test_fewer_samples(pair):
    check = check_domains(pair.config(), samples=7, progress=False)
    assert check.statistics['source']['looked_at'] == 7
    assert check.statistics['source']['length'] == COUNT
    assert not check.count('error')


def test_config_without_a_pair_is_refused():
    with pytest.raises(OptionError, match='no pair of domains'):
        check_domains(Config(dict(train_dataloader=dict(dataset={}))))


def test_spread_indices():
    found = spread_indices(1000, 10, 'source', 0)
    assert [index // 100 for index in found] == list(range(10))
    assert found == spread_indices(1000, 10, 'source', 0)
    assert found != spread_indices(1000, 10, 'source', 1)
    assert spread_indices(3, 10, 'val', 0) == [0, 1, 2]
    assert len(set(spread_indices(700, 500, 'target', 0))) == 500


def test_network_region():
    """A box of 20 x 10 at padding 1 fills a square input of 40: twice."""
    image = np.zeros((50, 60, 3), np.uint8)
    image[20:30, 10:30] = 200
    region, scale = network_region(
        image, np.array([10, 20, 30, 30]), 1, (40,) * 2
    )
    assert scale == 2
    assert region.shape == (40, 40, 3)
    assert (region[12:28] == 200).all()
    assert (region[:8] == 0).all()
    # at the border only the part inside is there
    region, _ = network_region(image, np.array([0, 0, 20, 20]), 2, (40,) * 2)
    assert region.shape == (30, 30, 3)


class Listed(BaseDataset):
    """Numbered samples."""

    def load_data_list(self):
        names = self.data_prefix['img']
        return [dict(img_path=f'{names}{number}') for number in range(3)]


def test_samples_of_wrapped_data_sets():
    """Three of a and three of b; three of b twice over."""
    a, b = (Listed(data_prefix=dict(img=name)) for name in 'ab')
    both, twice = ConcatDataset([a, b]), RepeatDataset(b, 2)
    names = [image_path(both, index) for index in range(6)]
    assert names == ['a0', 'a1', 'a2', 'b0', 'b1', 'b2']
    names = [image_path(twice, index) for index in range(6)]
    assert names == 2 * ['b0', 'b1', 'b2']
    assert locate(twice, 4) == (b, 1)


def test_a_repeated_source(pair):
    source = dict(pair.source)
    pair.source.clear()
    pair.source.update(type='RepeatDataset', times=2, dataset=source)
    check = check_domains(pair.config(), progress=False)
    assert not check.count('error')
    assert not check.count('warning')
    assert check.statistics['source']['length'] == 2 * COUNT
    assert check.statistics['source']['images'] == COUNT


def _add_labeled(pair, role, **options):
    """Images of a role as the few labelled ones of the target."""
    files = dict(val=pair.val, source=pair.source)[role]
    pair.cfg['train_dataloader']['dataset']['target_labeled'] = dict(
        files, **options
    )


def test_labelled_target_images_that_are_scored(pair):
    _add_labeled(pair, 'val', indices=list(range(6)))
    check = check_domains(pair.config(), progress=False)
    (told,) = [f for f in check.findings if f.level == 'error']
    assert told.text.startswith('6 images are both in the labelled target')
    assert 'evaluation set' in told.text
    assert 'trained on labels of images that it is scored on' in told.remedy
    # six are no batch, and need not be
    assert not check.count('warning')
    assert set(check.samples) == set(ROLES)  # which can be drawn


def test_labels_of_labelled_target_images(pair):
    _add_labeled(pair, 'source')
    labelled = pair.cfg['train_dataloader']['dataset']['target_labeled']
    pair.coco['few'] = json.loads(json.dumps(pair.coco['source']))
    labelled['ann_file'] = str(pair.folder / 'few.json')
    _shift(pair, 'few', slice(0, 3), 70)
    check = check_domains(pair.config(), progress=False)
    (told,) = [f for f in check.findings if f.level == 'warning']
    assert told.text.startswith('target_labeled: 21 % of the labelled joints')
    notes = [f.text for f in check.findings if f.level == 'note']
    assert any('in the source and in the labelled target' in n for n in notes)


def test_a_test_set_of_its_own(pair):
    pair.cfg['test_dataloader'] = dict(dataset=dict(pair.val))
    config = pair.config()
    roles = list(_dataset_configs(config))
    assert roles == ['source', 'target', 'val']
    config.test_dataloader.dataset.indices = [3, 4]
    check = check_domains(config, progress=False)
    (told,) = [f for f in check.findings if f.level == 'warning']
    assert told.text.startswith('2 images are both in the evaluation set')


def test_a_labelled_test_set_takes_the_place_of_unlabelled_validation(pair):
    pair.cfg['test_dataloader'] = dict(dataset=dict(pair.val))
    pair.val.clear()
    pair.val.update(pair.target)
    check = check_domains(pair.config(), progress=False)
    assert check.statistics['val']['length'] == COUNT
    assert not check.count('warning')


def test_every_pair_of_sets_has_a_verdict():
    roles = ('source', 'target', 'target_labeled', 'val', 'test')
    assert set(combinations(roles, 2)) == set(LEAK)
