"""Source-only on SURREAL -> LSP by the recipe of RegDA's program ("ERM").

python tools/train.py configs/baselines/erm_surreal_lsp.py

The row "Source-only" of the papers' tables. "code" is that of RegDA, which
keeps the best epoch on the labels of the target; here the last step counts.
"""

_base_ = ['source_only_surreal_lsp.py']

view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=_base_.input_size,
        rotation=30,  # code
        shear=0,  # code
        scale=(1.0, 1.0),  # code: the random crop is all
        translation=0.0),  # code
    _base_.view[1],  # code, the same colours
    dict(
        type='mmpretrain.GaussianBlur',
        prob=1.0,  # code
        magnitude_range=(0.0, 0.8),  # code, sigma in pixels
        magnitude_std='inf'),  # uniform in the range
]
train_dataloader = dict(dataset=dict(source=dict(pipeline=_base_.load + view)))

optim_wrapper = dict(optimizer=dict(lr=1e-3))  # code
