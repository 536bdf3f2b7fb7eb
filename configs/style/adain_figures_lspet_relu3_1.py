"""Decoder of AdaIN at relu3_1 for figures and the photographs of LSPET.

OMP_NUM_THREADS=2 python tools/train.py \
    configs/style/adain_figures_lspet_relu3_1.py

For two CPU cores. Its checkpoints are decoders for
configs/demo/mlda_figures_lspet_adain.py.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/methods/adain_decoder.py',
]

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model.update(
    encoder='../shared/weights/vgg19_normalised_relu4_1.pth',
    layer='relu3_1',
    style_weight=1.0,
    reconstruction_weight=2000.0)  # favours the fidelity of alpha = 0

# crops of 64 px out of pictures of 128: more of them in the same time
load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.),
    dict(type='mmpose_mlda.RandomBoxCrop', area=(0.15, 0.4)),
]
view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=(64, 64),
        rotation=30,
        shear=15,
        scale=(0.75, 1.25),
        mirror_prob=0.5),
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        source=dict(pipeline=load + view),
        target=dict(pipeline=load),
        student_pipeline=view,
        teacher_pipeline=view))

# whole pictures that the training does not see: the next figures of the
# stream, the photographs 701 to 1000
test_load = load[:2]
test_view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=_base_.input_size,
        rotation=0,
        shear=0,
        scale=(1., 1.),
        translation=0.),
]
test_source = dict(
    _base_.train_dataloader['dataset']['source'],
    offset=4000,
    length=300,
    cache=False,
    pipeline=test_load + test_view)
test_dataloader = dict(
    _delete_=True,
    batch_size=10,
    num_workers=1,
    sampler=dict(type='mmpose_mlda.DomainPairSampler', seed=0, endless=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='mmpose_mlda.DomainPairDataset',
        source=test_source,
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=dict(
                type='mmpose_mlda.LSPExtendedDataset',
                data_root=_base_.lspet_root,
                missing='skip',
                indices=list(range(700, 1000))),
            pipeline=test_load),
        student_pipeline=test_view,
        teacher_pipeline=test_view))
val_dataloader = dict(
    test_dataloader,
    dataset=dict(
        test_dataloader['dataset'], source=dict(test_source, length=40)))
val_evaluator = dict(_delete_=True, type='mmpose_mlda.StyleQuality')
test_evaluator = val_evaluator

train_cfg = dict(
    type='mmpose_mlda.DomainTrainLoop', max_iters=1200, val_interval=300)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='Adam', lr=3e-4))
param_scheduler = [
    dict(type='LinearLR', by_epoch=False, start_factor=0.05, end=50),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=50,
        end=1200,
        T_max=1150,
        eta_min_ratio=0.01),
]

custom_hooks = [
    # least squares instead of random weights: some hundred steps less
    dict(type='mmpose_mlda.InvertEncoderHook', pairs=100),
    dict(type='mmpose_mlda.StylePanelHook', interval=200),
]
default_hooks = dict(checkpoint=dict(interval=300))
randomness = dict(seed=0)
