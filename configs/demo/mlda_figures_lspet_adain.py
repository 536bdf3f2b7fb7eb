"""Figures to photographs with AdaIN at relu3_1, the paper's image level for
small machines. The step takes about twice as long as with colour statistics.
"""

_base_ = ['mlda_figures_lspet.py']

model = dict(
    style_transfer=dict(
        _delete_=True,
        type='mmpose_mlda.AdaINStyleTransfer',
        encoder='../shared/weights/vgg19_normalised_relu4_1.pth',
        decoder='../shared/weights/adain_decoder_relu3_1.pth',
        layer='relu3_1',
        prob=0.5,
        alpha=(0.0, 1.0)))
