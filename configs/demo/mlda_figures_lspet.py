"""MLDA from rendered figures to real photographs, at 128 px.

python tools/train.py configs/demo/mlda_figures_lspet.py

Real photographs of athletes without labels (LSP Extended, or any folder of
photographs) and an ImageNet backbone; mlda_figures_lspet_adain.py stylises by
AdaIN instead of colour statistics.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_lspet_128.py',
    '../_base_/models/lite0_128.py',
    '../_base_/methods/mlda.py',
    '../_base_/schedules/schedule_demo.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model.update(
    style_transfer=dict(
        type='mmpose_mlda.StatisticsStyle', prob=0.5, alpha=(0.0, 1.0)),
    occlusion=dict(
        type='mmpose_mlda.KeypointOcclusion',
        prob=0.5,
        threshold=0.5,
        size=10),
    domain_head=dict(
        type='mmpose_mlda.DomainHead',
        in_channels=128,
        channels=(64, 32),
        loss_weight=0.001),
    im_loss=dict(
        type='mmpose_mlda.InformationMaximizationLoss',
        variant='paper',
        # 0.3 blows up the heatmaps of 32 px within 200 steps
        loss_weight=0.003))

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.99, warmup=True),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
]
optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
