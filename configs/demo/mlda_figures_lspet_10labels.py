"""MLDA from rendered figures to photographs, ten of which have labels.

Every 70th of the 700 photographs that are unlabelled otherwise.
"""

_base_ = ['mlda_figures_lspet.py']

train_dataloader = dict(
    dataset=dict(
        target_labeled=dict(
            type='mmpose_mlda.LSPExtendedDataset',
            data_root=_base_.lspet_root,
            missing='skip',
            indices=list(range(0, 700, 70)),
            pipeline=_base_.load + _base_.view)))
