# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_kit import run_group
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.registry import METRICS

HERE = Path(__file__).parent
sys.path.append(str(HERE))
import pck_worker  # noqa: E402
from pck_samples import make_sample, random_samples  # noqa: E402

NONE = None
# The worked example: prediction and label of three joints, image by image.
EXAMPLE = [
    make_sample([(10, 10), (33, 33), NONE], [(13, 11), NONE, (5, 5)]),
    make_sample(
        [(20, 20), (40, 40), (12, 12)], [(22, 23), (40, 43), (12, 12)]
    ),
    make_sample([(30, 30), (8, 8), (50, 1)], [(30, 30), (40, 8), (50, 1)]),
]
EXAMPLE_GROUPS = {'A': [0], 'B': [1, 2]}


def evaluate(samples, batch=2, meta=None, **options):
    metric = PCK(**options)
    if meta is not None:
        metric.dataset_meta = meta
    for start in range(0, len(samples), batch):
        metric.process(None, samples[start : start + batch])
    return metric.evaluate(len(samples))


def lsp14():
    return parse_pose_metainfo(get_table('lsp14'))


@pytest.fixture
def log(tmp_path):
    """What the metric logs."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ('protocol', 'group_a', 'group_b', 'all_joints'),
    [
        ('udape', 0.6667, 0.5833, 0.6111),
        ('pooled', 0.6667, 0.5, 0.5556),
        # B: ((1 + 0.5) / 2 * 2 + (0 - 1) / 2 * 1) / 3
        ('regda', 0.6667, 0.3333, 0.4444),
    ],
)
def test_worked_example(protocol, group_a, group_b, all_joints):
    result = evaluate(
        EXAMPLE, protocol=protocol, groups=EXAMPLE_GROUPS, batch_size=2
    )
    assert result['PCK@0.05/A'] == pytest.approx(100 * group_a, abs=5e-3)
    assert result['PCK@0.05/B'] == pytest.approx(100 * group_b, abs=5e-3)
    assert result['PCK@0.05'] == pytest.approx(100 * all_joints, abs=5e-3)


def test_batch_size_is_the_metrics_not_the_loaders():
    samples = random_samples(11)
    results = [
        evaluate(samples, batch, protocol='udape', batch_size=4)
        for batch in (1, 3, 11)
    ]
    assert results[0] == results[1] == results[2]
    assert results[0] != evaluate(samples, protocol='udape', batch_size=11)


@pytest.mark.parametrize(
    ('label', 'scored'), [((1, 20), 0), ((20, 1), 0), ((2, 2), 1), ((0, 0), 0)]
)
def test_first_rows_and_columns_are_not_scored(label, scored):
    # joint 1 is there to be scored, and wrong
    samples = [make_sample([label, (50, 50)], [label, (20, 20)])]
    result = evaluate(samples, per_joint=True)
    assert ('PCK@0.05/joint/0' in result) == bool(scored)
    assert result['PCK@0.05'] == (50 if scored else 0)


@pytest.mark.parametrize('decode', ['argmax', 'continuous'])
def test_keys(decode):
    samples = random_samples(9)
    result = evaluate(
        samples, meta=lsp14(), thr=[0.05, 0.1], decode=decode, per_joint=True
    )
    groups = ['Sld', 'Elb', 'Wrist', 'Hip', 'Knee', 'Ankle', 'Head', 'Neck']
    for thr in ('PCK@0.05', 'PCK@0.1'):
        assert [k for k in result if k.split('/')[0] == thr][:9] == [
            thr, *(f'{thr}/{group}' for group in groups),
        ]  # fmt: skip
        limbs = [result[f'{thr}/{group}'] for group in groups[:6]]
        # six pairs of joints: the mean over 12 joints is that over 6 groups
        assert result[thr] == pytest.approx(np.mean(limbs))
        knees = [result[f'{thr}/joint/{s}_knee'] for s in ('left', 'right')]
        assert result[f'{thr}/Knee'] == pytest.approx(np.mean(knees))
    assert 0 < result['PCK@0.05'] < result['PCK@0.1'] <= 100
    assert next(iter(result)) == 'PCK@0.05'


def test_prefix_and_name():
    config = {'type': 'mmpose_mlda.PCK', 'prefix': 'teacher'}
    metric = METRICS.build(config)
    metric.process(None, EXAMPLE)
    assert 'teacher/PCK@0.05' in metric.evaluate(3)


def test_against_a_slow_reference():
    samples = random_samples(20, seed=3)
    hits, labels = np.zeros(14), np.zeros(14)
    for sample in samples:
        heatmaps = sample['pred_fields']['heatmaps'].numpy()
        for k in range(14):
            x, y = sample['gt_instances']['keypoints'][0, k] / 8
            if not sample['gt_instances']['keypoints_visible'][0, k]:
                continue
            if x <= 1 or y <= 1:
                continue
            row, column = np.unravel_index(heatmaps[k].argmax(), (64, 64))
            labels[k] += 1
            hits[k] += ((column - x) ** 2 + (row - y) ** 2) ** 0.5 < 3.2
    result = evaluate(samples)
    assert result['PCK@0.05'] == pytest.approx(100 * np.mean(hits / labels))


def test_unscored_joint(log):
    samples = [
        make_sample([(9, 9), (9, 9)], [(9, 9), None]),
        make_sample([(9, 9), (9, 9)], [(30, 9), None]),
    ]
    groups = {'A': [0], 'B': [1]}
    pooled = evaluate(samples, groups=groups)
    assert pooled == {'PCK@0.05': 50, 'PCK@0.05/A': 50}
    assert any('no label of 1 is scored; left out' in line for line in log)
    udape = evaluate(samples, groups=groups, protocol='udape')
    assert udape == {'PCK@0.05': 25, 'PCK@0.05/A': 50, 'PCK@0.05/B': 0}
    regda = evaluate(samples, groups=groups, protocol='regda')
    assert regda == {'PCK@0.05': -25, 'PCK@0.05/A': 50, 'PCK@0.05/B': -100}


def test_nothing_to_score():
    with pytest.raises(ValueError, match='none of the 1 samples'):
        evaluate([make_sample([(9, 9)], [None])])


def test_table_is_logged(log):
    evaluate(random_samples(5), meta=lsp14(), thr=[0.05, 0.1])
    title, header, first, second = log[-1].split('\n')
    assert '5 images' in title
    assert header.split()[:3] == ['All', 'Sld', 'Elb']
    assert first.split()[0] == '@0.05'
    assert second.split()[0] == '@0.1'
    assert len(first.split()) == 10


# by a field of the samples


ANIMALS = [
    sample | {'animal': animal}
    for sample, animal in zip(
        EXAMPLE, ('horse', 'tiger', 'horse'), strict=True
    )
]


@pytest.mark.parametrize(
    ('protocol', 'batch_size', 'horse', 'tiger', 'together'),
    [
        # j0 2/2, j1 0/1, j2 0/1; 0/1, 1/1, 1/1; 2/3, 1/2, 1/2
        ('pooled', 32, (1, 0, 0), (0, 1, 1), (2 / 3, 1 / 2, 1 / 2)),
        ('udape', 1, (1, 0, 0), (0, 1, 1), (2 / 3, 1 / 2, 1 / 2)),
        # batches of two images: of a horse each, not of horse and tiger
        ('udape', 2, (1, 0, 0), (0, 1, 1), (2 / 3, 2 / 3, 1 / 2)),
        # horse: j1 is (-1 + 0) / 2, j2 is (0 - 1) / 2
        ('regda', 1, (1, -1 / 2, -1 / 2), (0, 1, 1), (2 / 3, 0, 0)),
    ],
)
def test_parts(protocol, batch_size, horse, tiger, together):
    result = evaluate(
        ANIMALS,
        protocol=protocol,
        batch_size=batch_size,
        groups=EXAMPLE_GROUPS,
        by='animal',
    )
    expected = {}
    for part, (j0, j1, j2) in (
        ('', together), ('/horse', horse), ('/tiger', tiger),
    ):  # fmt: skip
        expected[f'PCK@0.05{part}'] = 100 * (j0 + j1 + j2) / 3
        expected[f'PCK@0.05{part}/A'] = 100 * j0
        expected[f'PCK@0.05{part}/B'] = 100 * (j1 + j2) / 2
    assert list(result) == list(expected)
    assert result == pytest.approx(expected)


def test_parts_are_as_if_alone():
    samples = random_samples(20)
    for i, sample in enumerate(samples):
        sample['side'] = i % 3  # any field
    options = dict(meta=lsp14(), thr=[0.05, 0.1], per_joint=True)
    options |= dict(protocol='udape', batch_size=4)
    result = evaluate(samples, by='side', **options)
    whole = evaluate(samples, **options)
    assert {key: result[key] for key in whole} == whole
    for part in range(3):
        own = evaluate(samples[part::3], **options)
        for key, value in own.items():
            thr, _, group = key.partition('/')
            name = f'{thr}/{part}/{group}' if group else f'{thr}/{part}'
            assert result[name] == value
    assert len(result) == 4 * len(whole)


def test_part_without_a_label_of_a_joint(log):
    samples = [
        make_sample([(9, 9), (9, 9)], [(9, 9), None]) | {'animal': 'horse'},
        make_sample([(9, 9), (9, 9)], [(9, 9), (30, 9)]) | {'animal': 'tiger'},
    ]
    options = dict(groups={'A': [0], 'B': [1]}, by='animal')
    result = evaluate(samples, **options)
    assert result['PCK@0.05/horse'] == 100
    assert 'PCK@0.05/horse/B' not in result
    assert result['PCK@0.05/tiger/B'] == 0
    assert any('PCK of horse: no label of 1 is scored' in x for x in log)
    title, header, *rows = log[-1].split('\n')
    assert '2 images, 1 of horse, 1 of tiger, 3 joints' in title
    assert header.split() == ['All', 'A', 'B']
    assert [row.split() for row in rows] == [
        ['@0.05', '50.00', '100.00', '0.00'],
        ['@0.05', 'horse', '100.00', '100.00', '-'],
        ['@0.05', 'tiger', '50.00', '100.00', '0.00'],
    ]
    udape = evaluate(samples, protocol='udape', batch_size=1, **options)
    assert udape['PCK@0.05/horse'] == 50
    assert udape['PCK@0.05/horse/B'] == 0


def test_field_that_is_missing_or_misleading():
    with pytest.raises(ValueError, match=r"no 'animal'.*meta_keys"):
        evaluate(EXAMPLE, by='animal')
    for name in ('A', 'joint', 'All', ''):
        samples = [sample | {'animal': name} for sample in EXAMPLE]
        with pytest.raises(ValueError, match=f'part is called {name!r}'):
            evaluate(samples, groups=EXAMPLE_GROUPS, by='animal')


# frames


def test_rotated_view_by_its_matrix():
    # image (x, y) -> input (y, 256 - x)
    sample = make_sample([(20, 10)], [(0, 0)])
    sample['gt_instances']['keypoints'][0, 0] = (256 - 40, 80)
    sample['warp_mat'] = np.array([[0, 1, 0], [-1, 0, 256], [0, 0, 1]])
    # label in the input: (80, 40), in cells (20, 10)
    for decode in ('argmax', 'continuous'):
        assert evaluate([sample], decode=decode)['PCK@0.05'] == 100
    sample['gt_instances']['keypoints'][0, 0] = (256 - 40, 80 + 14)
    for decode in ('argmax', 'continuous'):
        assert evaluate([sample], decode=decode)['PCK@0.05'] == 0


def test_map_that_is_not_square():
    # 48 x 64 cells. An offset of 3 in x is 3 / 48 = 0.0625 of the width, and
    # 3 / 64 = 0.047 if x is divided by the height, as the papers do.
    sample = make_sample([(23, 20)], [(20, 20)], size=(48, 64))
    assert evaluate([sample])['PCK@0.05'] == 0
    assert evaluate([sample], protocol='udape')['PCK@0.05'] == 100
    assert evaluate([sample], decode='continuous')['PCK@0.05'] == 0
    tall = make_sample([(20, 23)], [(20, 20)], size=(48, 64))
    assert evaluate([tall])['PCK@0.05'] == 100
    assert evaluate([tall], protocol='udape')['PCK@0.05'] == 0


@pytest.mark.parametrize(
    ('offset', 'correct'),
    [(15.9, True), (16.0, False), (16.1, False)],
)
def test_continuous_threshold(offset, correct):
    # 1/16 of 256 input pixels are 16, twice that in the image
    sample = make_sample([(20, 20)], [(20, 20)])
    sample['pred_instances']['keypoints'][0, 0, 0] += 2 * offset
    result = evaluate([sample], decode='continuous', thr=1 / 16)
    assert result['PCK@0.0625'] == 100 * correct


def test_continuous_scores_labels_inside_the_input_only():
    sample = make_sample([(0, 0)] * 4, [(0, 0)] * 4)
    # input pixels, of 256: the border of the last pixel is at 255.5
    inside = np.array([[-0.4, 5], [255.4, 5], [255.6, 5], [5, -0.6]])
    sample['gt_instances']['keypoints'][0] = inside * 2
    sample['pred_instances']['keypoints'][0] = inside * 2
    result = evaluate([sample], decode='continuous', per_joint=True)
    assert set(result) == {'PCK@0.05', 'PCK@0.05/joint/0', 'PCK@0.05/joint/1'}


def test_floor_rounding():
    # 43.9 input pixels are cell 10 or, rounded, 11; (7, 10) is 3 or 4 off
    sample = make_sample([(7, 10)], [(10, 10)])
    sample['gt_instances']['keypoints'][0, 0] = (87.8, 80)
    assert evaluate([sample], label_rounding='floor')['PCK@0.05'] == 100
    assert evaluate([sample])['PCK@0.05'] == 0


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_and_visible_weights(dtype):
    sample = make_sample([(9, 9), (9, 9)], [(9, 9), None])
    sample['pred_fields']['heatmaps'] = sample['pred_fields']['heatmaps'].to(
        dtype
    )
    labels = sample['gt_instances']
    visible = labels['keypoints_visible']
    labels['keypoints_visible'] = np.stack([visible, np.ones((1, 2))], -1)
    assert evaluate([sample]) == {'PCK@0.05': 100}


# errors


def test_no_heatmaps():
    sample = make_sample([(9, 9)], [(9, 9)])
    sample.pop('pred_fields')
    with pytest.raises(ValueError, match=r'test_cfg\.output_heatmaps=True'):
        evaluate([sample])
    assert evaluate([sample], decode='continuous')['PCK@0.05'] == 100


def test_no_warp():
    sample = make_sample([(9, 9)], [(9, 9)])
    sample.pop('input_scale')
    with pytest.raises(ValueError, match=r'input_scale.*meta_keys'):
        evaluate([sample])


def test_wrong_number_of_joints():
    sample = make_sample([(9, 9)], [(9, 9)])
    sample['pred_fields']['heatmaps'] = torch.zeros(2, 64, 64)
    with pytest.raises(ValueError, match='2 joints are predicted, 1'):
        evaluate([sample])


def test_several_instances():
    sample = make_sample([(9, 9)], [(9, 9)])
    sample['gt_instances']['keypoints'] = np.zeros((2, 1, 2))
    with pytest.raises(ValueError, match='topdown'):
        evaluate([sample])


@pytest.mark.parametrize(
    'options',
    [
        {'protocol': 'micro'},
        {'decode': 'dark'},
        {'label_rounding': 'ceil'},
        {'thr': 0},
        {'thr': []},
        {'batch_size': 0},
    ],
)
def test_wrong_options(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        PCK(**options)


def test_groups_that_do_not_fit_fail_with_the_table():
    metric = PCK(groups={'Tail': ['tail']})
    with pytest.raises(ValueError, match=r"'tail'.*right_ankle"):
        metric.dataset_meta = lsp14()


# several processes


def test_two_processes_agree_with_one(tmp_path):
    run_group(2, tmp_path, pck_worker.evaluate_part, tmp_path)
    ranks = [
        json.loads((tmp_path / f'rank{r}.json').read_text()) for r in '01'
    ]
    assert ranks[0] == ranks[1]
    for result, (num, _, protocol) in zip(
        ranks[0], pck_worker.CASES, strict=True
    ):
        alone = pck_worker.evaluate(num, protocol, None, {}, loader_batch=5)
        assert result == alone
        # both thresholds; all, tigers and, but for one sample, horses
        assert len(result) == 2 * (3 if num > 1 else 2)


# with the runner


class ToyModel(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, index, mode='tensor'):
        if mode == 'loss':
            return {'loss': self.weight.sum()}
        return [EXAMPLE[i] for i in index]


@pytest.mark.parametrize(
    ('save_best', 'names'),
    [
        ('PCK@0.05', ['best_PCK@0.05_iter_1.pth']),
        (
            ['PCK@0.05', 'PCK@0.05/A'],
            ['best_PCK@0.05_iter_1.pth', 'best_PCK@0.05_A_iter_1.pth'],
        ),
    ],
)
def test_best_checkpoint(tmp_path, save_best, names):
    loader = {
        'dataset': [{'index': i} for i in range(len(EXAMPLE))],
        'sampler': {'type': 'DefaultSampler', 'shuffle': False},
        'batch_size': 2,
        'num_workers': 0,
    }
    runner = Runner(
        ToyModel(),
        work_dir=str(tmp_path),
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg={'type': 'IterBasedTrainLoop', 'max_iters': 2,
                   'val_interval': 1},
        val_cfg={},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
        val_evaluator={'type': 'mmpose_mlda.PCK', 'groups': EXAMPLE_GROUPS},
        default_hooks={
            'checkpoint': {
                'type': 'CheckpointHook', 'by_epoch': False, 'interval': 1,
                'save_best': save_best, 'rule': 'greater',
            },
            'logger': {'type': 'LoggerHook', 'interval': 1},
        },
        default_scope='mmpose',
        experiment_name=f'pck_{tmp_path.name}',
        cfg=Config({}),
    )  # fmt: skip
    runner.train()
    for name in names:
        assert (tmp_path / name).is_file()
    scores = runner.message_hub.log_scalars
    assert scores['val/PCK@0.05'].current() == pytest.approx(500 / 9)


def test_beside_mmpose_metrics():
    evaluator = Evaluator(
        [
            {'type': 'mmpose_mlda.PCK'},
            {'type': 'mmpose.EPE'},
            {'type': 'mmpose.AUC'},
        ]
    )
    evaluator.dataset_meta = lsp14()
    samples = random_samples(4)
    evaluator.process(samples)
    assert set(evaluator.evaluate(4)) > {'PCK@0.05', 'EPE', 'AUC'}
