"""What figures to photographs is compared with: the figures alone."""

_base_ = [
    '../_base_/tasks/figures_lspet.py',
    '../_base_/methods/source_only.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

train_cfg = dict(pretrain_iters=1.0)
