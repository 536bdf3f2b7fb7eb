# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Small adaptors with random weights, and what their teachers answer."""

from argparse import Namespace
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_mlda.apis import launch
from mmpose_mlda.datasets.metainfo import get_table
from mmpose_mlda.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
SMALL = {  # ResNet-101 of the papers' animals, without downloads
    'model.student.backbone': dict(
        depth=18, base_channels=16, stem_channels=16, init_cfg=None
    ),
    'model.student.head.in_channels': 128,
    'model.student.head.deconv_out_channels': (32, 32, 32),
}
UDP = dict(
    type='UDPHeatmap', input_size=(128, 96), heatmap_size=(32, 24), sigma=2
)
UDP_PIPELINE = [
    dict(type='mmpose_mlda.LoadReducedImage', input_size=(128, 96)),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=(128, 96),
        rotation=0,
        shear=0,
        scale=(1.0, 1.0),
        translation=0,
        use_udp=True,
    ),
    dict(type='PackPoseInputs'),
]
# name: config, keypoint table, options
ADAPTORS = {
    'resnet': ('demo/mlda_figures.py', 'lsp14', {}),
    'lite0': (
        'demo/mlda_figures_lspet.py',
        'lsp14',
        {'model.student.backbone.pretrained': None},
    ),
    'floored': ('mlda_synanimal_tigdog.py', 'animal18', SMALL),
    'udp': (
        'demo/mlda_figures.py',
        'lsp14',
        {
            'model.student.head.decoder': UDP,
            # UDP's refinement magnifies roundings of another layout
            'model.data_preprocessor.channels_last': False,
            'model.student.test_cfg.flip_test': True,
            'test_dataloader.dataset.pipeline': UDP_PIPELINE,
        },
    ),
}


def load(name):
    """The config of an adaptor, fresh."""
    config, _, options = ADAPTORS[name]
    if name == 'udp':  # of the base nothing is merged into it
        options = deepcopy(options)
        options['model.student.head.decoder']['_delete_'] = True
    return launch.load_for_looking(
        Namespace(config=str(ROOT / 'configs' / config), cfg_options=options)
    )


def build(cfg, name):
    """An adaptor whose networks differ, with peaks that are far from ties."""
    adaptor = MODELS.build(
        dict(
            type='mmpose_mlda.MLDA',
            student=cfg.model.student,
            data_preprocessor=cfg.model.data_preprocessor,
        )
    )
    generator = torch.Generator().manual_seed(len(name))
    for key, value in adaptor.state_dict().items():
        if value.ndim == 4:
            fan = value[0].numel()
            value.normal_(0, (2 / fan) ** 0.5, generator=generator)
            if 'final_layer' in key:  # heights as those of trained ones
                value *= 0.02
        elif key.endswith('running_mean'):
            value.normal_(0, 0.1, generator=generator)
        elif key.endswith('running_var'):
            value.uniform_(0.5, 1.5, generator=generator)
    return adaptor.eval()


def save(adaptor, name, path):
    meta = parse_pose_metainfo(get_table(ADAPTORS[name][1]))
    torch.save(
        dict(
            state_dict=adaptor.state_dict(),
            meta=dict(dataset_meta=meta, iter=7),
            optimizer=dict(state={}),
        ),
        path,
    )
    return meta


def teacher_keypoints(adaptor, cfg, meta, images, boxes):
    """As :func:`run_plain.keypoints`, by the adaptor and its own pipeline."""
    dataset = cfg.test_dataloader.dataset
    dataset = dataset.get('datasets', [dataset])[0]
    pipeline = Compose(dataset.pipeline)
    adaptor.predict_on = 'teacher'
    found = []
    for image in images:
        samples = [
            dict(
                meta,
                img_path=str(image),
                bbox=np.array([box], np.float32),
                bbox_score=np.ones(1, np.float32),
            )
            for box in boxes
        ]
        with torch.no_grad():
            answers = adaptor.test_step(
                pseudo_collate([pipeline(sample) for sample in samples])
            )
        found += [a.pred_instances.keypoints[0] for a in answers]
    return np.array(found)
