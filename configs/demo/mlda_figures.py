"""MLDA on the embedded pair of domains; `make demo` runs it.

Flat synthetic figures with labels, photo-like figures without. A small
network from scratch at 128 px; the style is that of colour statistics, so
that no weights are needed.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_128.py',
    '../_base_/models/res18_small_128.py',
    '../_base_/methods/mlda_128.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['domain_head'].update(in_channels=64)

default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
