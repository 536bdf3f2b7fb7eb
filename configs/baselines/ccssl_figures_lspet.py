"""CC-SSL on rendered figures -> photographs, at 128 px."""

_base_ = ['../_base_/tasks/figures_lspet.py', '../_base_/methods/ccssl_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
