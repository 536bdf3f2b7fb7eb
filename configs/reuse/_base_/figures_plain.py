# The embedded pair of domains for plain estimators of MMPose, without an
# adaptor: labelled figures and unlabelled photo-like ones in one loader.
_base_ = ['../../_base_/tasks/figures.py']

pack = [
    dict(type='GenerateTarget', encoder=_base_.codec),
    dict(type='PackPoseInputs'),
]
labeled = dict(pipeline=_base_.load + _base_.view + pack, **_base_.source_train)
unlabeled = dict(
    type='mmpose_mlda.UnlabeledPoseDataset',
    dataset=_base_.target_train,
    pipeline=_base_.load + _base_.view + pack)

train_dataloader = dict(
    batch_size=32,
    sampler=dict(_delete_=True, type='InfiniteSampler'),
    collate_fn=dict(_delete_=True, type='pseudo_collate'),
    dataset=dict(
        _delete_=True, type='ConcatDataset', datasets=[labeled, unlabeled]))
data_preprocessor = dict(
    _delete_=True,
    type='PoseDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)

train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=1200, val_interval=400)
val_cfg = dict(_delete_=True)
optim_wrapper = dict(_delete_=True, optimizer=dict(type='Adam', lr=2e-3))
