"""MLDA on SURREAL -> LSP without the pose level."""

_base_ = ['../mlda_surreal_lsp.py']

model = dict(im_loss=None)
