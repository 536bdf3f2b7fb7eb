"""What ten labels are compared with: the figures and the ten alone."""

_base_ = ['mlda_figures_lspet_10labels.py']

model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
