"""The upper bound of SURREAL -> LSP: labels of LSP's training half.

The papers test on all 2000 photographs of LSP, which leaves none to learn
from: this one is trained on LSP's own first 1000 and tested on the others,
so its number is not of the same photographs as theirs.
"""

_base_ = ['source_only_surreal_lsp.py']

train_dataloader = dict(
    dataset=dict(
        source=dict(
            _delete_=True,
            type='mmpose_mlda.LSPDataset',
            data_root=_base_.lsp_root,
            joints='body16',
            indices=1000,
            pipeline=_base_.load + _base_.view)))
val_dataloader = dict(dataset=dict(indices=list(range(1000, 2000))))
test_dataloader = val_dataloader
