"""The mean teacher with UDAPE's pseudo-labels on SURREAL -> LSP."""

_base_ = [
    '../_base_/tasks/surreal_lsp.py',
    '../_base_/methods/mean_teacher_masked.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
