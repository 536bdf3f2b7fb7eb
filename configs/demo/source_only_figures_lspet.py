"""What figures to photographs is compared with: the figures alone."""

_base_ = ['mlda_figures_lspet.py']

model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
