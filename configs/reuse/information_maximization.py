"""A plain estimator of MMPose with an averaged copy, which is certain and
diverse on images without labels."""

_base_ = ['_base_/figures_plain.py']

model = dict(data_preprocessor=_base_.data_preprocessor, **_base_.student)
model['head']['loss'] = dict(
    type='mmpose_mlda.SemiSupervisedLoss',
    labeled=dict(type='KeypointMSELoss', use_target_weight=True),
    unlabeled=dict(
        type='mmpose_mlda.InformationMaximizationLoss', loss_weight=0.003))
# MMEngine's: the average is what is evaluated
custom_hooks = [
    dict(type='EMAHook', momentum=0.01, update_buffers=True),
]
