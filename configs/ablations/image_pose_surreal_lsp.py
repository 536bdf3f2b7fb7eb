"""MLDA on SURREAL -> LSP without the feature level."""

_base_ = ['../_base_/tasks/surreal_lsp.py', '../_base_/methods/mlda.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model.update(domain_head=None)
