"""UDA-Animal on SURREAL -> LSP: the baseline of the MLDA paper.

python tools/train.py configs/baselines/uda_animal_surreal_lsp.py

Student, data and schedule are those of configs/mlda_surreal_lsp.py. No
program of the tables' row is published: UDA-Animal itself is of animals, with
another network. docs/methods/uda_animal.md tells what is faithful.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/surreal_lsp.py',
    '../_base_/models/res101_deconv_256.py',
    '../_base_/methods/uda_animal.py',
    '../_base_/schedules/schedule_35k.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)

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

# code: the domain classifier's rate is that of all parts
optim_wrapper = dict(paramwise_cfg=None)
randomness = dict(seed=0)
