# Rendered figures with labels to the photographs of LSP Extended, at 128 px.
# The first 700 photographs are unlabelled, 701 to 1000 are for evaluation.
# Any folder of photographs serves as the target of the training:
#   --cfg-options train_dataloader.dataset.target.data_root=FOLDER
#   train_dataloader.dataset.target.data_prefix.img=''
#   train_dataloader.dataset.target.indices=None
_base_ = ['figures_128.py']

lspet_root = '../shared/data/lspet'

train_dataloader = dict(
    dataset=dict(
        source=dict(style='synthetic', length=4000),
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            metainfo='lsp14',
            data_root=lspet_root,
            data_prefix=dict(img='images'),
            indices=700,
            pipeline=_base_.load,
            _delete_=True)))
val_dataloader = dict(
    dataset=dict(
        type='mmpose_mlda.LSPExtendedDataset',
        data_root=lspet_root,
        missing='skip',
        indices=list(range(700, 1000)),
        test_mode=True,
        pipeline=_base_.test_pipeline,
        _delete_=True))
test_dataloader = val_dataloader

thresholds = [0.05, 0.1, 0.2]
test_evaluator = dict(type='mmpose_mlda.PCK', thr=thresholds)
val_evaluator = [
    test_evaluator,
    dict(type='mmpose_mlda.PseudoLabelQuality', thr=thresholds),
]
