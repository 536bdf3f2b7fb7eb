"""The plain mean teacher on the embedded pair of domains."""

_base_ = [
    '../_base_/tasks/figures.py',
    '../_base_/methods/mean_teacher_128.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
