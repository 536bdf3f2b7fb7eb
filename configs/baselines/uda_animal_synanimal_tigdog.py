"""UDA-Animal on SynAnimal -> TigDog."""

_base_ = [
    '../_base_/tasks/synanimal_tigdog.py',
    '../_base_/methods/uda_animal.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['easy_joints'].update(floor=9)  # code, half of 18

train_dataloader = dict(
    dataset=dict(
        teacher_pipeline=[
            dict(_base_.teacher_view, input_size=_base_.input_size),
            _base_.teacher_colours,
        ]))
