"""What dogs and cats to sheep is compared with: dogs and cats alone."""

_base_ = [
    '../_base_/tasks/pets_sheep.py',
    '../_base_/methods/source_only.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

train_cfg = dict(pretrain_iters=1.0)
