"""What MLDA on SURREAL -> LSP is compared with: the source alone.

python tools/train.py configs/baselines/source_only_surreal_lsp.py

Network, augmentation, schedule and number of steps are MLDA's.
"""

_base_ = ['../mlda_surreal_lsp.py']

model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
