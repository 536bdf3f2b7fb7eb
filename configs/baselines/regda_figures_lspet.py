"""RegDA on rendered figures -> photographs, at 128 px."""

_base_ = ['../_base_/tasks/figures_lspet.py', '../_base_/methods/regda_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['student']['head']['loss'] = _base_.supervised_loss

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
