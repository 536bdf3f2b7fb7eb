"""MLDA with two sources of other joints, and two targets.

The second source has 16 joints, of which the 14 of the first are taken.
"""

_base_ = ['../demo/mlda_figures.py']

# (joint of the 16, joint of the 14)
mapping = [(k, k) for k in range(6)] + [(k + 4, k) for k in range(6, 12)]
mapping += [(8, 12), (9, 13)]
convert = dict(type='KeypointConverter', num_keypoints=14, mapping=mapping)

dataset = _base_.train_dataloader.dataset
first, second = dict(_base_.source_train), dict(_base_.source_train)
second.update(joints='body16', seed=1, pipeline=[convert])
both = dict(_delete_=True, type='mmpose_mlda.CombinedPoseDataset',
            metainfo='lsp14')
other_target = dict(_base_.target_train, seed=1)

train_dataloader = dict(dataset=dict(
    source=dict(datasets=[first, second], pipeline=_base_.load + _base_.view,
                **both),
    target=dict(dataset=dict(
        datasets=[_base_.target_train, other_target], **both))))
