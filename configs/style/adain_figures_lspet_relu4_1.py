"""Decoder of AdaIN at the paper's relu4_1 for figures and LSPET; for a GPU.

python tools/train.py configs/style/adain_figures_lspet_relu4_1.py --amp
"""

_base_ = ['adain_figures_lspet_relu3_1.py']

model = dict(layer='relu4_1')

load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.),
    dict(type='mmpose_mlda.RandomBoxCrop', area=(0.6, 1.3)),
]
view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=(128, 128),
        rotation=30,
        shear=15,
        scale=(0.75, 1.25),
        mirror_prob=0.5),
]
train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    dataset=dict(
        source=dict(pipeline=load + view),
        target=dict(pipeline=load),
        student_pipeline=view,
        teacher_pipeline=view))

train_cfg = dict(max_iters=20000, val_interval=5000)
optim_wrapper = dict(optimizer=dict(lr=2e-4))
param_scheduler = [
    dict(type='LinearLR', by_epoch=False, start_factor=0.05, end=200),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=200,
        end=20000,
        T_max=19800,
        eta_min_ratio=0.01),
]
custom_hooks = [
    dict(type='mmpose_mlda.InvertEncoderHook', pairs=100),
    dict(type='mmpose_mlda.StylePanelHook', interval=1000),
]
default_hooks = dict(checkpoint=dict(interval=1000))
