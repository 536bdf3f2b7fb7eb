"""The plain mean teacher on photographs of dogs and cats -> sheep, at 128 px."""

_base_ = [
    '../_base_/tasks/pets_sheep.py',
    '../_base_/methods/mean_teacher_128.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
