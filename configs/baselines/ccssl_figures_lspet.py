"""CC-SSL from rendered figures to real photographs, at 128 px.

python tools/train.py configs/baselines/ccssl_figures_lspet.py

Student, data, optimiser and schedule are those of
configs/demo/mlda_figures_lspet.py.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/models/lite0_128.py',
    '../_base_/methods/ccssl_128.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
