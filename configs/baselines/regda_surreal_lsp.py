"""RegDA on SURREAL -> LSP, on the data and the steps of the other methods.

The released program trains 35 000 + 15 000 steps, with rotations to 30
degrees and without any augmentation of LSP; its adaptation starts with new
heads, here with the one of the first stage. It weighs its target losses by
the visibility of the target's labels, which are not used here.
"""

_base_ = ['../_base_/tasks/surreal_lsp.py', '../_base_/methods/regda.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['student']['head']['loss'] = _base_.supervised_loss

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
optim_wrapper = _base_.regda_optim_wrapper
param_scheduler = _base_.regda_schedule
