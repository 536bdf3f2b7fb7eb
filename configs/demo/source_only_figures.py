"""What the demo is compared with: labelled synthetic figures alone."""

_base_ = ['mlda_figures.py']

model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
