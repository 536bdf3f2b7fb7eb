"""UDA-Animal from rendered figures to real photographs, at 128 px.

python tools/train.py configs/baselines/uda_animal_figures_lspet.py

Data, optimiser and schedule are those of configs/demo/mlda_figures_lspet.py;
its student gets a refinement.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/models/lite0_128.py',
    '../_base_/methods/uda_animal_128.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
# half of the squared error, to which all weights of the method are relative
model['student']['head']['loss'].update(loss_weight=0.5)

# the method's teacher sees the image as it is, but for its colours
train_dataloader = dict(
    dataset=dict(
        teacher_pipeline=[
            dict(
                type='mmpose_mlda.TopdownAffineWithMatrix',
                input_size=_base_.input_size,
                rotation=0,
                shear=0,
                scale=(1.0, 1.0),
                translation=0),
            _base_.view[1],
        ]))

optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
