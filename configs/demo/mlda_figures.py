"""MLDA on the embedded pair of domains; `make demo` runs it.

Flat synthetic figures with labels, photo-like figures without. A small
network from scratch at 128 px; the style is that of colour statistics, so
that no weights are needed.
"""

_base_ = ['../_base_/tasks/figures.py', '../_base_/methods/mlda_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['domain_head'].update(in_channels=64)
