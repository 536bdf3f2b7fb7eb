"""RegDA on SynAnimal -> TigDog.

RegDA's program has no animals: its recipe for people, on the data and the
steps of the other methods.
"""

_base_ = ['../_base_/tasks/synanimal_tigdog.py', '../_base_/methods/regda.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['student']['head']['loss'] = _base_.supervised_loss
model['adversarial_head'].update(out_channels=18)

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
optim_wrapper = _base_.regda_optim_wrapper
param_scheduler = _base_.regda_schedule
