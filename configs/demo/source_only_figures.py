"""What the demo is compared with: labelled synthetic figures alone."""

_base_ = ['mlda_figures.py']

# the other parts wait for an adaptation that never begins, so that the
# student starts with the same weights as MLDA's
model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
