"""UDA-Animal on the embedded pair of domains."""

_base_ = ['../_base_/tasks/figures.py', '../_base_/methods/uda_animal_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['student']['head'].update(_base_.head)
model['domain_head'].update(in_channels=4 * 64)
model['student']['head'].update(refine_channels=64)
# half of the squared error, to which all weights of the method are relative
model['student']['head']['loss'].update(loss_weight=0.5)

train_dataloader = dict(
    dataset=dict(
        teacher_pipeline=[
            dict(_base_.teacher_view, input_size=_base_.input_size),
            _base_.teacher_colours,
        ]))
