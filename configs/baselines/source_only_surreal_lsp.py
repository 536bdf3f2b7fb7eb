"""What MLDA on SURREAL -> LSP is compared with: the source alone.

python tools/train.py configs/baselines/source_only_surreal_lsp.py

Network, augmentation, schedule and number of steps are MLDA's.
"""

_base_ = ['../_base_/tasks/surreal_lsp.py', '../_base_/methods/source_only.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

train_cfg = dict(pretrain_iters=1.0)
