"""RegDA on the embedded pair of domains."""

_base_ = ['../_base_/tasks/figures.py', '../_base_/methods/regda_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head, conv_out_channels=(64,))
model['student']['head']['loss'] = _base_.supervised_loss
model['adversarial_head'].update(in_channels=64, conv_out_channels=(64,))

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
