"""CC-SSL on SynAnimal -> TigDog."""

_base_ = ['../_base_/tasks/synanimal_tigdog.py', '../_base_/methods/ccssl.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
