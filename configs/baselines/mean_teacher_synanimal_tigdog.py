"""The plain mean teacher on SynAnimal -> TigDog."""

_base_ = [
    '../_base_/tasks/synanimal_tigdog.py',
    '../_base_/methods/mean_teacher.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
