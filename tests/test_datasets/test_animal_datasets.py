# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from test_converters.kit import (
    convert,
    labels_of,
    load,
    write_animalpose,
    write_synanimal,
    write_tigdog,
)

from mmpose_mlda.converters.animalpose import AnimalPose
from mmpose_mlda.converters.synanimal import SynAnimal
from mmpose_mlda.converters.tigdog import TigDog
from mmpose_mlda.datasets import (
    AnimalPoseDataset,
    SynAnimalDataset,
    TigDogDataset,
    UnlabeledPoseDataset,
)
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.registry import DATASETS

INPUT, STRIDE = 256, 4
META = ('id', 'input_size', 'input_center', 'input_scale', 'animal')
TEST_PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=(INPUT, INPUT)),
    dict(type='PackPoseInputs', meta_keys=META),
]
DEFAULT_PACKING = [*TEST_PIPELINE[:-1], dict(type='PackPoseInputs')]


@pytest.fixture(autouse=True)
def _default_scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Converted releases of all three, in folders of their names."""
    folder = tmp_path_factory.mktemp('animals')
    for seed, (animal, num) in enumerate(NUM_SYNTHETIC.items()):
        write_synanimal(folder / 'syn', animal, num, seed)
    animals = ('--animals', *NUM_SYNTHETIC)
    assert convert(SynAnimal, folder / 'syn', folder / 's', *animals) == 0
    for animal, shots in SHOTS.items():
        shots = dict.fromkeys(shots, (2, True))
        write_tigdog(folder / 'tig', animal, shots)
    assert convert(TigDog, folder / 'tig', folder / 't') == 0
    write_animalpose(folder / 'pose')
    animals = ('--animals', 'dog', 'sheep')
    assert convert(AnimalPose, folder / 'pose', folder / 'p', *animals) == 0
    return folder


NUM_SYNTHETIC = {'horse': 12, 'tiger': 12, 'sheep': 15}
SHOTS = {'horse': (1, 2), 'tiger': (1, 2)}


def config(root, kind, animal, split='train', **options):
    name, folder = {
        SynAnimalDataset: ('synanimal', 's'),
        TigDogDataset: ('tigdog', 't'),
        AnimalPoseDataset: ('animalpose', 'p'),
    }[kind]
    return dict(
        type=f'mmpose_mlda.{kind.__name__}',
        data_root=str(root / folder),
        ann_file=f'annotations/{name}_{animal}_{split}.json',
        **options,
    )


def both(root, kind, animals, split='train', **options):
    """As a config writes two animals of a split."""
    parts = [config(root, kind, a, split, **options) for a in animals]
    return dict(type='ConcatDataset', datasets=parts, ignore_keys='CLASSES')


@pytest.mark.parametrize('split', ['train', 'test'])
@pytest.mark.parametrize(
    ('kind', 'animals', 'folder', 'joints'),
    [
        (SynAnimalDataset, ('horse', 'tiger'), 's', 18),
        (TigDogDataset, ('horse', 'tiger'), 't', 18),
        (AnimalPoseDataset, ('dog', 'sheep'), 'p', 14),
    ],
)
def test_two_animals_as_one(root, kind, animals, folder, joints, split):
    dataset = DATASETS.build(both(root, kind, animals, split))
    start = 0
    for animal in animals:
        name = f'{kind.NAME.lower()}_{animal}_{split}'
        found = labels_of(root / folder, name)
        labels = [(n, *pair) for n in found for pair in found[n]]
        samples = [
            dataset.get_data_info(start + i) for i in range(len(labels))
        ]
        start += len(labels)
        for sample, (path, truth, label) in zip(samples, labels, strict=True):
            assert sample['animal'] == animal
            assert sample['img_path'].endswith(f'images/{path}')
            assert sample['keypoints'].shape == (1, joints, 2)
            np.testing.assert_allclose(sample['keypoints'][0], truth[:, :2])
            # hidden joints (1) count as visible ones (2) do
            visible = sample['keypoints_visible'][0]
            assert visible.tolist() == (truth[:, 2] > 0).tolist()
            x0, y0 = sample['bbox'][0, :2]
            assert (x0, y0) == pytest.approx(label['bbox'][:2])
    assert len(dataset) == start
    assert dataset.metainfo['dataset_name'] == f'animal{joints}'


def evaluate(dataset, wrong):
    """PCK of true heatmaps, those of ``wrong`` joints 4 cells off."""
    metric = PCK(
        label_rounding='floor', protocol='udape', batch_size=1, by='animal'
    )
    metric.dataset_meta = dataset.metainfo
    animals = []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        x0, y0, x1, y1 = info['bbox'][0]
        side = 1.25 * max(x1 - x0, y1 - y0)
        corner = np.array([x0 + x1 - side, y0 + y1 - side]) / 2
        cells = (info['keypoints'][0] - corner) * INPUT / side // STRIDE
        cells[wrong, 0] += np.where(cells[wrong, 0] < 32, 4, -4)
        heatmaps = torch.zeros(len(cells), 64, 64)
        for k, (x, y) in enumerate(cells.astype(int)):
            if 0 <= x < 64 and 0 <= y < 64:
                heatmaps[k, y, x] = 1
        sample = dataset[i]['data_samples'].to_dict()
        animals.append(sample['animal'])
        metric.process(
            None, [sample | dict(pred_fields=dict(heatmaps=heatmaps))]
        )
    return metric.evaluate(len(dataset)), animals


@pytest.mark.parametrize(
    ('animals', 'joints', 'hooves', 'groups'),
    [
        (
            ('horse', 'tiger'),
            'animal18',
            [3, 4, 5, 6],
            ['Eye', 'Chin', 'Sld', 'Hip', 'Elb', 'Knee', 'Hoof'],
        ),
        (('sheep',), 'animal14', [2, 3, 4, 5], ['Eye', 'Elb', 'Knee', 'Hoof']),
    ],
)
def test_from_the_file_to_the_papers_columns(
    root, animals, joints, hooves, groups
):
    options = dict(joints=joints, pipeline=TEST_PIPELINE, test_mode=True)
    dataset = DATASETS.build(both(root, SynAnimalDataset, animals, **options))
    result, seen = evaluate(dataset, [])
    parts = ['PCK@0.05', *(f'PCK@0.05/{animal}' for animal in animals)]
    columns = ['', *(f'/{group}' for group in groups)]
    assert list(result) == [part + name for part in parts for name in columns]
    assert set(result.values()) == {100}
    assert list(dict.fromkeys(seen)) == list(animals)
    result, _ = evaluate(dataset, hooves)
    num = int(joints.removeprefix('animal'))
    for part in parts:
        assert result.pop(f'{part}/Hoof') == 0
        all_joints = result.pop(part)
        assert all_joints == pytest.approx(100 * (num - 4) / num)
    assert set(result.values()) == {100}


def test_pairs_for_the_adaptation(root):
    animals = ('horse', 'tiger')
    lead = TEST_PIPELINE[:2]
    view = [
        dict(
            type='mmpose_mlda.TopdownAffineWithMatrix',
            input_size=(64, 64),
            rotation=60,
            shear=30,
            scale=(0.6, 1.3),
            translation=0.05,
        )
    ]
    pairs = DATASETS.build(
        dict(
            type='mmpose_mlda.DomainPairDataset',
            source=both(root, SynAnimalDataset, animals, pipeline=lead + view),
            target=dict(
                type='mmpose_mlda.UnlabeledPoseDataset',
                dataset=both(root, TigDogDataset, animals),
                pipeline=lead,
            ),
            student_pipeline=view,
            teacher_pipeline=view,
        )
    )
    last = len(pairs.source) - 1, len(pairs.target) - 1, 7
    for slot in ((0, 0, 7), last):
        samples = pairs[slot]['data_samples']
        assert samples['source']['keypoints'].shape == (18, 2)
        assert samples['source']['keypoint_weights'].sum() > 9
    target = pairs.target.get_data_info(last[1])
    assert 'tiger' in target['img_path']
    assert not target['keypoints'].any()
    assert not target['keypoints_visible'].any()


def test_coco_metric_cannot_mix_up_the_animals(root):
    """Both files number their images from 1."""
    from mmpose.evaluation.metrics import CocoMetric

    options = dict(pipeline=DEFAULT_PACKING, test_mode=True)
    dataset = DATASETS.build(
        both(root, TigDogDataset, ('horse', 'tiger'), 'test', **options)
    )
    samples = [dataset[i]['data_samples'].to_dict() for i in (0, -1)]
    assert len({sample['img_path'] for sample in samples}) == 2
    metric = CocoMetric()
    metric.dataset_meta = dataset.metainfo
    found = dict(
        keypoints=np.zeros((1, 18, 2)), keypoint_scores=np.ones((1, 18))
    )
    with pytest.raises(AssertionError, match='ann_file'):
        metric.process(None, [samples[0] | dict(pred_instances=found)])


def test_coco_metric_of_one_animal(root):
    from mmpose.evaluation.metrics import CocoMetric

    cfg = config(
        root,
        TigDogDataset,
        'horse',
        'test',
        test_mode=True,
        pipeline=DEFAULT_PACKING,
    )
    dataset = DATASETS.build(cfg)
    metric = CocoMetric(ann_file=str(root / 't' / cfg['ann_file']))
    metric.dataset_meta = dataset.metainfo
    for i in range(len(dataset)):
        sample = dataset[i]['data_samples'].to_dict()
        label = dataset.get_data_info(i)['keypoints']
        sample['pred_instances'] = dict(
            keypoints=label, keypoint_scores=np.ones((1, 18))
        )
        metric.process(None, [sample])
    assert metric.evaluate(len(dataset))['coco/AP'] == pytest.approx(1)


def test_table_by_name(root):
    images = UnlabeledPoseDataset(
        metainfo='animal18', data_root=str(root / 'tig' / 'horse')
    )
    assert images.metainfo['num_keypoints'] == 18


def test_name_of_mmpose_is_not_taken(root):
    from mmpose.registry import DATASETS as MMPOSE

    assert MMPOSE.get('AnimalPoseDataset') is not AnimalPoseDataset
    ours = config(root, AnimalPoseDataset, 'dog')
    assert type(MMPOSE.build(ours)) is AnimalPoseDataset


def test_wrong_joints(root, tmp_path):
    with pytest.raises(
        ValueError, match=r'expected those of animal18.*Set joi'
    ):
        DATASETS.build(config(root, SynAnimalDataset, 'sheep'))
    with pytest.raises(ValueError, match="'animal14', got 'x'"):
        DATASETS.build(config(root, SynAnimalDataset, 'sheep', joints='x'))
    options = ('--joints', 20, '--animals', 'dog')
    assert convert(AnimalPose, root / 'pose', tmp_path / 'p', *options) == 0
    with pytest.raises(ValueError, match=r'animalpose_dog_train.*nose'):
        DATASETS.build(config(tmp_path, AnimalPoseDataset, 'dog'))


@pytest.mark.parametrize(
    ('ann_file', 'message'),
    [('', "tigdog_..._train.json', got ''"), (['a', 'b'], 'ConcatDataset')],
)
def test_one_file(root, ann_file, message):
    with pytest.raises(ValueError, match=message):
        TigDogDataset(data_root=str(root / 't'), ann_file=ann_file)


def test_options_that_it_has_not(root):
    with pytest.raises(TypeError, match='TigDogDataset has no option bbox_f'):
        TigDogDataset(ann_file='x.json', test_mode=True, bbox_file='y.json')


def test_missing_files(root, tmp_path):
    for cfg, name in (
        (config(tmp_path, TigDogDataset, 'horse'), 't'),
        (config(root, TigDogDataset, 'cow'), 'tigdog_cow_train.json'),
        (
            config(
                root, TigDogDataset, 'horse', data_prefix=dict(img='frames')
            ),
            'frames',
        ),
    ):
        with pytest.raises(FileNotFoundError, match=f'{name} .*zoo/tigdog.md'):
            DATASETS.build(cfg)


def test_damaged_files(root, tmp_path):
    content = load(root / 't', 'tigdog_horse_train')
    folder = tmp_path / 't' / 'annotations'
    folder.mkdir(parents=True)
    (tmp_path / 't' / 'images').symlink_to(root / 't' / 'images')

    def error(text):
        (folder / 'tigdog_horse_train.json').write_text(text)
        with pytest.raises(ValueError, match='tigdog_horse_train') as info:
            DATASETS.build(config(tmp_path, TigDogDataset, 'horse'))
        return str(info.value)

    assert 'is no JSON file' in error(json.dumps(content)[:-9])
    empty = content | dict(annotations=[])
    assert 'has no label with a joint' in error(json.dumps(empty))
    label = content['annotations'][0]
    label['keypoints'] = label['keypoints'][:-3]
    assert 'has 51 numbers of keypoints, expected 54' in error(
        json.dumps(content)
    )
    label['category_id'] = 9
    assert 'the joints of category 9 are None' in error(json.dumps(content))


def test_real_files(shared_dir, tmp_path):
    raw = shared_dir / 'data' / 'animalpose'
    animals = ('dog', 'sheep')
    options = ('--animals', *animals)
    assert convert(AnimalPose, raw, tmp_path / 'p', *options) == 0
    release = json.loads((raw / 'keypoints.json').read_text())
    # eyes, paws, knees, elbows
    order = [0, 1, 13, 14, 15, 16, 9, 10, 11, 12, 5, 6, 7, 8]
    numbers = {'dog': 1, 'sheep': 3}
    truth = [
        (label['category_id'], np.array(label['keypoints'])[order, :2])
        for label in release['annotations']
        if label['category_id'] in numbers.values()
    ]
    seen = 0
    for split in ('train', 'test'):
        dataset = DATASETS.build(
            both(
                tmp_path, AnimalPoseDataset, animals, split,
                pipeline=TEST_PIPELINE,
            )
        )  # fmt: skip
        seen += len(dataset)
        for i in range(len(dataset)):
            info = dataset.get_data_info(i)
            number = numbers[info['animal']]
            shown = info['keypoints_visible'][0] > 0
            assert any(
                number == n
                and np.allclose(info['keypoints'][0, shown], joints[shown])
                for n, joints in truth
            )
        assert dataset[0]['inputs'].float().std() > 1
    labelled = sum((joints[:, 1] > 0).any() for _, joints in truth)
    assert seen == labelled
