"""RegDA on SURREAL -> LSP, on the data and the steps of the other methods.

The released program trains 35 000 + 15 000 steps, with rotations to 30
degrees and without any augmentation of LSP; its adaptation starts with new
heads, here with the one of the first stage. It weighs its target losses by
the visibility of the target's labels, which are not used here.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/surreal_lsp.py',
    '../_base_/models/res101_deconv_256.py',
    '../_base_/methods/regda.py',
    '../_base_/schedules/schedule_35k.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['student']['head']['loss'] = _base_.supervised_loss

# a step is three updates
model_wrapper_cfg = dict(type='mmpose_mlda.OwnStepDistributedDataParallel')
optim_wrapper = dict(
    optimizer=dict(  # code
        _delete_=True,
        type='SGD',
        lr=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=1e-4),
    paramwise_cfg={  # code: a tenth for everything below the heads
        '_delete_': True,
        'student.backbone': dict(lr=0.01),
        'student.head.deconv_layers': dict(lr=0.01),
    })
param_scheduler = [
    dict(
        type='MultiStepLR',
        by_epoch=False,
        end=20000,
        milestones=[12857, 17143],  # code: 45 and 60 of 70 epochs
        gamma=0.1),
    dict(
        type='mmpose_mlda.InverseDecayLR',
        by_epoch=False,
        begin=20000,
        end=35000,
        gamma=1e-4,  # code
        power=0.75),  # code
]

randomness = dict(seed=0)
