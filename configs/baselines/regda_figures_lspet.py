"""RegDA from rendered figures to photographs, at 128 px.

Optimiser and schedule are those of the other methods of this task.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/models/lite0_128.py',
    '../_base_/methods/regda.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head, conv_out_channels=(128,))
model['student']['head']['loss'] = _base_.supervised_loss
model['adversarial_head'].update(
    in_channels=128, out_channels=14, conv_out_channels=(128,))

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
