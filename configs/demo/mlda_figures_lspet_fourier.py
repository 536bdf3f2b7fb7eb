"""Figures to photographs with Fourier amplitudes (FDA) as style: nearly as
cheap as colour statistics, no weights.
"""

_base_ = ['mlda_figures_lspet.py']

model = dict(
    style_transfer=dict(
        _delete_=True,
        type='mmpose_mlda.FourierStyle',
        prob=0.5,
        alpha=(0.0, 1.0)))
