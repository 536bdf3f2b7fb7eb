# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The config that adapts to the files of a user.

It is that of the demo on photographs, with the user's data, table of
keypoints and perhaps estimator in the place of its own.
"""

from copy import deepcopy
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn

from mmpose_mlda.models.adaptors.features import FeatureTap
from mmpose_mlda.models.representations import (
    HeatmapRepresentation,
    build_representation,
)
from mmpose_mlda.registry import DATASETS, MODELS

from .launch import OptionError, read_config
from .own_data import OwnData, joints_of, read_json

TEMPLATE = 'demo/mlda_figures_lspet.py'
PADDING = 1.25  # MMPose's, around the box of a label or of a detector
WORK_DIR = 'work_dir'  # in the folder of the results
LOOKED_AT = 300  # images of a validation without labels: enough, and quicker
LOST = 200  # steps that an interruption may cost
RATE, RATE_OF_OWN_MODEL = 1e-3, 5e-4  # learning rates of Adam


def make_config(data: OwnData, table: dict, out: Path) -> Config:
    """The config of the adaptation.

    Args:
        data: The files, checked.
        table: The keypoint table.
        out: The work folder is in it.

    Returns:
        Config: It can be trained by ``tools/train.py`` too.
    """
    cfg = Config.fromfile(str(_template()))
    cfg.work_dir = str(out / WORK_DIR)
    cfg.randomness = dict(seed=data.seed)
    _set_model(cfg, data, len(joints_of(table)))
    _set_data(cfg, data, table)
    _set_schedule(cfg, data)
    try:
        cfg.merge_from_dict(data.changes)
    except TypeError as error:
        raise OptionError(f'--cfg-options: {error}') from error
    return cfg


def _template() -> Path:
    package = Path(__file__).resolve().parents[1]
    for root in (package / '.mim', package.parent):
        path = root / 'configs' / TEMPLATE
        if path.is_file():
            return path
    raise FileNotFoundError(f'{TEMPLATE} is missing; install the package anew')


# ---------------------------------------------------------------------- model
def _set_model(cfg: Config, data: OwnData, joints: int) -> None:
    if data.model is not None:
        _take_estimator(cfg, read_config(str(data.model)), data.model)
        _find_tap(cfg, data.model)
    cfg.model.student.head.out_channels = joints
    if data.weights is not None:
        cfg.load_from = str(data.weights)
        cfg.model.student.backbone.pop('pretrained', None)
        cfg.model.student.backbone.pop('init_cfg', None)


def _take_estimator(cfg: Config, given: Config, path: Path) -> None:
    """The estimator of another config, in the place of the template's."""
    model = given.get('model') or {}
    if model.get('type', '').split('.')[-1] != 'TopdownPoseEstimator':
        raise OptionError(
            f'--model {path}: its model is a {model.get("type")!r}, expected '
            'a TopdownPoseEstimator; give a top-down config of MMPose'
        )
    student = deepcopy(model)
    preprocessor = student.pop('data_preprocessor', {})
    student['test_cfg'] = dict(cfg.model.student.test_cfg)
    cfg.model.student = student
    for key in ('mean', 'std', 'bgr_to_rgb'):
        if key in preprocessor:
            cfg.model.data_preprocessor[key] = preprocessor[key]
    size = min(cfg.model.student.head.decoder.input_size)
    cfg.model.occlusion.size = max(20 * size // 256, 1)


def _find_tap(cfg: Config, path: Path) -> None:
    """The features for the domain head, by a trial of the estimator."""
    model = cfg.model
    try:
        with DefaultScope.overwrite_default_scope('mmpose'):
            student = MODELS.build(model.student).eval()
            build_representation(student.head, [HeatmapRepresentation])
    except (KeyError, TypeError, ValueError) as error:
        raise OptionError(f'--model {path}: {error}') from error
    deconvolutions = getattr(student.head, 'deconv_layers', nn.Identity())
    plain = isinstance(deconvolutions, nn.Identity)
    model.tap = 'backbone' if plain else 'head.deconv_layers'
    width, height = model.student.head.decoder.input_size
    with torch.no_grad(), FeatureTap(student, model.tap) as features:
        student.head(student.extract_feat(torch.zeros(2, 3, height, width)))
        model.domain_head.in_channels = features().shape[1]


# ----------------------------------------------------------------------- data
def _set_data(cfg: Config, data: OwnData, table: dict) -> None:
    decoder = cfg.model.student.head.decoder
    warp = dict(input_size=tuple(decoder.input_size))
    warp['use_udp'] = decoder.type == 'UDPHeatmap'
    pair = cfg.train_dataloader.dataset
    view = [
        step | warp if step['type'].endswith('AffineWithMatrix') else step
        for step in map(dict, pair.student_pipeline)
    ]
    test = [
        step | warp if step['type'] == 'TopdownAffine' else step
        for step in map(dict, cfg.val_dataloader.dataset.pipeline)
    ]
    whole = data.target_boxes is None
    cfg.train_dataloader.dataset = dict(
        type='mmpose_mlda.DomainPairDataset',
        source=_source(data, table, _load(PADDING, warp) + view),
        target=_target(data, table, _load(1.0 if whole else PADDING, warp)),
        student_pipeline=view,
        teacher_pipeline=view,
    )
    _set_padding(test, 1.0 if whole else PADDING)
    _set_evaluation(cfg, data, table, test)


def _set_evaluation(
    cfg: Config, data: OwnData, table: dict, pipeline: list[dict]
) -> None:
    """Scores without labels, and with labels the PCK."""
    pck = dict(cfg.test_evaluator)
    cfg.model.probe = dict(type='mmpose_mlda.AgreementProbe')
    cfg.val_evaluator = [dict(type='mmpose_mlda.LabelFreeScore')]
    if data.target_val is None:
        dataset = _target(data, table, pipeline)
        dataset['indices'] = _spread(dataset)
        cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
    else:
        dataset = _labelled(data.target_val, data.val_images, table, pipeline)
        cfg.val_evaluator += [
            pck,
            dict(type='mmpose_mlda.PseudoLabelQuality', thr=pck['thr']),
        ]
        cfg.test_evaluator = pck
    cfg.val_dataloader.dataset = dict(dataset, test_mode=True)
    if data.target_val is not None:
        cfg.test_dataloader = deepcopy(cfg.val_dataloader)


def _spread(dataset: dict) -> list[int] | None:
    """Some samples from beginning to end: neighbours are often alike."""
    try:
        with DefaultScope.overwrite_default_scope('mmpose'):
            count = len(DATASETS.build(dict(dataset, pipeline=[])))
    except ValueError as error:
        raise OptionError(f'The target cannot be read: {error}') from error
    if count <= LOOKED_AT:
        return None
    return [i * count // LOOKED_AT for i in range(LOOKED_AT)]


def _load(padding: float, warp: dict) -> list[dict]:
    width, height = warp['input_size']
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=padding),
        dict(type='mmpose_mlda.RandomBoxCrop', aspect_ratio=width / height),
    ]


def _set_padding(pipeline: list[dict], padding: float) -> None:
    for step in pipeline:
        if step['type'] == 'GetBBoxCenterScale':
            step['padding'] = padding


def _labelled(ann: Path, images: Path, table: dict, pipeline: list) -> dict:
    return dict(
        type='mmpose_mlda.LabeledPoseDataset',
        metainfo=table,
        ann_file=str(ann),
        data_prefix=dict(img=str(images)),
        pipeline=pipeline,
    )


def _source(data: OwnData, table: dict, pipeline: list[dict]) -> dict:
    parts = [
        _labelled(path, data.source_images, table, pipeline)
        for path in data.source
    ]
    if len(parts) == 1:
        return parts[0]
    return dict(type='ConcatDataset', datasets=parts, ignore_keys='CLASSES')


def _target(data: OwnData, table: dict, pipeline: list[dict]) -> dict:
    dataset = dict(
        type='mmpose_mlda.UnlabeledPoseDataset',
        metainfo=table,
        data_root=str(data.target_images),
        data_prefix=dict(img=''),
        category_id=data.target_category,
        broken='skip',
        pipeline=pipeline,
    )
    if data.target_boxes is not None:
        boxes = read_json(data.target_boxes, '--target-boxes')
        if isinstance(boxes, dict):
            dataset['ann_file'] = str(data.target_boxes.resolve())
        else:
            dataset['bbox_file'] = str(data.target_boxes)
            dataset['bbox_thr'] = data.target_score
    return dataset


# ------------------------------------------------------------------- schedule
def _set_schedule(cfg: Config, data: OwnData) -> None:
    steps = data.max_iters
    warmup = min(50, max(steps // 4, 1))
    cfg.train_cfg.max_iters = steps
    cfg.train_cfg.val_interval = max(steps // 6, 1)
    if data.weights is not None:
        cfg.train_cfg.pretrain_iters = 0
    own = data.model is not None
    cfg.optim_wrapper.optimizer.lr = RATE_OF_OWN_MODEL if own else RATE
    cfg.param_scheduler[0].end = warmup
    cfg.param_scheduler[1].update(
        begin=warmup, end=steps, T_max=max(steps - warmup, 1)
    )
    cfg.default_hooks.checkpoint.interval = min(max(steps // 6, 1), LOST)
