"""The upper bound: trained on the labels of the same 700 photographs."""

_base_ = ['source_only_figures_lspet.py']

train_dataloader = dict(
    dataset=dict(
        source=dict(
            _delete_=True,
            type='mmpose_mlda.LSPExtendedDataset',
            data_root=_base_.lspet_root,
            missing='skip',
            indices=700,
            pipeline=_base_.load + _base_.view)))
