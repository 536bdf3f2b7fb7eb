"""The mean teacher with UDAPE's pseudo-labels on SynAnimal -> TigDog."""

_base_ = [
    '../_base_/tasks/synanimal_tigdog.py',
    '../_base_/methods/mean_teacher_masked.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
