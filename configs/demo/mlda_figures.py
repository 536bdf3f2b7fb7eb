"""MLDA on the embedded pair of domains; `make demo` runs it.

Flat synthetic figures with labels, photo-like figures without. A small
network from scratch at 128 px; the style is that of colour statistics, so
that no weights are needed.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/figures_128.py',
    '../_base_/models/res18_small_128.py',
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
        threshold=0.5,  # few peaks of so short a training reach 0.9
        size=10),  # 20 of 256
    domain_head=dict(
        type='mmpose_mlda.DomainHead',
        in_channels=64,
        channels=(64, 32),
        loss_weight=0.001),
    im_loss=dict(
        type='mmpose_mlda.InformationMaximizationLoss',
        variant='paper',
        # 0.3 blows up the heatmaps of 32 px within 200 steps
        loss_weight=0.003))

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    # a short run: the teacher would lag behind at 0.999
    dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.99, warmup=True),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
]
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
