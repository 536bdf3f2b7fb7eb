"""UDA-Animal on SURREAL -> LSP: the baseline of the MLDA paper.

python tools/train.py configs/baselines/uda_animal_surreal_lsp.py

Student, data and schedule are those of configs/mlda_surreal_lsp.py. No
program of the tables' row is published: UDA-Animal itself is of animals, with
another network. docs/methods/uda_animal.md tells what is faithful.
"""

_base_ = ['../_base_/tasks/surreal_lsp.py', '../_base_/methods/uda_animal.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)

train_dataloader = dict(
    dataset=dict(
        teacher_pipeline=[
            dict(_base_.teacher_view, input_size=_base_.input_size),
            _base_.teacher_colours,
        ]))
