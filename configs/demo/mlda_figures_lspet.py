"""MLDA from rendered figures to real photographs, at 128 px.

python tools/train.py configs/demo/mlda_figures_lspet.py

Real photographs of athletes without labels (LSP Extended, or any folder of
photographs) and an ImageNet backbone; mlda_figures_lspet_adain.py stylises by
AdaIN instead of colour statistics.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/models/lite0_128.py',
    '../_base_/methods/mlda_128.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['domain_head'].update(in_channels=128)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
