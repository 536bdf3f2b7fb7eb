# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pairs of domains."""

from test_bad_input.kit import Table, coco, write_image, write_json

from mmpose_mlda.datasets import DomainPairDataset, TopdownAffineWithMatrix
from mmpose_mlda.datasets.metainfo import get_table

TABLE = Table('Pairs of domains')


def pair(root, target='lsp14', **pipelines):
    """A pair of a labelled and an unlabelled data set of two images.

    ``target`` is the config of a data set, or a keypoint table.
    """
    for n in range(2):
        write_image(root / f'{n}.jpg')
    source = dict(
        type='mmpose_mlda.LabeledPoseDataset',
        ann_file=write_json(root / 'labels.json', coco()),
        data_prefix=dict(img=str(root)),
        metainfo='lsp14',
    )
    if 'type' not in target:
        target = dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            data_root=str(root),
            metainfo=target,
        )
    pipelines = dict(student_pipeline=[], teacher_pipeline=[]) | pipelines
    return DomainPairDataset(source, target, **pipelines)


TABLES = (
    'Source and target must have the same keypoints in the same order, but '
    "the source has ['right_ankle', ...] and the target [{}...]; give the "
    'target the table of the source by its option metainfo, or convert the '
    "source's keypoints by MMPose's KeypointConverter"
)


@TABLE.refused(
    'a target with another number of joints',
    ValueError,
    TABLES.format("'right_ankle', "),
)
def _(root):
    pair(root, target='body16')


@TABLE.refused(
    'a target with the table of animals',
    ValueError,
    TABLES.format("'left_eye', "),
)
def _(root):
    pair(root, target='animal14')


@TABLE.refused(
    'the table of the source, in another order',
    ValueError,
    TABLES.format("'right_knee', 'right_ankle', "),
)
def _(root):
    table = get_table('lsp14')
    infos = table['keypoint_info']
    infos[0]['name'], infos[1]['name'] = infos[1]['name'], infos[0]['name']
    pair(root, target=table)


@TABLE.refused(
    'a target with labels',
    TypeError,
    'The target is a FiguresDataset, whose labels could reach the training; '
    "give it as target=dict(type='mmpose_mlda.UnlabeledPoseDataset', dataset",
)
def _(root):
    figures = dict(type='mmpose_mlda.FiguresDataset', style='photo', length=2)
    pair(root, target=figures)


@TABLE.refused(
    'a pair without `DomainPairSampler`',
    TypeError,
    'A pair is asked for by (source, target, seed), not 0; use sampler=dict('
    "type='mmpose_mlda.DomainPairSampler')",
)
def _(root):
    pair(root)[0]


@TABLE.refused(
    'views without their matrices',
    KeyError,
    'The views of the target need their matrices; end their geometry with '
    'mmpose_mlda.TopdownAffineWithMatrix',
)
def _(root):
    names = ('mmpose.LoadImage', 'mmpose.GetBBoxCenterScale')
    load = [dict(type=name) for name in names]
    affine = dict(type='mmpose.TopdownAffine', input_size=(32, 32))
    pipelines = dict(student_pipeline=[affine], teacher_pipeline=[affine])
    dataset = pair(root, **pipelines)
    for part in (dataset.source, dataset.target):
        part.pipeline = type(part.pipeline)(load)
    dataset.source.pipeline.transforms.append(
        TopdownAffineWithMatrix((32, 32))
    )
    dataset[0, 0, 0]
