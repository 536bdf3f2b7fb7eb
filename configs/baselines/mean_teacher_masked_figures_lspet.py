"""The mean teacher with UDAPE's pseudo-labels on rendered figures -> photographs, at 128 px."""

_base_ = [
    '../_base_/tasks/figures_lspet.py',
    '../_base_/methods/mean_teacher_masked_128.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
