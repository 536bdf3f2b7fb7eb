# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The whole config of an exported network."""

from typing import Any

import numpy as np
from mmengine.config import Config

from .plain_parts import (
    SCOPE,
    ExportError,
    is_ours,
    plain,
    qualified,
    short_name,
)

# of COCO-style files with the labels in the order of the table
COCO_STYLE = (
    *('LabeledPoseDataset', 'SynAnimalDataset', 'TigDogDataset'),
    'AnimalPoseDataset',
)
PLACEHOLDER = 'data/own'

_RUNTIME = dict(
    default_hooks=dict(
        timer=dict(type='IterTimerHook'),
        logger=dict(type='LoggerHook', interval=50),
        visualization=dict(type='PoseVisualizationHook', enable=False),
        badcase=dict(
            type='BadCaseAnalysisHook',
            enable=False,
            out_dir='badcase',
            metric_type='loss',
            badcase_thr=5,
        ),
    ),
    env_cfg=dict(
        cudnn_benchmark=False,
        mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
        dist_cfg=dict(backend='nccl'),
    ),
    visualizer=dict(
        type='PoseLocalVisualizer',
        vis_backends=[dict(type='LocalVisBackend')],
        name='visualizer',
    ),
    log_level='INFO',
    load_from=None,
    resume=False,
)


def plain_config(cfg: Config, dataset_meta: dict) -> dict:
    """The config of the student of an adaptor, as one of MMPose alone.

    Args:
        cfg: Of the adaptation.
        dataset_meta: The keypoint table as MMPose parses it.

    Returns:
        dict: Of builtin containers; no part of a training is in it.

    Raises:
        ExportError: If a part has no plain counterpart; names all of them.
    """
    source = qualified(cfg.to_dict(), cfg.get('default_scope'))
    loader = source.get('test_dataloader') or source.get('val_dataloader')
    if not loader:
        raise ExportError(
            f'{cfg.filename} has no test_dataloader, whose pipeline prepares '
            'the images of the exported model; add one, as in '
            'docs/configs.md'
        )
    pipeline = test_pipeline(loader['dataset'])
    parts = plain(
        dict(
            model=_estimator(source),
            pipeline=pipeline,
            evaluator=_evaluator(source),
        ),
        'config',
    )
    modules = _modules(source, parts['model'])
    table = raw_table(dataset_meta)
    return dict(
        default_scope='mmpose',
        **(dict(custom_imports=modules) if modules['imports'] else {}),
        data_mode='topdown',
        dataset_type='CocoDataset',
        dataset_info=table,
        test_pipeline=parts['pipeline'],
        model=parts['model'],
        test_dataloader=dict(
            batch_size=loader.get('batch_size', 32),
            num_workers=loader.get('num_workers', 0),
            persistent_workers=False,
            sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
            dataset=_dataset(loader['dataset'], parts['pipeline'], table),
        ),
        test_evaluator=parts['evaluator'],
        test_cfg=dict(),
        **_RUNTIME,
    )


# ------------------------------------------------------------------- the model
def _estimator(source: dict) -> dict:
    model = source['model']
    student = {k: v for k, v in model['student'].items() if k != 'train_cfg'}
    # PCK of this package looks at heatmaps, nobody else does
    tests = dict(student.get('test_cfg') or {})
    tests.pop('output_heatmaps', None)
    student['test_cfg'] = tests
    return dict(student, data_preprocessor=model['data_preprocessor'])


def _modules(source: dict, model: dict) -> dict:
    """What the config imports: not this package, and mmpretrain if used."""
    found = (source.get('custom_imports') or {}).get('imports') or []
    found = [found] if isinstance(found, str) else list(found)
    found = [name for name in found if name.partition('.')[0] != SCOPE]
    if "'mmpretrain." in str(model) and 'mmpretrain.models' not in found:
        found.append('mmpretrain.models')
    return dict(imports=found, allow_failed_imports=False)


# -------------------------------------------------------------------- the data
def test_pipeline(dataset: dict) -> list[dict]:
    """The pipeline of a test data set, or of all that it is composed of."""
    if dataset.get('pipeline'):
        return dataset['pipeline']
    inner = dataset.get('datasets') or [dataset.get('dataset') or {}]
    found = [test_pipeline(item) for item in inner if item]
    if not found or any(other != found[0] for other in found):
        raise ExportError(
            'test_dataloader must have one pipeline, which prepares the '
            f'images of the exported model, but has {len(found)} that differ'
        )
    return found[0]


def _dataset(dataset: dict, pipeline: list, table: dict) -> dict:
    parts = dataset.get('datasets') or [dataset]
    plain_parts = [_coco_style(part) for part in parts]
    if None in plain_parts:  # not of a COCO file: to be filled in
        plain_parts = [
            dict(
                type='CocoDataset',
                data_root=PLACEHOLDER,
                ann_file='annotations.json',
                data_prefix=dict(img='images/'),
                test_mode=True,
            )
        ]
    if len(plain_parts) == 1:
        return dict(plain_parts[0], metainfo=table, pipeline=pipeline)
    return dict(
        type='CombinedDataset',
        metainfo=table,
        datasets=[
            dict(part, metainfo=table, pipeline=[]) for part in plain_parts
        ],
        pipeline=pipeline,
        test_mode=True,
    )


def _coco_style(dataset: dict) -> dict | None:
    """The plain data set of the same file, if it has one."""
    if 'ann_file' not in dataset:
        return None
    ours = is_ours(dataset)
    if ours and short_name(dataset) not in COCO_STYLE:
        return None
    copy = {
        key: value
        for key, value in dataset.items()
        if key not in ('pipeline', 'metainfo', 'joints')
    }
    if ours:
        copy['type'] = 'CocoDataset'
        if short_name(dataset) != 'LabeledPoseDataset':
            copy.setdefault('data_prefix', dict(img='images/'))
    return copy


def raw_table(parsed: dict) -> dict:
    """MMPose's ``dataset_info`` out of what it parses from one.

    Args:
        parsed: ``dataset_meta`` of a data set or checkpoint.

    Returns:
        dict: Of builtin types; ``parse_pose_metainfo`` gives ``parsed``.
    """
    names = parsed['keypoint_id2name']
    kinds = {
        **dict.fromkeys(parsed['upper_body_ids'], 'upper'),
        **dict.fromkeys(parsed['lower_body_ids'], 'lower'),
    }
    joints = {
        i: dict(
            name=names[i],
            id=i,
            color=colour,
            type=kinds.get(i, ''),
            swap='' if partner == i else names[partner],
        )
        for i, (partner, colour) in enumerate(
            zip(
                parsed['flip_indices'],
                builtin(parsed['keypoint_colors']),
                strict=True,
            )
        )
    }
    links = zip(
        parsed['skeleton_links'],
        builtin(parsed['skeleton_link_colors']),
        strict=True,
    )
    return builtin(
        dict(
            dataset_name=parsed['dataset_name'],
            keypoint_info=joints,
            skeleton_info={
                i: dict(link=(names[a], names[b]), id=i, color=colour)
                for i, ((a, b), colour) in enumerate(links)
            },
            joint_weights=parsed['dataset_keypoint_weights'],
            sigmas=parsed['sigmas'],
        )
    )


def builtin(value: Any) -> Any:
    """A copy of containers, strings and numbers alone, without NumPy's.

    float32 becomes the shortest decimal that means it.
    """
    if isinstance(value, dict):
        return {builtin(key): builtin(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(builtin(item) for item in value)
    if isinstance(value, np.ndarray):
        return [builtin(item) for item in value]
    if isinstance(value, np.floating):
        return float(str(value))
    return value.item() if isinstance(value, np.generic) else value


def _evaluator(source: dict) -> list[dict] | dict:
    """MMPose's PCK for that of this package; other plain metrics stay."""
    found = source.get('test_evaluator') or source.get('val_evaluator') or []
    found = [found] if isinstance(found, dict) else list(found)
    kept = [metric for metric in found if not is_ours(metric)]
    thresholds = [0.05]
    for metric in found:
        if is_ours(metric) and short_name(metric) == 'PCK':
            given = metric.get('thr', 0.05)
            thresholds = np.atleast_1d(given).tolist()
    if not any(metric.get('type') == 'PCKAccuracy' for metric in kept):
        several = len(thresholds) > 1
        kept += [
            dict(
                type='PCKAccuracy',
                thr=thr,
                norm_item='bbox',
                **(dict(prefix=f'thr_{thr}') if several else {}),
            )
            for thr in thresholds
        ]
    return kept
