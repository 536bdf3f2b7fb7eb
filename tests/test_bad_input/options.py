# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Options of a config."""

from reference.networks import build_mlda, student_config
from test_bad_input.kit import Table

from mmpose_mlda.datasets import (
    FiguresDataset,
    GaussianNoise,
    LabeledPoseDataset,
    LSPDataset,
    RandomBoxCrop,
    SynAnimalDataset,
    TopdownAffineWithMatrix,
    UnlabeledPoseDataset,
)
from mmpose_mlda.engine.hooks import GradientNormHook, MeanTeacherHook
from mmpose_mlda.engine.loops.domain_train_loop import count_steps
from mmpose_mlda.evaluation import PCK
from mmpose_mlda.models import (
    AdaINStyleTransfer,
    FourierStyle,
    GradientReversal,
    HeatmapConsistency,
    InformationMaximizationLoss,
    KeypointOcclusion,
    StatisticsStyle,
)

TABLE = Table('Options of a config')


def refused(tried, error, sees, build):
    TABLE.refused(tried, error, sees)(lambda root: build())


refused(
    'no images', ValueError,
    'UnlabeledPoseDataset needs images: set `data_root` to a folder,',
    lambda: UnlabeledPoseDataset('lsp14'),
)  # fmt: skip
refused(
    'no keypoint table', ValueError,
    'UnlabeledPoseDataset needs `metainfo`, the keypoint table of the model',
    lambda: UnlabeledPoseDataset(data_root='x'),
)  # fmt: skip
refused(
    'no keypoint table of labels', ValueError,
    'LabeledPoseDataset needs `metainfo`, the keypoint table of the labels',
    lambda: LabeledPoseDataset('x.json'),
)  # fmt: skip
refused(
    'an unknown keypoint table', ValueError,
    "No keypoint table 'coco17'. Use one of ['animal14', ...], a dict in",
    lambda: UnlabeledPoseDataset('coco17', data_root='x'),
)  # fmt: skip
refused(
    'an unknown value of `broken`', ValueError,
    "UnlabeledPoseDataset: broken must be 'error' or 'skip', got 'ignore'.",
    lambda: UnlabeledPoseDataset('lsp14', 'x', broken='ignore'),
)  # fmt: skip
refused(
    'an unknown style of figures', ValueError,
    "FiguresDataset: style must be one of ('synthetic', 'photo'), got 'oil'",
    lambda: FiguresDataset('oil', 4),
)  # fmt: skip
refused(
    'a negative number of figures', ValueError,
    'FiguresDataset: length must be a whole number, 1 or more, got -4.',
    lambda: FiguresDataset('photo', -4),
)  # fmt: skip
refused(
    'an option that makes no sense', TypeError,
    'FiguresDataset has no option ann_file: it reads no files, and',
    lambda: FiguresDataset('photo', 4, ann_file='x.json'),
)  # fmt: skip
refused(
    'an unknown set of joints', ValueError,
    "LSPDataset: joints must be 'lsp14' or 'body16', got 'coco'.",
    lambda: LSPDataset(joints='coco'),
)  # fmt: skip
refused(
    'several label files in place of one', ValueError,
    'SynAnimalDataset: ann_file must be one file of the converter, e.g. ...'
    "got ['a', 'b']. For several see MMEngine's ConcatDataset in docs/",
    lambda: SynAnimalDataset(['a', 'b']),
)  # fmt: skip
refused(
    'an input of negative size', ValueError,
    'input_size must be (width, height) in pixels, 1 or more, got (-64, 64)',
    lambda: TopdownAffineWithMatrix((-64, 64)),
)  # fmt: skip
refused(
    'a scale of 0', ValueError,
    'scale must be (low, high) above 0, got (0, 1)',
    lambda: TopdownAffineWithMatrix((64, 64), scale=(0, 1)),
)  # fmt: skip
refused(
    'a shear of 90 degrees', ValueError,
    'shear must lie in [0, 90) degrees, got 90',
    lambda: TopdownAffineWithMatrix((64, 64), shear=90),
)  # fmt: skip
refused(
    'a crop whose limits are exchanged', ValueError,
    'area must be (low, high) above 0, got (1, 0.5)',
    lambda: RandomBoxCrop((1, 0.5)),
)  # fmt: skip
refused(
    'negative noise', ValueError,
    'std must be 0 or more grey levels, got -1',
    lambda: GaussianNoise(-1),
)  # fmt: skip
refused(
    'a probability above 1', ValueError,
    'prob is 1.5, but must lie in [0, 1]',
    lambda: StatisticsStyle(prob=1.5),
)  # fmt: skip
refused(
    'a strength outside of [0, 1]', ValueError,
    'alpha is (0, 2), but must be (low, high) within [0, 1]',
    lambda: StatisticsStyle(alpha=(0, 2)),
)  # fmt: skip
refused(
    'a window of frequencies that is too large', ValueError,
    'beta is 0.5, but must lie in [0, 0.5)', lambda: FourierStyle(beta=0.5),
)  # fmt: skip
refused(
    'an unknown layer of VGG', ValueError,
    "layer is 'relu5_1', but must be one of ['relu2_1', 'relu3_1', 'relu4_1'",
    lambda: AdaINStyleTransfer('a', 'b', layer='relu5_1'),
)  # fmt: skip
refused(
    'an unknown threshold', ValueError,
    "threshold is 'half', but must be a number, 'quantile', 'random' or None",
    lambda: HeatmapConsistency(threshold='half'),
)  # fmt: skip
refused(
    'an unknown variant of the loss', ValueError,
    "variant is 'mine', but must be 'paper' or 'official'",
    lambda: InformationMaximizationLoss('mine'),
)  # fmt: skip
refused(
    'an occlusion of 0 px', ValueError,
    'size is 0, but must be at least 1 pixel',
    lambda: KeypointOcclusion(size=0),
)  # fmt: skip
refused(
    'an EMA factor above 1', ValueError,
    'alpha is 2, but must lie in [0, 1]', lambda: MeanTeacherHook(2),
)  # fmt: skip
refused(
    'an interval of 0 steps', ValueError,
    'GradientNormHook: interval is 0, but must be 1 or more; leave the hook',
    lambda: GradientNormHook(interval=0),
)  # fmt: skip
refused(
    'a rise over 0 steps', ValueError,
    "rise is {'gamma': 10, 'iters': 0}, but must be dict(gamma=..., iters=T) ",
    lambda: GradientReversal(rise=dict(gamma=10, iters=0)),
)  # fmt: skip
refused(
    'more steps of source training than steps', ValueError,
    'pretrain_iters is 50, but must be a number of steps between 0 and '
    'max_iters = 20, or a share between 0.0 and 1.0; shorten both by',
    lambda: count_steps(50, 20),
)  # fmt: skip
refused(
    'a module to tap that the student lacks', ValueError,
    "...backbone.stage9...",
    lambda: build_mlda(tap='backbone.stage9'),
)  # fmt: skip
refused(
    'a style for the teacher, and no network for it', ValueError,
    'target_style is {...}, but there is no network for it; set '
    'style_transfer, or target_style=None',
    lambda: build_mlda(target_style=dict(prob=0.5, alpha=(0, 1))),
)  # fmt: skip
refused(
    'a head that answers coordinates', TypeError,
    'A RegressionHead with the codec NoneType cannot be adapted; use a '
    "HeatmapHead with decoder=dict(type='MSRAHeatmap', ...) or dict(type=",
    lambda: build_mlda(
        student=student_config()
        | dict(
            head=dict(
                type='RegressionHead',
                in_channels=8,
                num_joints=4,
                loss=dict(type='SmoothL1Loss'),
            )
        )
    ),
)  # fmt: skip
refused(
    'an unknown protocol of the metric', ValueError,
    "PCK: protocol must be one of ('pooled', 'udape', 'regda'), got 'coco'.",
    lambda: PCK(protocol='coco'),
)  # fmt: skip
refused(
    'a threshold of 0', ValueError,
    'PCK: thr must be positive, in units of the side, got 0.',
    lambda: PCK(thr=0),
)  # fmt: skip
