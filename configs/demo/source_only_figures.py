"""What the demo is compared with: labelled synthetic figures alone."""

_base_ = ['../_base_/tasks/figures.py', '../_base_/methods/source_only.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

train_cfg = dict(pretrain_iters=1.0)
