"""UDA-Animal on photographs of dogs and cats -> sheep, at 128 px."""

_base_ = [
    '../_base_/tasks/pets_sheep.py',
    '../_base_/methods/uda_animal_128.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
# half of the squared error, to which all weights of the method are relative
model['student']['head']['loss'].update(loss_weight=0.5)

train_dataloader = dict(
    dataset=dict(
        teacher_pipeline=[
            dict(_base_.teacher_view, input_size=_base_.input_size),
            _base_.teacher_colours,
        ]))
