"""MLDA from rendered figures to real photographs, at 128 px.

python tools/train.py configs/demo/mlda_figures_lspet.py

Real photographs of athletes without labels (LSP Extended, or any folder of
photographs) and an ImageNet backbone; mlda_figures_lspet_adain.py stylises by
AdaIN instead of colour statistics.
"""

_base_ = ['../_base_/tasks/figures_lspet.py', '../_base_/methods/mlda_128.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['domain_head'].update(in_channels=128)
