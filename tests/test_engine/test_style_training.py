# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Runs that train the decoder of a style network."""

import copy
from pathlib import Path

import cv2
import engine_kit
import pytest
import torch
from engine_kit import BATCH, SOURCE, build, differing, losses, resume, state

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.models import AdaINStyleTransfer
from mmpose_mlda.models.style import build_encoder

SIDE, STEPS = 16, 4


@pytest.fixture(scope='module')
def encoder_file(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp('weights') / 'encoder.pth'
    torch.save(build_encoder('relu2_1').state_dict(), path)
    return str(path)


@pytest.fixture
def style_config(config, encoder_file):
    """The engine's run in miniature, with a decoder as its model."""

    def make(options=None, folder='run'):
        cfg = config(folder=folder)
        cfg.model = dict(
            type='mmpose_mlda.AdaINDecoderTraining',
            encoder=encoder_file,
            layer='relu2_1',
            reconstruction_weight=10.0,
            data_preprocessor=dict(
                type='mmpose_mlda.DomainDataPreprocessor',
                mean=[0.0, 0.0, 0.0],
                std=[255.0, 255.0, 255.0],
                bgr_to_rgb=True,
            ),
        )
        pair = cfg.train_dataloader.dataset
        for view in (
            pair.source.pipeline[3],
            pair.student_pipeline[0],
            pair.teacher_pipeline[0],
        ):
            view.input_size = (SIDE, SIDE)
        cfg.train_cfg.update(max_iters=STEPS, pretrain_iters=0)
        cfg.optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
        cfg.param_scheduler = None
        cfg.custom_hooks = [dict(type='mmpose_mlda.RecordLosses')]
        cfg.val_dataloader = copy.deepcopy(cfg.train_dataloader)
        cfg.val_dataloader.sampler.update(seed=0, endless=False)
        cfg.val_evaluator = dict(type='mmpose_mlda.StyleQuality')
        cfg.val_cfg = dict()
        cfg.test_dataloader = copy.deepcopy(cfg.val_dataloader)
        cfg.test_evaluator = dict(cfg.val_evaluator)
        cfg.merge_from_dict(options or {})
        return cfg

    return make


def test_run_resume_and_decoder(style_config, encoder_file):
    """A resumed run ends equal; its checkpoint is a decoder."""
    every = {'default_hooks.checkpoint.interval': 1}
    runner = build(style_config(every))
    runner.train()
    path = Path(runner.work_dir) / 'iter_2.pth'
    again = resume(style_config(folder='again'), path)
    assert differing(state(runner), state(again)) == []
    assert losses(again) == {n: v for n, v in losses(runner).items() if n >= 2}

    checkpoint = load_from_local(str(path))
    assert not any('encoder' in name for name in checkpoint['state_dict'])
    assert checkpoint['meta']['style_weights'] == runner.model.fingerprint
    last = Path(runner.work_dir) / f'iter_{STEPS}.pth'
    network = AdaINStyleTransfer(encoder_file, str(last), 'relu2_1')
    network.init_weights()
    for name, value in network.decoder.named_buffers():
        assert value.equal(runner.model.decoder.get_parameter(name))


def test_resume_with_another_encoder_stops(style_config, tmp_path):
    options = {'train_cfg.max_iters': 1, 'val_cfg': None}
    options |= {'val_dataloader': None, 'val_evaluator': None}
    every = {'default_hooks.checkpoint.interval': 1}
    runner = build(style_config(options | every))
    runner.train()
    torch.save(build_encoder('relu2_1').state_dict(), tmp_path / 'other.pth')
    cfg = style_config(
        options | {'model.encoder': str(tmp_path / 'other.pth')}
    )
    with pytest.raises(RuntimeError, match='style weights'):
        resume(cfg, Path(runner.work_dir) / 'iter_1.pth')


def test_validation_sees_every_source_image_once(style_config):
    """Without training, and with the figures averaged over all pairs."""
    runner = build(style_config())
    metrics = runner.val()
    assert set(metrics) == {
        f'style/{name}'
        for name in (
            'psnr_source',
            'psnr_target',
            'style_before',
            'style_to_source',
            'style_to_target',
        )
    }
    values = [
        sample['psnr_source'].item()
        for batch in runner.val_dataloader
        for sample in runner.model.val_step(batch)
    ]
    assert len(values) == SOURCE
    assert SOURCE > BATCH
    assert metrics['style/psnr_source'] == pytest.approx(sum(values) / SOURCE)


def test_pictures(style_config):
    """A row a sample; content, style, two strengths, reconstruction."""
    options = {'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None}
    cfg = style_config(options)
    cfg.custom_hooks = [
        dict(type='mmpose_mlda.StylePanelHook', interval=2, samples=3)
    ]
    runner = build(cfg)
    runner.train()
    paths = Path(runner.work_dir).rglob('vis_image/style_*.png')
    pictures = {path.stem: cv2.imread(str(path)) for path in paths}
    assert set(pictures) == {'style_1', 'style_3', f'style_{STEPS}'}
    tile = 192 + 6
    for picture in pictures.values():
        assert picture.shape[1] == 5 * tile + 6
        assert picture.shape[0] // tile == 3


def test_fitted_beginning(style_config, encoder_file):
    """Before the first step, not after a resume, not instead of a file."""
    options = {'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None}
    options |= {'default_hooks.checkpoint.interval': 1}
    options |= {'optim_wrapper.optimizer.lr': 1e-5}
    options |= {'train_cfg.max_iters': 2}
    first = {}
    for pairs in (0, 12):
        cfg = style_config(options, f'fit_{pairs}')
        if pairs:
            hook = dict(type='mmpose_mlda.InvertEncoderHook', pairs=pairs)
            cfg.custom_hooks.append(hook)
        runner = build(cfg)
        runner.train()
        first[pairs] = losses(runner)[0]['loss_reconstruction']
    assert first[12] < first[0] / 2
    again = style_config(options, 'again')
    again.custom_hooks.append(hook)
    path = Path(runner.work_dir) / 'iter_1.pth'
    assert differing(state(runner), state(resume(again, path))) == []

    cfg = style_config(options, 'file')
    cfg.model.decoder = str(path)
    cfg.custom_hooks.append(hook)
    runner = build(cfg)
    runner.train()
    assert losses(runner)[0]['loss_reconstruction'] < first[12] * 2


def _train(rank, cfg, path):
    with engine_kit.quick_runs():
        runner = build(cfg)
        found = []

        def validated(runner, metrics):
            found.append(metrics)

        runner.register_hook(engine_kit.Call(after_val_epoch=validated))
        runner.train()
    if rank == 0:
        torch.save([state(runner), found], path)


@pytest.mark.slow
def test_two_processes(style_config, tmp_path):
    """Batches of 2 on two processes train as batches of 4 on one."""
    hook = dict(type='mmpose_mlda.InvertEncoderHook', pairs=12)
    cfg = style_config({'optim_wrapper.optimizer.type': 'SGD'}, 'one')
    cfg.custom_hooks.append(hook)
    _train(0, cfg, tmp_path / 'one.pth')
    cfg = style_config({'optim_wrapper.optimizer.type': 'SGD'}, 'two')
    cfg.custom_hooks.append(hook)
    cfg.launcher = 'pytorch'
    cfg.train_dataloader.batch_size = BATCH // 2
    group = tmp_path / 'group'
    engine_kit.run_group(2, group, _train, cfg, tmp_path / 'two.pth')
    one, two = (torch.load(tmp_path / f'{n}.pth') for n in ('one', 'two'))
    for name, value in one[0].items():
        assert torch.allclose(value, two[0][name], atol=1e-5), name
    assert len(one[1]) == len(two[1]) == 1
    assert two[1][0] == pytest.approx(one[1][0], rel=1e-3)
