# Copyright (c) mmpose_mlda contributors. All rights reserved.
import engine_kit
import pytest
import torch
from engine_kit import PRETRAIN, STEPS, Call, build
from mmengine.evaluator import BaseMetric
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.registry import METRICS

ADAPTED = {'train_cfg.max_iters': 3, 'train_cfg.pretrain_iters': 1}


@METRICS.register_module(force=True)
class HeatmapSum(BaseMetric):
    """Tells networks apart: the mean of all predicted heatmaps."""

    def process(self, data_batch, data_samples):
        self.results += [
            s['pred_fields']['heatmaps'].sum().item() for s in data_samples
        ]

    def compute_metrics(self, results):
        return {'sum': sum(results), 'count': len(results)}


@pytest.fixture
def small(config):
    """A run of 1 + 2 steps that is scored by its heatmaps."""

    def make(options=None):
        evaluator = dict(type='mmpose_mlda.HeatmapSum', _delete_=True)
        options = ADAPTED | (options or {})
        return config({'val_evaluator': evaluator} | options)

    return make


def by_hand(runner, network):
    """The same figure from a plain loop over the images."""
    model = unwrap(runner.model)
    network = getattr(model, network).eval()
    total = 0.0
    with torch.no_grad():
        for batch in runner.val_dataloader:
            batch = model.data_preprocessor(batch)
            total += (
                network(batch['inputs'], None, mode='tensor').double().sum()
            )
    return total.item()


def validations(cfg):
    """Metrics of all validations of a run, and the runner."""
    found = {}
    runner = build(cfg)
    runner.register_hook(
        Call(
            after_val_epoch=lambda r, metrics: found.update({r.iter: metrics})
        )
    )
    runner.train()
    return found, runner


def test_both_networks_under_their_names(small):
    found, runner = validations(small())
    metrics = found[3]
    assert set(metrics) == {
        f'{network}/{name}'
        for network in ('teacher', 'student')
        for name in ('sum', 'count')
    }
    assert metrics['teacher/count'] == metrics['student/count'] == 12
    for network in ('teacher', 'student'):
        figure = by_hand(runner, network)
        assert metrics[f'{network}/sum'] == pytest.approx(figure, rel=1e-4)
    assert metrics['teacher/sum'] != metrics['student/sum']


def test_source_stage_has_one_network(small):
    """Up to the switch both names have the student's figures, read once."""
    batches = []
    cfg = small({'train_cfg.val_interval': 1, 'train_cfg.pretrain_iters': 2})
    runner = build(cfg)
    found = {}
    runner.register_hook(
        Call(
            after_val_epoch=lambda r, metrics: found.update({r.iter: metrics}),
            before_val_iter=lambda r, batch_idx, data_batch: batches.append(
                r.iter
            ),
        )
    )
    runner.train()
    assert sorted(found) == [1, 2, 3]
    for step, metrics in found.items():
        same = metrics['teacher/sum'] == metrics['student/sum']
        assert same == (step <= 2)
    assert [batches.count(step) for step in (1, 2, 3)] == [3, 3, 6]


def test_validation_without_training(small, uninterrupted):
    """runner.val() of an adapted checkpoint evaluates both networks."""
    found = {}
    cfg = small({'load_from': f'{uninterrupted.folder}/iter_8.pth'})
    runner = build(cfg)
    runner.register_hook(
        Call(after_val_epoch=lambda r, metrics: found.update(metrics))
    )
    runner.val()
    for network in ('teacher', 'student'):
        figure = by_hand(runner, network)
        assert found[f'{network}/sum'] == pytest.approx(figure, rel=1e-4)
    assert found['teacher/sum'] != found['student/sum']


def test_validation_without_a_training_config(small, uninterrupted):
    training = ('train_dataloader', 'train_cfg', 'optim_wrapper')
    cfg = small(dict.fromkeys((*training, 'param_scheduler')))
    cfg.load_from = f'{uninterrupted.folder}/iter_8.pth'
    cfg.custom_hooks = []
    metrics = build(cfg).val()
    assert metrics['teacher/sum'] != metrics['student/sum']


@pytest.mark.parametrize('predict_on', ['teacher', 'student'])
def test_predict_on_is_restored(small, predict_on):
    _, runner = validations(small({'model.predict_on': predict_on}))
    assert unwrap(runner.model).predict_on == predict_on


@pytest.mark.parametrize('predict_on', ['teacher', 'student'])
def test_predict_on_is_restored_after_an_error(small, predict_on):
    class Full(Exception):
        pass

    def fail(runner, batch_idx, data_batch):
        raise Full

    runner = build(small({'model.predict_on': predict_on}))
    runner.register_hook(Call(before_val_iter=fail))
    with pytest.raises(Full):
        runner.train()
    assert unwrap(runner.model).predict_on == predict_on


@pytest.mark.parametrize('teacher_bn', ['train', 'eval'])
def test_modes(small, teacher_bn):
    """In validation all rests; in training the teacher as configured."""
    modes = {}

    def look(place):
        def hook(runner, *_, **__):
            model = unwrap(runner.model)
            modes.setdefault(
                (place, runner.iter),
                {
                    'student': model.student.training,
                    'teacher': model.teacher.training,
                    'teacher_bn': {
                        module.training
                        for module in model.teacher.modules()
                        if isinstance(module, _BatchNorm)
                    },
                },
            )

        return hook

    options = {'train_cfg.val_interval': 1, 'model.teacher_bn': teacher_bn}
    runner = build(small(options))
    runner.register_hook(
        Call(before_train_iter=look('train'), before_val_iter=look('val'))
    )
    runner.train()
    for step in (0, 1, 2):
        assert modes['train', step] == {
            'student': True,
            'teacher': False,
            'teacher_bn': {teacher_bn == 'train'},
        }
        assert modes['val', step + 1] == {
            'student': False,
            'teacher': False,
            'teacher_bn': {False},
        }


def test_best_teacher_is_kept(config, tmp_path):
    """save_best finds the metric under its name, and keeps one file."""
    options = {
        'train_cfg.val_interval': 1,
        'train_cfg.val_begin': PRETRAIN,
        'default_hooks.checkpoint.save_best': 'teacher/PCK@0.2',
        'default_hooks.checkpoint.rule': 'greater',
    }
    found, _ = validations(config(options))
    scores = {step: m['teacher/PCK@0.2'] for step, m in found.items()}
    assert sorted(scores) == list(range(PRETRAIN, STEPS + 1))
    best = max(scores, key=scores.get)  # the first of equal ones
    files = [path.name for path in (tmp_path / 'run').glob('best_*')]
    assert files == [f'best_teacher_PCK@0.2_iter_{best}.pth']


def test_pck_of_both(config):
    """MMPose's own metrics work as well, in a list."""
    evaluator = [
        dict(type='mmpose_mlda.PCK', thr=0.2),
        dict(type='PCKAccuracy', thr=0.2),
    ]
    found, runner = validations(config({'val_evaluator': evaluator}))
    names = {name for name in found[STEPS] if name.endswith('PCK')}
    assert names == {'teacher/PCK', 'student/PCK'}
    assert engine_kit.losses(runner)
